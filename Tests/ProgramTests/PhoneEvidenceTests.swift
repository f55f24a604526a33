import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import TestSupport
import Testing
import Verification

/// `tessera verify evidence` of what a phone signed online, and what it says of the audit log's rows.
@Suite(.timeLimit(.minutes(10))) struct PhoneEvidenceTests {
    /// A phone that answers online.
    private struct Phone: Sendable {
        let record: ScanFactoryRecord
        let keys: ScanKeys
        let key: AnswerKey
        let sign: @Sendable (Challenge) throws -> [UInt8]
        var id: DeviceID { record.serial }

        init(_ algorithm: AnswerKey.Algorithm) throws {
            let id = try DeviceID("M-1")
            record = try ScanFactoryRecord(
                serial: id, publicKey: Curve25519.KeyAgreement.PrivateKey().publicKey, factorySecret: SymmetricKey(size: .bits256))
            keys = try ScanKeys(record: record, nonce: Array(0..<16), enrolment: "E-1")
            switch algorithm {
            case .ed25519:
                let own = Curve25519.Signing.PrivateKey()
                key = try AnswerKey(.ed25519, publicKey: Array(own.publicKey.rawRepresentation))
                sign = { Array(try own.signature(for: $0.digest(as: .mobile, by: id))) }
            case .p256:
                let own = P256.Signing.PrivateKey()
                key = try AnswerKey(.p256, publicKey: Array(own.publicKey.x963Representation))
                sign = { Array(try own.signature(for: $0.coveredBytes(as: .mobile, by: id)).derRepresentation) }
            }
        }
    }

    private struct Answer: Decodable {
        struct Signature: Decodable { let algorithm: String?, holds: Bool }
        struct Row: Decodable { let kind: String }

        let challengeIsAsAccepted: Bool
        let signature: Signature?
        let audit: [Row]
        let head: AuditHead?
    }

    private let bench: EvidenceBench
    private let operations: Operations
    private let alice: SubscriberID

    init() throws {
        bench = try EvidenceBench()
        operations = try Operations(
            store: bench.store, origin: "bank.example", issuer: ScanIssuer(id: "bank.example", privateKey: .init()))
        alice = try SubscriberID("alice")
    }

    private var folder: Folder { bench.folder }

    // MARK: What is asked and answered

    private func enrolled(_ algorithm: AnswerKey.Algorithm) async throws -> Phone {
        let phone = try Phone(algorithm)
        var random = SystemRandomNumberGenerator()
        try await Enrolments(store: bench.store).enrol(
            phone.id, as: .mobile, for: alice, with: .phone(phone.record, phone.keys, phone.key), id: EnrolmentID(using: &random),
            isEmulated: true)
        return phone
    }

    /// A payment that waits for a phone.
    private func begin(with phone: Phone) async throws -> Verification.Operation {
        let payment = Challenge.Content.payment(
            try Payment(
                iban: IBAN("LU280019400644750000"), amount: Amount(minorUnits: 1250, currency: Currency("EUR")), payee: "Anna Muster"))
        let operation = try await operations.begin(
            payment, for: alice, with: phone.id, idempotencyKey: UUID().uuidString, timeToLive: 3_600)
        // Nobody answers what was not shown.
        _ = try await operations.presentation(of: operation.id)
        return operation
    }

    /// A payment that a phone has signed.
    private func approved(by phone: Phone) async throws -> Verification.Operation {
        let operation = try await begin(with: phone)
        let code = try ScanCode.compute(ocraKey: phone.keys.ocra, challenge: operation.challenge, device: phone.id, kind: .mobile)
        let response = Response.signedCode(code, signature: try phone.sign(operation.challenge))
        try #require(try await operations.submit(response, to: operation.id).name == "succeeded")
        return try await operations.operation(operation.id)
    }

    /// Puts another signature behind the mark of an operation's code.
    private func exchange(of operation: Verification.Operation, for signature: [UInt8]) async throws {
        let mark = try #require(try bench.kept(of: operation).answer.split(separator: " ").first)
        try await bench.exchange("\(mark) \(Data(signature).base64EncodedString())", of: operation)
    }

    // MARK: What is written

    private func evidence(of operation: Verification.Operation, in place: String = "evidence") async throws -> ChildProgram.Outcome {
        try await bench.evidence(operation.id.description, in: place)
    }

    private func answer(in place: String = "evidence") throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: folder.read("\(place)/evidence.json"))
    }

    /// What somebody puts in the place of a phone's signature.
    enum Forgery: String, CaseIterable, Sendable { case oneOtherBit, ofAnotherPayment, byAnotherKey }

    @Test(arguments: AnswerKey.Algorithm.allCases, Forgery.allCases)
    func `a phone's signature that was exchanged or spoilt in the store does not hold`(
        algorithm: AnswerKey.Algorithm, forgery: Forgery
    ) async throws {
        let phone = try await enrolled(algorithm)
        let operation = try await approved(by: phone)
        var signature = try #require(try bench.kept(of: operation).signature)
        switch forgery {
        case .oneOtherBit: signature[signature.count - 1] ^= 1
        case .ofAnotherPayment: signature = try phone.sign(try await begin(with: phone).challenge)
        case .byAnotherKey: signature = try Phone(algorithm).sign(operation.challenge)
        }
        try await exchange(of: operation, for: signature)
        let outcome = try await evidence(of: operation)
        #expect(outcome.status == 1 && outcome.text.contains("✘ signature does not hold under the phone's key"), "\(outcome.text)")
        #expect(try Array(folder.read("evidence/signature.bin")) == signature)
        let told = try answer()
        #expect(told.signature?.holds == false && told.signature?.algorithm == nil && told.challengeIsAsAccepted)
    }

    @Test func `who handed the answer in, and for which clerk, stands in the log, and in nothing of the evidence`() async throws {
        let phone = try await enrolled(.p256)
        let requester = try #require(Requester(caller: "token core", clerk: "anna.k"))
        let operation = try await Requester.$current.withValue(requester) { try await approved(by: phone) }
        let outcome = try await evidence(of: operation)
        #expect(outcome.status == 0, "\(outcome.complaints)")
        let told = try answer()
        #expect(told.signature?.holds == true && told.audit.contains { $0.kind == "accepted" })
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("evidence")) {
            let text = String(decoding: try folder.read("evidence/\(name)"), as: UTF8.self)
            for word in ["caller", "clerk", "token core", "anna.k"] { #expect(!text.contains(word), "\(name) has \(word)") }
        }
        struct Log: Decodable {
            struct Row: Decodable { let kind: String, caller: String?, clerk: String? }
            let rows: [Row]
        }
        let log: Log = try await Program.run(
            "verify", "log", folder.path("bank.sqlite"), "--operation", operation.id.description, "--json"
        ).json()
        let accepted = try #require(log.rows.first { $0.kind == "accepted" })
        #expect(accepted.caller == "token core" && accepted.clerk == "anna.k")
    }

    @Test func `a head that was signed before the operation is not the one behind its rows`() async throws {
        let phone = try await enrolled(.ed25519)
        let log = AuditLog(store: bench.store)
        let early = try #require(try await log.anchor(with: Curve25519.Signing.PrivateKey()))
        let operation = try await approved(by: phone)
        #expect(try await evidence(of: operation, in: "loose").status == 0)
        #expect(try answer(in: "loose").head == nil)
        let behind = try #require(try await log.anchor(with: Curve25519.Signing.PrivateKey()))
        try await log.record(.configurationChanged, detail: "later")
        try await log.anchor(with: Curve25519.Signing.PrivateKey())
        #expect(try await evidence(of: operation).status == 0)
        #expect(early.row < behind.row)
        #expect(try answer().head == behind)
    }
}
