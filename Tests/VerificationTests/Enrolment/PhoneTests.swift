import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Testing
import Verification

/// A phone that answers online: the code and a signature, both or nothing; and one that takes another's place.
struct PhoneTests {
    /// A phone with a key of its own.
    struct Phone {
        let scan: TestScan
        let key: AnswerKey
        let sign: @Sendable (Challenge) throws -> [UInt8]

        init(_ name: String, _ algorithm: AnswerKey.Algorithm, issuer: ScanIssuerIdentity) throws {
            let scan = try TestScan(id: DeviceID(name), kind: .mobile, issuer: issuer)
            self.scan = scan
            switch algorithm {
            case .ed25519:
                let own = Curve25519.Signing.PrivateKey()
                key = try AnswerKey(.ed25519, publicKey: Array(own.publicKey.rawRepresentation))
                sign = { Array(try own.signature(for: $0.digest(as: .mobile, by: scan.id))) }
            case .p256:
                let own = P256.Signing.PrivateKey()
                key = try AnswerKey(.p256, publicKey: Array(own.publicKey.x963Representation))
                sign = { Array(try own.signature(for: $0.coveredBytes(as: .mobile, by: scan.id)).derRepresentation) }
            }
        }

        var registration: Enrolments.Registration { .phone(scan.record, scan.keys, key) }
    }

    private func enrol(_ bank: TestBank, _ algorithm: AnswerKey.Algorithm = .ed25519, _ name: String = "M-1") async throws -> Phone {
        let phone = try Phone(name, algorithm, issuer: bank.issuer.identity)
        try await bank.enrolments.enrol(
            phone.scan.id, as: .mobile, for: bank.alice, with: phone.registration, id: bank.enrolmentID(), isEmulated: true)
        return phone
    }

    private func asked(_ bank: TestBank, _ phone: Phone) async throws -> Challenge {
        let operation = try await bank.begin(.payment(), with: phone.scan.id)
        _ = try await bank.operations.presentation(of: operation.id)
        return operation.challenge
    }

    // MARK: Online answers

    @Test(arguments: AnswerKey.Algorithm.allCases)
    func `code and signature together are accepted, and so is the typed code alone`(algorithm: AnswerKey.Algorithm) async throws {
        let bank = try TestBank()
        let phone = try await enrol(bank, algorithm)
        let online = try await asked(bank, phone)
        let answer = Response.signedCode(try phone.scan.code(for: online), signature: try phone.sign(online))
        guard case .succeeded(let evidence) = try await bank.operations.submit(answer, to: online.id) else {
            Issue.record("refused")
            return
        }
        #expect(evidence.binding == .content && evidence.kind == .mobile)
        #expect(evidence.answer.split(separator: " ").last.map(String.init) == Data(try signature(in: answer)).base64EncodedString())
        let typed = try await asked(bank, phone)
        let outcome = try await bank.operations.submit(.code(phone.scan.code(for: typed)), to: typed.id)
        #expect(outcome.name == "succeeded")
    }

    private func signature(in response: Response) throws -> [UInt8] {
        guard case .signedCode(_, let signature) = response else { throw DeviceError(.malformedAnswer, "") }
        return signature
    }

    @Test(arguments: AnswerKey.Algorithm.allCases)
    func `a wrong half is a wrong answer, whichever half it is`(algorithm: AnswerKey.Algorithm) async throws {
        let bank = try TestBank()
        let phone = try await enrol(bank, algorithm)
        let stranger = try Phone("M-1", algorithm, issuer: bank.issuer.identity)
        let cases: [(TestBank, Challenge) throws -> Response] = [
            { _, challenge in .signedCode("00000000", signature: try phone.sign(challenge)) },
            { _, challenge in .signedCode(try phone.scan.code(for: challenge), signature: try stranger.sign(challenge)) },
            { _, challenge in .signedCode(try phone.scan.code(for: challenge), signature: []) },
        ]
        for (number, answer) in cases.enumerated() {
            let challenge = try await asked(bank, phone)
            #expect(try await bank.operations.submit(answer(bank, challenge), to: challenge.id) == .refused)
            #expect(try await bank.enrolment(of: phone.scan.id).failures == number + 1)
        }
    }

