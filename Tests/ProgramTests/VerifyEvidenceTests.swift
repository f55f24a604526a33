import Crypto
import DeviceProtocol
import Emulation
import Foundation
import OATH
import SQLiteStore
import ScanChallenge
import TestSupport
import Testing
import Verification

/// `tessera verify evidence`: what one operation proves, for somebody who has openssl and nothing of ours.
@Suite(.timeLimit(.minutes(10))) struct VerifyEvidenceTests {
    /// What signs, and how: keys and signatures are openssl's.
    enum Making: String, CaseIterable, Sendable {
        case rsa, rsaPSS, p256, p384

        var key: [String] {
            switch self {
            case .rsa, .rsaPSS: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
            case .p256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
            case .p384: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
            }
        }

        var digest: [String] {
            switch self {
            case .rsa, .p256: ["-sha256"]
            case .rsaPSS: ["-sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"]
            case .p384: ["-sha384"]
            }
        }

        var scheme: SignatureScheme {
            switch self {
            case .rsa: .rsaPKCS1SHA256
            case .rsaPSS: .rsaPSSSHA512
            case .p256: .ecdsaP256SHA256
            case .p384: .ecdsaP384SHA384
            }
        }
    }

    private struct Answer: Decodable {
        struct Role: Decodable, Equatable { let rule: String, role: String, number: Int, of: Int }
        struct Certificate: Decodable { let subject: String, issuer: String }
        struct Signature: Decodable { let algorithm: String?, holds: Bool, keyRole: String?, certificate: Certificate? }
        struct Row: Decodable { let number: Int64, kind: String, detail: String, hash: String }

        let operation: String, subscriber: String, device: String, kind: String, product: String, binding: String, proof: String
        let content: [String], missing: [String]
        let challengeDigest: String
        let challengeIsAsAccepted: Bool
        let signerRole: Role?
        let signature: Signature?
        let audit: [Row]
        let head: AuditHead?
    }

    private let bench: EvidenceBench
    private let issuing: TestAuthority
    private let enrolments: Enrolments
    private let operations: Operations
    private let alice: SubscriberID

    init() throws {
        bench = try EvidenceBench()
        issuing = try TestAuthority(now: Date()).intermediate(now: Date())
        let policy = VerificationPolicy(
            anchors: try TrustAnchors(roots: [], testRoots: [issuing.root]), admittedAfterEndOfLife: [.token])
        enrolments = try Enrolments(store: bench.store, policy: policy)
        operations = try Operations(
            store: bench.store, origin: "bank.example", issuer: ScanIssuer(id: "bank.example", privateKey: .init()), policy: policy)
        alice = try SubscriberID("alice")
    }

    private var folder: Folder { bench.folder }
    private var store: SQLiteStore { bench.store }

    // MARK: What is asked and answered

    private func openssl(_ arguments: [String]) async throws {
        let outcome = try await ChildProgram.run("openssl", arguments)
        try #require(outcome.status == 0, "\(arguments): \(outcome.complaints)")
    }

    private func name() -> EnrolmentID {
        var random = SystemRandomNumberGenerator()
        return EnrolmentID(using: &random)
    }

    private func begin(
        _ content: Challenge.Content? = nil, with device: DeviceID, role: SignerRole? = nil
    ) async throws -> Verification.Operation {
        let payment = Challenge.Content.payment(
            try Payment(
                iban: IBAN("LU280019400644750000"), amount: Amount(minorUnits: 1250, currency: Currency("EUR")), payee: "Anna Muster",
                reference: "Invoice 7"))
        return try await operations.begin(
            content ?? payment, for: alice, with: device, idempotencyKey: UUID().uuidString, timeToLive: 3_600, role: role)
    }

    private func enrolCard(_ making: Making) async throws -> (id: DeviceID, certificates: CardCertificates) {
        var leaves: [[UInt8]] = []
        for (role, usage) in [("authentication", CertificateUsage.authentication), ("signature", .signature)] {
            let (key, publicKey) = (folder.path("\(role).pem"), folder.path("\(role).der"))
            try await openssl(["genpkey"] + making.key + ["-out", key])
            try await openssl(["pkey", "-in", key, "-pubout", "-outform", "DER", "-out", publicKey])
            leaves.append(
                try issuing.issue(holder: "Alice Muster", publicKey: Array(folder.read("\(role).der")), usage: usage, now: Date()))
        }
        let certificates = CardCertificates(authentication: leaves[0], signature: leaves[1], intermediates: issuing.intermediates)
        let id = DeviceID(fingerprintOf: leaves[0])
        try await enrolments.enrol(
            id, as: .smartcard, for: alice, with: .certificates(certificates), id: name(), isEmulated: true)
        return (id, certificates)
    }

    /// A payment that a card has signed.
    private func approved(_ making: Making, role: SignerRole? = nil) async throws -> Verification.Operation {
        let (id, certificates) = try await enrolCard(making)
        let operation = try await begin(with: id, role: role)
        try Data(operation.challenge.coveredBytes(as: .card, by: id)).write(to: folder.url.appending(path: "message"))
        let (key, answer) = (folder.path("signature.pem"), folder.path("answer"))
        try await openssl(["dgst"] + making.digest + ["-sign", key, "-out", answer, folder.path("message")])
        let response = Response.signature(Array(try folder.read("answer")), certificates: [certificates.signature])
        try #require(try await operations.submit(response, to: operation.id).name == "succeeded")
        return try await operations.operation(operation.id)
    }

    // MARK: What is written

    private func evidence(
        _ operation: String, in place: String = "evidence", keys: Bool = true, _ more: String...
    ) async throws -> ChildProgram.Outcome {
        try await bench.evidence(operation, in: place, keys: keys, more)
    }

    private func written() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path("evidence")).sorted()
    }

    private func answer() throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: folder.read("evidence/evidence.json"))
    }

    /// The commands of CHECK.txt, those with `word` in them.
    private func commands(with word: String = "    ") throws -> [String] {
        String(decoding: try folder.read("evidence/CHECK.txt"), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("    ") && $0.contains(word) }
    }

    private func shell(_ commands: [String]) async throws -> ChildProgram.Outcome {
        try await ChildProgram.run("sh", ["-ec", (["cd '\(folder.path("evidence"))'"] + commands).joined(separator: "\n")])
    }

    /// Changes one byte of a file that was written.
    private func spoil(_ name: String) throws {
        var bytes = try folder.read("evidence/\(name)")
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: folder.url.appending(path: "evidence/\(name)"))
    }

    @Test(arguments: Making.allCases)
    func `openssl finds by the commands of CHECK that a card signed, and not one changed byte`(making: Making) async throws {
        let operation = try await approved(making)
        let outcome = try await evidence(operation.id.description)
        #expect(outcome.status == 0, "\(outcome.complaints)")
        #expect(outcome.text.contains("✔ signature holds under the certificate of "), "\(outcome.text)")
        #expect(outcome.text.contains("Alice Muster") && outcome.text.contains(making.scheme.rawValue), "\(outcome.text)")
        #expect(
            try written() == ["CHECK.txt", "certificate.pem", "challenge.der", "covered.bin", "evidence.json", "signature.bin"])
        #expect(try Array(folder.read("evidence/challenge.der")) == operation.challenge.der)
        #expect(try folder.read("evidence/signature.bin") == folder.read("answer"))

        try Data(issuing.root).write(to: folder.url.appending(path: "root.der"))
        try await openssl(["x509", "-inform", "DER", "-in", folder.path("root.der"), "-out", folder.path("evidence/ROOT.pem")])
        let judged = try await shell(try commands())
        #expect(judged.status == 0, "\(judged.text)\(judged.complaints)")
        #expect(judged.text.contains("Verified OK\n") && judged.text.contains("certificate.pem: OK\n"), "\(judged.text)")
        #expect(judged.text.contains("Anna Muster"), "openssl shows the content: \(judged.text)")
        #expect(judged.text.contains(try answer().challengeDigest))

        let check = try commands(with: "signature.bin")
        #expect(check.count == 1)
        #expect(try await shell(check).status == 0)
        try spoil("covered.bin")
        let changed = try await shell(check)
        #expect(changed.status != 0 && !changed.text.contains("Verified OK"), "\(changed.text)")
        #expect(try await shell(try commands(with: "cmp")).status != 0, "what was signed is another content")
    }

    @Test(arguments: AnswerKey.Algorithm.allCases)
    func `openssl finds that a phone signed online, by the key that was paired`(algorithm: AnswerKey.Algorithm) async throws {
        let id = try DeviceID("M-1")
        let (edwards, curve) = (Curve25519.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let key =
            switch algorithm {
            case .ed25519: try AnswerKey(.ed25519, publicKey: Array(edwards.publicKey.rawRepresentation))
            case .p256: try AnswerKey(.p256, publicKey: Array(curve.publicKey.x963Representation))
            }
        let record = try ScanFactoryRecord(
            serial: id, publicKey: Curve25519.KeyAgreement.PrivateKey().publicKey, factorySecret: SymmetricKey(size: .bits256))
        let keys = try ScanKeys(record: record, nonce: Array(0..<16), enrolment: "E-1")
        try await enrolments.enrol(id, as: .mobile, for: alice, with: .phone(record, keys, key), id: name(), isEmulated: true)
        let operation = try await begin(with: id)
        _ = try await operations.presentation(of: operation.id)
        let challenge = operation.challenge
        let signature =
            switch algorithm {
            case .ed25519: Array(try edwards.signature(for: challenge.digest(as: .mobile, by: id)))
            case .p256: Array(try curve.signature(for: challenge.coveredBytes(as: .mobile, by: id)).derRepresentation)
            }
        let code = try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: id, kind: .mobile)
        try #require(
            try await operations.submit(.signedCode(code, signature: signature), to: operation.id).name == "succeeded")

        let outcome = try await evidence(operation.id.description)
        #expect(outcome.status == 0 && outcome.text.contains("✔ signature holds under the phone's key"), "\(outcome.complaints)")
        #expect(try written() == ["CHECK.txt", "challenge.der", "covered.bin", "evidence.json", "key.pem", "signature.bin"])
        #expect(try answer().missing.contains { $0.contains("no authority vouches for the phone's key") })
        let judged = try await shell(try commands())
        #expect(judged.status == 0, "\(judged.text)\(judged.complaints)")
        try spoil("covered.bin")
        let again = try commands(with: "covered.bin").filter { !$0.contains("cmp") } + commands(with: "signature.bin")
        #expect(try await shell(again).status != 0)
    }

    @Test func `the words say who signed what as whom, and where the audit log and its first head behind it say so`() async throws {
        let role = try SignerRole(rule: "R-7", role: "Director", number: 1, of: 2)
        let operation = try await approved(.p256, role: role)
        let first = try await evidence(operation.id.description, "--json")
        #expect(first.status == 0, "\(first.complaints)")
        #expect(try first.output == folder.read("evidence/evidence.json"))
        let loose = try answer()
        #expect(loose.operation == operation.id.description && loose.subscriber == "alice" && loose.product == "smartcard")
        #expect(loose.content.first == "Payment" && loose.content.contains("Payee: Anna Muster"), "\(loose.content)")
        #expect(loose.binding == "content" && loose.challengeIsAsAccepted)
        #expect(loose.signerRole == Answer.Role(rule: "R-7", role: "Director", number: 1, of: 2))
        #expect(loose.signature?.keyRole == "signature" && loose.signature?.certificate?.issuer.contains("Test Issuing CA") == true)
        #expect(loose.audit.contains { $0.kind == "accepted" && $0.detail == "challenge \(loose.challengeDigest)" })
        #expect(loose.head == nil && loose.missing.contains { $0.contains("no signed head") })

        let log = AuditLog(store: store)
        let head = try await log.anchor(with: Curve25519.Signing.PrivateKey())
        try await log.record(.configurationChanged, detail: "later")
        try await log.anchor(with: Curve25519.Signing.PrivateKey())
        let second = try await evidence(operation.id.description, in: "anchored", "--json").json(Answer.self)
        #expect(second.head == head && !second.missing.contains { $0.contains("no signed head") })
    }

    @Test func `a signature that was exchanged in the store is told, and the end is 1`() async throws {
        let operation = try await approved(.p256)
        try await bench.exchange(
            Data("another signature".utf8).base64EncodedString(), digest: String(repeating: "0", count: 64), of: operation)
        let outcome = try await evidence(operation.id.description)
        #expect(outcome.status == 1 && outcome.text.contains("✘ signature does not hold"), "\(outcome.text)")
        #expect(outcome.text.contains("✘ the challenge is not the one that was accepted"))
        let told = try answer()
        #expect(told.signature?.holds == false && !told.challengeIsAsAccepted)
        #expect(told.missing.contains { $0.contains("no row of the audit log") })
        #expect(try commands(with: "signature.bin").isEmpty)
    }

    @Test func `a Token's code proves nothing to others, and the files say so; no keys are needed for that`() async throws {
        let (seed, id) = (SymmetricKey(data: Array("12345678901234567890".utf8)), try DeviceID("T-1"))
        try await enrolments.enrol(id, as: .token, for: alice, with: .seed(seed), id: name(), isEmulated: true)
        let operation = try await begin(.login(Login(place: "Luxembourg", browser: "Firefox")), with: id)
        try #require(
            try await operations.submit(.code(TOTP(key: seed).code(at: Date())), to: operation.id).name == "succeeded")
        let outcome = try await evidence(operation.id.description, keys: false)
        #expect(outcome.status == 0, "\(outcome.complaints)")
        #expect(outcome.text.contains("no signature") && outcome.text.contains("against the bank it proves nothing"), "\(outcome.text)")
        #expect(try written() == ["challenge.der", "evidence.json"])
        let told = try answer()
        #expect(told.binding == "operation" && told.signature == nil && told.proof.contains("depends on nothing of the content"))
        #expect(told.missing.contains { $0.contains("only a mark") })
    }

    @Test func `what has not succeeded leaves no evidence`() async throws {
        let (id, _) = try await enrolCard(.p256)
        let operation = try await begin(with: id)
        let pending = try await evidence(operation.id.description)
        #expect(pending.status == 1 && pending.failure?.error.hasSuffix("not succeeded: it is pending") == true, "\(pending.complaints)")
        #expect(pending.failure?.hint == "wait for its answer, and repeat")
        try await operations.cancel(operation.id)
        let over = try await evidence(operation.id.description)
        #expect(over.status == 1 && over.failure?.error.hasSuffix("it is cancelled") == true, "\(over.complaints)")
        #expect(over.failure?.hint.contains("\"tessera verify log\"") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path("evidence")))
    }

    @Test func `what is missing or in the way is named, and nothing is left behind`() async throws {
        let operation = try await approved(.p256).id.description
        try FileManager.default.createDirectory(atPath: folder.path("full"), withIntermediateDirectories: false)
        try folder.write("kept", to: "full/file")
        // What SQLite keeps beside its file comes and goes.
        func names() throws -> [String] { try folder.names.filter { !$0.hasPrefix("bank.sqlite") } }
        let before = try names()
        let unknown = try await evidence(String(repeating: "0", count: 32))
        #expect(unknown.status == 1 && unknown.failure?.error.contains("there is no operation 0000") == true, "\(unknown.complaints)")
        #expect(try await evidence("no-operation").status == 2)
        let full = try await evidence(operation, in: "full")
        #expect(full.status == 2 && full.failure?.error.contains("is not empty") == true, "\(full.complaints)")
        let file = try await evidence(operation, in: "store.keys")
        #expect(file.status == 2 && file.failure?.error.contains("is no folder") == true, "\(file.complaints)")
        let nowhere = try await evidence(operation, in: "no/such/folder")
        #expect(nowhere.status == 3 && nowhere.failure?.error.contains("cannot make the folder") == true, "\(nowhere.complaints)")
        let closed = try await evidence(operation, keys: false)
        #expect(closed.status == 3 && closed.failure?.error.contains("there is no key") == true, "\(closed.complaints)")
        #expect(try names() == before)
        #expect(try String(decoding: folder.read("full/file"), as: UTF8.self) == "kept")
    }

    @Test func `an empty folder is filled, and a new one is its owner's alone`() async throws {
        let operation = try await approved(.p256).id.description
        func mode(_ name: String) throws -> Int? {
            (try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? NSNumber)?.intValue
        }
        try FileManager.default.createDirectory(
            atPath: folder.path("empty"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o750])
        let filled = try await evidence(operation, in: "empty")
        #expect(filled.status == 0, "\(filled.complaints)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("empty")).count == 6)
        #expect(try mode("empty") == 0o750)
        #expect(try await evidence(operation).status == 0)
        #expect(try mode("evidence") == 0o700)
        #expect(try folder.names.filter { $0.hasSuffix("tessera-draft") }.isEmpty)
    }
}
