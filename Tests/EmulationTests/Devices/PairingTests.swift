import DeviceProtocol
import Foundation
import ScanChallenge
import Secrets
import TestSupport
import Testing

@testable import Emulation

/// A Scan or phone that is paired by its two codes, as a person does it.
@Suite struct PairingTests {
    private let bank: HandheldBank
    private let scan: EmulatedScan
    private let record: ScanFactoryRecord

    init() throws {
        bank = try HandheldBank()
        var generator = SeededGenerator(seed: 60)
        (scan, record) = try EmulatedScan.manufacture(serial: DeviceID("SC-0001"), issuer: bank.issuer.identity, using: &generator)
    }

    private func begin(_ counter: UInt32, for record: ScanFactoryRecord? = nil) throws -> ScanPairing {
        var generator = SeededGenerator(seed: UInt64(counter))
        return try ScanPairing(
            record ?? self.record, enrolment: "enrolment-\(counter)", sequence: ScanSequence(epoch: 1, counter: counter),
            issuer: bank.issuer,
            using: &generator)
    }

    private func code(_ text: String, _ holder: ScriptedHolder = ScriptedHolder(), by device: (any Device)? = nil) async throws -> String {
        guard case .code(let code) = try await (device ?? scan).respond(to: .sealed(text), with: holder) else { return "" }
        return code
    }

    private func expectRefusal(_ reason: ScanRefusal, _ text: String) async {
        let error = await deviceError { () async throws(DeviceError) in
            try await scan.respond(to: .sealed(text), with: ScriptedHolder())
        }
        #expect(error?.code == .challengeRefused && error?.detail == nil)
        #expect(scan.screen == .refused(reason))
    }

    @Test func `ten digits, eight digits, the serial number, and the first code is right`() async throws {
        var pairing = try begin(1)
        let holder = ScriptedHolder()
        let first = try await code(pairing.offer, holder)
        #expect(first.count == 10)
        #expect(scan.screen.lines == ["Pairing", "Origin: bank.example", "Enrolment: enrolment-1", "Code: \(first)"])
        #expect(holder.events.count == 2, "shown and asked")
        #expect(try pairing.take(firstCode: first, issuer: bank.issuer) == .accepted)
        let second = try await code(try #require(pairing.confirmation))
        #expect(second.count == 8)
        #expect(pairing.take(secondCode: second) == .accepted)
        #expect(pairing.take(serial: "SC-0001") == .accepted)
        let keys = try #require(pairing.keys)
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, at: ScanSequence(epoch: 1, counter: 1), for: record, keys: keys)
        #expect(try await code(text) == ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: record.serial))
    }

    @Test func `each QR code shows its code again, and nobody is asked twice`() async throws {
        var pairing = try begin(1)
        let first = try await code(pairing.offer)
        let silent = ScriptedHolder(refusal: .declined)
        #expect(try await code(pairing.offer, silent) == first)
        _ = try pairing.take(firstCode: first, issuer: bank.issuer)
        let confirmation = try #require(pairing.confirmation)
        let second = try await code(confirmation, silent)
        #expect(try await code(confirmation, silent) == second)
        #expect(silent.events.isEmpty)
    }

    @Test func `an earlier offer, and another one in the same place, are refused`() async throws {
        let (old, new) = (try begin(1), try begin(2))
        _ = try await code(new.offer)
        await expectRefusal(.alreadyUsed, old.offer)
        // Sealed anew in the same place it is another text, and another transcript.
        await expectRefusal(.alreadyUsed, try begin(2).offer)
    }