    @Test func `a signature over another challenge is refused, and a Scan's enrolment takes none`() async throws {
        let bank = try TestBank()
        let phone = try await enrol(bank)
        let (first, second) = (try await asked(bank, phone), try await asked(bank, phone))
        let mixed = Response.signedCode(try phone.scan.code(for: second), signature: try phone.sign(first))
        #expect(try await bank.operations.submit(mixed, to: second.id) == .refused)
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        _ = try await bank.operations.presentation(of: operation.id)
        let answer = Response.signedCode(try scan.code(for: operation.challenge), signature: try phone.sign(operation.challenge))
        await #expect(throws: VerificationError.otherAnswerWanted(scan.id, "a code")) {
            try await bank.operations.submit(answer, to: operation.id)
        }
    }

    // MARK: Backup and restore

    private func ticket(_ bank: TestBank, _ phone: Phone) async throws -> RestoreTicket {
        var random = SystemRandomNumberGenerator()
        return try await bank.enrolments.switchOnBackup(of: phone.scan.id, using: &random)
    }

    private func restore(
        _ bank: TestBank, _ ticket: RestoreTicket, _ new: Phone, isPersonKnown: Bool = false
    ) async -> VerificationError? {
        do {
            try await bank.enrolments.restore(
                ticket, to: new.scan.id, with: new.registration, id: bank.enrolmentID(), isEmulated: true,
                isPersonKnown: isPersonKnown)
            return nil
        } catch { return error }
    }

    @Test func `a ticket enrols the new phone and revokes the old one, once`() async throws {
        let bank = try TestBank()
        let old = try await enrol(bank)
        let new = try Phone("M-2", .p256, issuer: bank.issuer.identity)
        let waiting = try await asked(bank, old)
        let ticket = try await ticket(bank, old)
        #expect(await restore(bank, ticket, new) == nil)
        #expect(try await bank.enrolment(of: old.scan.id).state == .revoked)
        #expect(try await bank.enrolment(of: new.scan.id).state == .active)
        #expect(try await bank.enrolment(of: new.scan.id).subscriber == bank.alice)
        // What the old one was asked it can no longer answer, and nothing brings it back.
        #expect(try await bank.operations.submit(.code(old.scan.code(for: waiting)), to: waiting.id) == .refused)
        await #expect(throws: VerificationError.enrolment(.illegal(.reactivate, .revoked))) {
            try await bank.enrolments.resume(old.scan.id)
        }
        let third = try Phone("M-3", .ed25519, issuer: bank.issuer.identity)
        #expect(await restore(bank, ticket, third) == .restoreRefused)
        // Its place is free again: the limit counts those that can be used.
        _ = try await enrol(bank, .ed25519, "M-4")
        let challenge = try await asked(bank, new)
        #expect(try await bank.operations.submit(.code(new.scan.code(for: challenge)), to: challenge.id).name == "succeeded")
    }

    @Test func `without a backup that was switched on nothing is restored, and all refusals are one`() async throws {
        let bank = try TestBank()
        let old = try await enrol(bank)
        let new = try Phone("M-2", .ed25519, issuer: bank.issuer.identity)
        var random = SystemRandomNumberGenerator()
        #expect(await restore(bank, RestoreTicket(device: old.scan.id, using: &random), new) == .restoreRefused)
        #expect(await restore(bank, RestoreTicket(device: try DeviceID("M-9"), using: &random), new) == .restoreRefused)
        let ticket = try await ticket(bank, old)
        try await bank.enrolments.switchOffBackup(of: old.scan.id)
        #expect(await restore(bank, ticket, new) == .restoreRefused)
        let second = try await self.ticket(bank, old)
        try await bank.enrolments.suspend(old.scan.id)
        #expect(await restore(bank, second, new) == .restoreRefused)
        try await bank.enrolments.resume(old.scan.id)
        #expect(await restore(bank, second, new) == nil)
        let written = try await AuditLog(store: bank.store).rows().map(\.detail)
        #expect(written.filter { $0.hasPrefix("backup") } == ["backup on", "backup off", "backup on"])
    }

    @Test(arguments: SuspensionReason.allCases)
    func `a lost phone is restored when the bank has made sure of the person, and not otherwise`(_ reason: SuspensionReason) async throws {
        let bank = try TestBank()
        let old = try await enrol(bank)
        let new = try Phone("M-2", .ed25519, issuer: bank.issuer.identity)
        let ticket = try await ticket(bank, old)
        try await bank.enrolments.suspend(old.scan.id, by: reason)
        #expect(await restore(bank, ticket, new) == .restoreRefused)
        var random = SystemRandomNumberGenerator()
        let wrong = RestoreTicket(device: old.scan.id, using: &random)
        #expect(await restore(bank, wrong, new, isPersonKnown: true) == .restoreRefused)
        #expect(await restore(bank, ticket, new, isPersonKnown: true) == nil)
        let (before, after) = (try await bank.enrolment(of: old.scan.id), try await bank.enrolment(of: new.scan.id))
        #expect(before.state == .revoked && after.state == .active)
        #expect(after.life.suspension == nil && after.life.blockedUntil == nil && after.life.validUntil == before.life.validUntil)
        let challenge = try await asked(bank, new)
        #expect(try await bank.operations.submit(.code(new.scan.code(for: challenge)), to: challenge.id).name == "succeeded")
    }

    @Test func `a blocked phone is restored when the bank has made sure of the person, and a revoked one never`() async throws {
        let bank = try TestBank()
        let old = try await enrol(bank)
        let new = try Phone("M-2", .ed25519, issuer: bank.issuer.identity)
        let ticket = try await ticket(bank, old)
        func fail(with phone: Phone) async throws {
            for _ in 0..<5 {
                let challenge = try await asked(bank, phone)
                let wrong = try phone.scan.code(for: challenge) == "00000000" ? "00000001" : "00000000"
                #expect(try await bank.operations.submit(.code(wrong), to: challenge.id) == .refused)
            }
        }
        try await fail(with: old)
        #expect(try await bank.enrolment(of: old.scan.id).state == .blocked)
        #expect(await restore(bank, ticket, new) == .restoreRefused)
        #expect(await restore(bank, ticket, new, isPersonKnown: true) == nil)
        #expect(try await bank.enrolment(of: new.scan.id).life.blockedUntil == nil)
        try await fail(with: new)
        #expect(try await bank.enrolment(of: new.scan.id).life.blockedUntil != nil, "the new phone's first block is for a time")
        try await bank.enrolments.resume(new.scan.id)
        let second = try await self.ticket(bank, new)
        try await bank.enrolments.revoke(new.scan.id)
        let third = try Phone("M-3", .ed25519, issuer: bank.issuer.identity)
        #expect(await restore(bank, second, third, isPersonKnown: true) == .restoreRefused)
    }

    @Test func `five wrong tickets in an hour end all attempts until the hour is over`() async throws {
        let bank = try TestBank()
        let old = try await enrol(bank)
        let new = try Phone("M-2", .ed25519, issuer: bank.issuer.identity)
        let ticket = try await ticket(bank, old)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5 { #expect(await restore(bank, RestoreTicket(device: old.scan.id, using: &random), new) == .restoreRefused) }
        #expect(await restore(bank, ticket, new) == .restoreRefused)
        bank.clock.advance(by: 3599)
        #expect(await restore(bank, ticket, new) == .restoreRefused)
        bank.clock.advance(by: 1)
        #expect(await restore(bank, ticket, new) == nil)
    }

    @Test func `a restore that fails leaves the old phone as it was`() async throws {
        let bank = try TestBank()
        let old = try await enrol(bank)
        let ticket = try await ticket(bank, old)
        #expect(await restore(bank, ticket, old) == .alreadyEnrolled(old.scan.id))
        #expect(try await bank.enrolment(of: old.scan.id).state == .active)
        let scan = try await bank.enrolScan()
        var random = SystemRandomNumberGenerator()
        await #expect(throws: VerificationError.noBackupPossible(scan.id)) {
            try await bank.enrolments.switchOnBackup(of: scan.id, using: &random)
        }
    }
}
