import DeviceProtocol
import Foundation
import ScanChallenge
import Secrets
import TestSupport
import Testing

@testable import Emulation

/// A finger instead of the PIN: the key of the codes is kept in one way at a time.
@Suite struct BiometricShortcutTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-finger-\(UUID().uuidString)")
    private let bank: HandheldBank
    private let phone: EmulatedMobile
    private let record: ScanFactoryRecord
    private let file: DeviceStateFile

    init() throws {
        bank = try HandheldBank()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = try DeviceStateFile.create(at: folder.appending(path: "phone").path)
        var generator = SeededGenerator(seed: 80)
        (phone, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MO-0001"), issuer: bank.issuer.identity, file: file,
            now: { Date(timeIntervalSince1970: HandheldBank.issuedAt) }, random: { SeededGenerator(seed: 81) }, using: &generator)
    }

    private func pair(_ digits: String = "271828") throws {
        var generator = SeededGenerator(seed: 82)
        try phone.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1", pin: Self.pin(digits), using: &generator)
    }

    private static func pin(_ digits: String) throws -> PIN { PIN(try SecretBytes.copying(digits.utf8)) }

    private func answer(_ counter: UInt32, _ holder: ScriptedHolder) async throws -> (code: String, expected: String) {
        let challenge = try bank.payment(UInt8(counter))
        guard case .code(let code) = try await phone.respond(to: .sealed(bank.seal(challenge, counter, for: record)), with: holder)
        else { return ("", "-") }
        return (code, try bank.code(challenge, record, kind: .mobile))
    }

    /// How the file has the key of the codes.
    private func kept() throws -> [String] {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "phone"))) as? [String: Any]
        let enrolment = (json?["device"] as? [String: Any])?["enrolment"] as? [String: Any]
        return try #require(enrolment?["codeKey"] as? [String: Any]).keys.sorted()
    }

    @Test func `with the shortcut a finger gives the code, and nobody is asked for a PIN`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try pair()
        #expect(!phone.hasBiometricShortcut)
        try phone.switchOnBiometricShortcut(pin: Self.pin("271828"))
        #expect(phone.hasBiometricShortcut)
        let holder = ScriptedHolder()
        let (code, expected) = try await answer(1, holder)
        #expect(code == expected)
        guard case .askedConsent = holder.events.last else {
            Issue.record("asked for consent: \(holder.events)")
            return
        }
        let text = try bank.seal(bank.payment(2), 2, for: record)
        let declined = await deviceError { () async throws(DeviceError) in
            try await phone.respond(to: .sealed(text), with: ScriptedHolder(refusal: .declined))
        }
        #expect(declined?.code == .declined)
    }

    @Test func `the key lies in the file once, under the PIN or for the finger, so that no PIN can be tried against it`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try pair()
        #expect(try kept() == ["underPIN"])
        try phone.switchOnBiometricShortcut(pin: Self.pin("271828"))
        #expect(try kept() == ["plain"])
        let text = String(decoding: try Data(contentsOf: folder.appending(path: "phone")), as: UTF8.self)
        #expect(!text.contains("masked") && !text.contains("salt"))
        try phone.switchOffBiometricShortcut(newPIN: Self.pin("314159"))
        #expect(try kept() == ["underPIN"])
    }

    @Test func `switched off, it wants the new PIN, and the old one is a wrong one`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try pair()
        try phone.switchOnBiometricShortcut(pin: Self.pin("271828"))
        try phone.switchOffBiometricShortcut(newPIN: Self.pin("314159"))
        #expect(!phone.hasBiometricShortcut)
        let old = try await answer(1, ScriptedHolder(pins: ["271828"]))
        #expect(old.code != old.expected && old.code.count == 8)
        let new = try await answer(2, ScriptedHolder(pins: ["314159"]))
        #expect(new.code == new.expected)
        file.close()
        let again = try EmulatedMobile(
            file: DeviceStateFile.open(at: folder.appending(path: "phone").path),
            now: { Date(timeIntervalSince1970: HandheldBank.issuedAt) })
        #expect(!again.hasBiometricShortcut)
    }

    @Test func `a wrong PIN cannot be told when it is switched on, and the codes are wrong from then on`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try pair()
        try phone.switchOnBiometricShortcut(pin: Self.pin("271829"))
        let (code, expected) = try await answer(1, ScriptedHolder())
        #expect(code != expected && code.count == 8)
    }

    @Test func `it is switched on once, off once, with six digits, and not before the pairing`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(refusal { () throws(DeviceError) in try phone.switchOnBiometricShortcut(pin: six("271828")) } == .challengeRefused)
        #expect(refusal { () throws(DeviceError) in try phone.switchOffBiometricShortcut(newPIN: six("271828")) } == .challengeRefused)
        try pair()
        #expect(refusal { () throws(DeviceError) in try phone.switchOffBiometricShortcut(newPIN: six("271828")) } == .challengeRefused)
        #expect(refusal { () throws(DeviceError) in try phone.switchOnBiometricShortcut(pin: six("27182")) } == .unsuitablePIN)
        try phone.switchOnBiometricShortcut(pin: six("271828"))
        #expect(refusal { () throws(DeviceError) in try phone.switchOnBiometricShortcut(pin: six("271828")) } == .challengeRefused)
        #expect(refusal { () throws(DeviceError) in try phone.switchOffBiometricShortcut(newPIN: six("2718281")) } == .unsuitablePIN)
        #expect(phone.hasBiometricShortcut)
    }

    private func six(_ digits: String) throws(DeviceError) -> PIN {
        do { return try Self.pin(digits) } catch { throw DeviceError(.malformedAnswer, "no memory") }
    }

    private func refusal(_ body: () throws(DeviceError) -> Void) -> DeviceError.Code? {
        do {
            try body()
            return nil
        } catch { return error.code }
    }
}
