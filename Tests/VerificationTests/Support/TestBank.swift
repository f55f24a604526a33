import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import ScanChallenge
import Synchronization
import Testing
import TestSupport
import Verification

/// A clock that tests turn by hand.
final class TestClock: Sendable {
    private let time: Mutex<Date>

    init(_ start: Date) { time = Mutex(start) }

    var now: Date { time.withLock { $0 } }

    func advance(by seconds: TimeInterval) { time.withLock { $0 = $0.addingTimeInterval(seconds) } }
}

/// The same numbers in every run, for any number of callers.
final class SharedGenerator: RandomNumberGenerator, Sendable {
    private let generator: Mutex<SeededGenerator>

    init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

    func next() -> UInt64 { generator.withLock { $0.next() } }
}

/// A bank with a clock, a store and one subscriber.
struct TestBank: Sendable {
    static let start = Date(timeIntervalSince1970: 1_800_000_000)
    static let root = Result { try TestAuthority("Test Root") }

    let clock: TestClock
    let store: any Store
    let issuer: ScanIssuer
    let policy: VerificationPolicy
    let enrolments: Enrolments
    let operations: Operations
    let alice: SubscriberID

    init(
        store: (any Store)? = nil, clock: TestClock = TestClock(start), issuer: ScanIssuer? = nil, seed: UInt64 = 1,
        change: (inout VerificationPolicy) throws -> Void = { _ in }
    ) throws {
        var policy = VerificationPolicy(
            anchors: try TrustAnchors(roots: [], testRoots: [Self.root.get().der]), admittedAfterEndOfLife: [.token])
        try change(&policy)
        let store = try store ?? SQLiteStore(inMemory: .test)
        let issuer = try issuer ?? ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        let random = SharedGenerator(seed: seed)
        self.clock = clock
        self.store = store
        self.issuer = issuer
        self.policy = policy
        enrolments = try Enrolments(store: store, policy: policy) { clock.now }
        operations = try Operations(
            store: store, origin: "bank.example", issuer: issuer, policy: policy, now: { clock.now }, random: { random })
        alice = try SubscriberID("alice")
    }

    func enrolToken(_ name: String = "T-1", seed: [UInt8] = Array("12345678901234567890".utf8)) async throws -> TestToken {
        let token = TestToken(id: try DeviceID(name), seed: seed)
        try await enrolments.enrol(
            token.id, as: .token, for: alice, with: .seed(SymmetricKey(data: seed)), id: enrolmentID(), isEmulated: true)
        return token
    }

    func enrolScan(_ name: String = "S-1", as product: ProductProfile.ID = .scan) async throws -> TestScan {
        let scan = try TestScan(id: DeviceID(name), kind: product == .scan ? .scan : .mobile, issuer: issuer.identity)
        try await enrolments.enrol(
            scan.id, as: product, for: alice, with: .pairing(scan.record, scan.keys), id: enrolmentID(), isEmulated: true)
        return scan
    }

    func enrolCard(
        as product: ProductProfile.ID = .smartcard, key: TestKey.Kind = .p256
    ) async throws -> TestCard {
        let card = try TestCard(authority: Self.root.get(), key: key)
        try await enrolments.enrol(
            card.id, as: product, for: alice, with: .certificates(card.certificates), id: enrolmentID(), isEmulated: true)
        return card
    }

    func enrolmentID() -> EnrolmentID {
        var generator = SystemRandomNumberGenerator()
        return EnrolmentID(using: &generator)
    }

    /// Begins an operation with a key of its own.
    func begin(_ content: Challenge.Content, with device: DeviceID, timeToLive: Int = 120) async throws -> Verification.Operation {
        try await operations.begin(content, for: alice, with: device, idempotencyKey: UUID().uuidString, timeToLive: timeToLive)
    }

    func enrolment(of device: DeviceID) async throws -> Enrolment {
        try #require(try await enrolments.enrolment(of: device))
    }

    /// What the bank keeps of a Token's codes.
    func timedCode(of token: TestToken) async throws -> TimedCode {
        let credential = try await enrolment(of: token.id).credential
        let codes: TimedCode? = if case .timedCode(let codes) = credential { codes } else { nil }
        return try #require(codes)
    }
}

extension TestBank {
    /// Evidence that fits no operation, for where only its place matters.
    static let evidence: Evidence = {
        let json = #"""
            {"operation": "00", "subscriber": "alice", "device": "T-1", "kind": "token", "shown": {"title": "Login", "lines": []},
             "challengeDigest": "", "answer": "", "acceptedAt": 821692800, "binding": "operation", "isEmulated": true}
            """#
        do { return try JSONDecoder().decode(Evidence.self, from: Data(json.utf8)) } catch { preconditionFailure("\(error)") }
    }()
}

extension Challenge.Content {
    static func login() throws -> Self { .login(try Login(place: "Luxembourg", browser: "Firefox")) }

    static func payment(cents: Int64 = 1250, payee: String = "Anna Muster") throws -> Self {
        .payment(
            try Payment(
                iban: IBAN("LU280019400644750000"), amount: Amount(minorUnits: cents, currency: Currency("EUR")), payee: payee,
                reference: "Invoice 7"))
    }

    static func beneficiary() throws -> Self {
        .beneficiary(try Beneficiary(iban: IBAN("DE89370400440532013000"), name: "Anna Muster"))
    }
}
