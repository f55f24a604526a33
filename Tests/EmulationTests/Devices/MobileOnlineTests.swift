import DeviceProtocol
import Foundation
import ScanChallenge
import Secrets
import TestSupport
import Testing

@testable import Emulation

/// A phone's online answers, and the ticket of its backup.
@Suite struct MobileOnlineTests {
    private let bank: HandheldBank

    init() throws { bank = try HandheldBank() }

    private func phone(
        _ answers: AnswerKey.Algorithm = .ed25519, isPaired: Bool = true, file: DeviceStateFile? = nil
    ) throws -> (EmulatedMobile, ScanFactoryRecord) {
        var generator = SeededGenerator(seed: 90)
        let (mobile, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MO-0001"), issuer: bank.issuer.identity, answers: answers, file: file,
            now: { Date(timeIntervalSince1970: HandheldBank.issuedAt) }, using: &generator)
        if isPaired {
            try mobile.pair(
                nonce: HandheldBank.nonce, enrolment: "enrolment-1", pin: PIN(.copying("271828".utf8)), using: &generator)
        }
        return (mobile, record)
    }

    @Test(arguments: AnswerKey.Algorithm.allCases)
    func `online it gives the code and a signature that its public key vouches for`(answers: AnswerKey.Algorithm) async throws {
        let (phone, record) = try phone(answers)
        #expect(phone.answerKey.algorithm == answers)
        let challenge = try bank.payment()
        let response = try await phone.respondOnline(
            to: .sealed(bank.seal(challenge, 1, for: record)), with: ScriptedHolder(pins: ["271828"]))
        guard case .signedCode(let code, let signature) = response else {
            Issue.record("\(response)")
            return
        }
        #expect(try code == bank.code(challenge, record, kind: .mobile))
        #expect(phone.answerKey.isValid(signature, for: challenge, by: record.serial))
        #expect(try !phone.answerKey.isValid(signature, for: bank.payment(2), by: record.serial))
        #expect(phone.screen == .code(code, for: challenge.summary))
    }

    @Test func `after a wrong PIN the code is wrong and the signature right, which tells nobody the PIN`() async throws {
        let (phone, record) = try phone()
        let challenge = try bank.payment()
        let response = try await phone.respondOnline(
            to: .sealed(bank.seal(challenge, 1, for: record)), with: ScriptedHolder(pins: ["271829"]))
        guard case .signedCode(let code, let signature) = response else {
            Issue.record("\(response)")
            return
        }
        #expect(try code != bank.code(challenge, record, kind: .mobile))
        #expect(phone.answerKey.isValid(signature, for: challenge, by: record.serial))
    }

    @Test func `who declines signs nothing, and a pairing is not answered online`() async throws {
        let (phone, record) = try phone()
        let text = try bank.seal(bank.payment(), 1, for: record)
        let declined = await deviceError { () async throws(DeviceError) in
            try await phone.respondOnline(to: .sealed(text), with: ScriptedHolder(refusal: .declined))
        }
        #expect(declined?.code == .declined && phone.screen == .idle)
        let (fresh, other) = try self.phone(isPaired: false)
        var generator = SeededGenerator(seed: 91)
        let pairing = try ScanPairing(
            other, enrolment: "enrolment-2", sequence: ScanSequence(epoch: 1, counter: 1), issuer: bank.issuer, using: &generator)
        let refused = await deviceError { () async throws(DeviceError) in
            try await fresh.respondOnline(to: .sealed(pairing.offer), with: ScriptedHolder())
        }
        #expect(refused?.code == .notSupported)
    }

    @Test func `it keeps its own ticket until the backup is switched off, and nobody else's`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-ticket-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "phone").path
        var generator = SeededGenerator(seed: 92)
        let own = RestoreTicket(device: try DeviceID("MO-0001"), using: &generator)
        let foreign = RestoreTicket(device: try DeviceID("MO-0002"), using: &generator)
        do {
            let file = try DeviceStateFile.create(at: path)
            defer { file.close() }
            let (phone, _) = try phone(file: file)
            #expect(phone.backup == nil)
            try phone.keep(own)
            #expect(throws: DeviceError(.notSupported, "")) { try phone.keep(foreign) }
            #expect(phone.backup == own)
        }
        let again = try EmulatedMobile(
            file: DeviceStateFile.open(at: path), now: { Date(timeIntervalSince1970: HandheldBank.issuedAt) })
        #expect(again.backup == own)
        try again.keep(nil)
        #expect(again.backup == nil)
    }
}