    @Test func `until the second QR code the keys are those of before`() async throws {
        try scan.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-0")
        let challenge = try bank.payment()
        let old = try bank.seal(challenge, 1, for: record, enrolment: "enrolment-0")
        var pairing = try begin(1)
        _ = try pairing.take(firstCode: try await code(pairing.offer), issuer: bank.issuer)
        #expect(try await code(old).count == 8)
        _ = try await code(try #require(pairing.confirmation))
        await expectRefusal(.notForThisDevice, old)
    }

    @Test func `who declines is not paired, and may agree later`() async throws {
        let pairing = try begin(1)
        let error = await deviceError { () async throws(DeviceError) in
            try await scan.respond(to: .sealed(pairing.offer), with: ScriptedHolder(refusal: .declined))
        }
        #expect(error?.code == .declined)
        #expect(scan.screen == .idle)
        #expect(try await code(pairing.offer).count == 10)
    }

    @Test func `the second QR code of another dialogue, another bank and another device are refused`() async throws {
        var (mine, other) = (try begin(1), try begin(2))
        _ = try await code(mine.offer)
        await expectRefusal(.notPaired, "SC1:" + Base45.encode([1] + [UInt8](repeating: 0, count: 80)))
        let first = try await code(other.offer)
        #expect(try mine.take(firstCode: first, issuer: bank.issuer) == .wrong(triesLeft: 4))
        #expect(try other.take(firstCode: first, issuer: bank.issuer) == .accepted)
        let stranger = try HandheldBank(seed: 9)
        var generator = SeededGenerator(seed: 3)
        let forged = try ScanPairing(
            record, enrolment: "enrolment-3", sequence: ScanSequence(epoch: 1, counter: 3), issuer: stranger.issuer, using: &generator)
        await expectRefusal(.notFromThisBank, forged.offer)
        let (_, record) = try EmulatedScan.manufacture(serial: DeviceID("SC-0002"), issuer: bank.issuer.identity, using: &generator)
        await expectRefusal(.notPaired, try begin(4, for: record).offer)
    }

    // MARK: A phone

    private func phone() throws -> (EmulatedMobile, ScanFactoryRecord) {
        var generator = SeededGenerator(seed: 61)
        return try EmulatedMobile.manufacture(
            serial: DeviceID("MO-0001"), issuer: bank.issuer.identity, now: { Date(timeIntervalSince1970: HandheldBank.issuedAt) },
            random: { SeededGenerator(seed: 62) }, using: &generator)
    }

    /// A person at whose question somebody holds another QR code before the camera.
    private struct Distracted: Holder {
        let phone: EmulatedMobile
        let other: String
        let typing = ScriptedHolder(pins: ["271828", "271828"])

        func show(_ prompt: Prompt) async {}
        func consent(to summary: Summary) async throws(HolderError) {}
        func pin(for request: PINRequest) async throws(HolderError) -> PIN {
            _ = try? await phone.respond(to: .sealed(other), with: ScriptedHolder())
            return try await typing.pin(for: request)
        }
    }

    @Test func `who begins another pairing while the PIN is chosen does not get its keys committed`() async throws {
        let (phone, record) = try phone()
        var (first, second) = (try begin(1, for: record), try begin(2, for: record))
        _ = try first.take(firstCode: try await code(first.offer, by: phone), issuer: bank.issuer)
        let confirmation = try #require(first.confirmation)
        let error = await deviceError { () async throws(DeviceError) in
            try await phone.respond(to: .sealed(confirmation), with: Distracted(phone: phone, other: second.offer))
        }
        #expect(error?.code == .challengeRefused)
        #expect(phone.screen == .refused(.notForThisDevice))
        // It is paired with neither, and the other pairing goes on.
        let challenge = try bank.seal(bank.payment(), 1, for: record)
        let early = await deviceError { () async throws(DeviceError) in
            try await phone.respond(to: .sealed(challenge), with: ScriptedHolder(pins: ["271828"]))
        }
        #expect(early?.code == .challengeRefused && phone.screen == .refused(.notPaired))
        #expect(try second.take(firstCode: try await code(second.offer, by: phone), issuer: bank.issuer) == .accepted)
        let code = try await code(
            try #require(second.confirmation), ScriptedHolder(pins: ["314159", "314159"]), by: phone)
        #expect(second.take(secondCode: code, answerKey: phone.answerKey) == .accepted)
    }

    @Test func `a phone asks for a new PIN twice before its second code`() async throws {
        let (phone, record) = try phone()
        var pairing = try begin(1, for: record)
        _ = try pairing.take(firstCode: try await code(pairing.offer, by: phone), issuer: bank.issuer)
        let confirmation = try #require(pairing.confirmation)
        let different = await deviceError { () async throws(DeviceError) in
            try await phone.respond(to: .sealed(confirmation), with: ScriptedHolder(pins: ["271828", "271829"]))
        }
        #expect(different?.code == .newPINsDiffer)
        let second = try await code(confirmation, ScriptedHolder(pins: ["271828", "271828"]), by: phone)
        #expect(pairing.take(secondCode: second, answerKey: phone.answerKey) == .accepted)
        #expect(pairing.take(serial: "MO-0001") == .accepted)
        let keys = try #require(pairing.keys)
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, at: ScanSequence(epoch: 1, counter: 1), for: record, keys: keys)
        let expected = try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: record.serial, kind: .mobile)
        #expect(try await code(text, ScriptedHolder(pins: ["271828"]), by: phone) == expected)
        // It cannot be paired again: it has forgotten what keys come from.
        let later = try begin(2, for: record).offer
        let again = await deviceError { () async throws(DeviceError) in
            try await phone.respond(to: .sealed(later), with: ScriptedHolder())
        }
        #expect(again?.code == .challengeRefused)
    }
}
