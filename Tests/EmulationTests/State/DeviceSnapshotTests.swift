import Crypto
import DeviceProtocol
import Emulation
import Foundation
import ScanChallenge
import Secrets
import TestSupport
import Testing

struct DeviceSnapshotTests {
    private let clock = HandClock(1_800_000_000)

    private func token(_ serial: String) throws -> EmulatedToken {
        var generator = SeededGenerator(seed: 1)
        return try EmulatedToken.manufacture(serial: DeviceID(serial), now: clock.reading, using: &generator).device
    }

    private func scan(_ serial: String) throws -> EmulatedScan {
        var generator = SeededGenerator(seed: 2)
        let issuer = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        return try EmulatedScan.manufacture(serial: DeviceID(serial), issuer: issuer.identity, using: &generator).device
    }

    private static func pin() throws -> PIN { PIN(try SecretBytes.copying("123456".utf8)) }

    @Test func `a Token becomes what it was: battery, drift, display`() throws {
        let token = try token("T-1")
        try token.press()
        let shown = token.text
        let copy = token.snapshot
        try token.setPower(false)
        try token.setDrift(100)
        #expect(token.text.isEmpty)
        try token.restore(copy)
        #expect(token.hasPower && token.drift == 0 && token.text == shown)
    }

    @Test func `a display says when it goes dark`() throws {
        let token = try token("T-1")
        #expect(token.litUntil == nil)
        try token.press()
        #expect(token.litUntil == clock.now.addingTimeInterval(EmulatedToken.displayTime))
        clock.set(1_800_000_000 + EmulatedToken.displayTime)
        #expect(token.litUntil == nil && token.text.isEmpty)
    }

    @Test func `a Scan forgets a pairing that came after the copy`() throws {
        let scan = try scan("S-1")
        let copy = scan.snapshot
        try scan.pair(nonce: Array(repeating: 7, count: ScanKeys.nonceByteCount), enrolment: "e-1")
        let paired = scan.snapshot
        try scan.restore(copy)
        #expect(scan.screen == .idle && scan.accepted == nil)
        try scan.restore(paired)
    }

    @Test func `a phone that was paired can be paired again once it is what it was before`() throws {
        var generator = SeededGenerator(seed: 3)
        let issuer = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        let mobile = try EmulatedMobile.manufacture(
            serial: DeviceID("M-1"), issuer: issuer.identity, now: clock.reading, using: &generator
        ).device
        let copy = mobile.snapshot
        let nonce = [UInt8](repeating: 7, count: ScanKeys.nonceByteCount)
        try mobile.pair(nonce: nonce, enrolment: "e-1", pin: Self.pin(), using: &generator)
        #expect(throws: (any Error).self) { try mobile.pair(nonce: nonce, enrolment: "e-2", pin: Self.pin(), using: &generator) }
        try mobile.restore(copy)
        try mobile.pair(nonce: nonce, enrolment: "e-2", pin: Self.pin(), using: &generator)
    }

    @Test func `another device's copy is refused`() throws {
        let (token, scan) = (try token("T-1"), try scan("S-1"))
        #expect(throws: DeviceStateError.otherDevice) { try token.restore(try self.token("T-2").snapshot) }
        #expect(throws: DeviceStateError.otherDevice) { try scan.restore(try self.scan("S-2").snapshot) }
    }
}
