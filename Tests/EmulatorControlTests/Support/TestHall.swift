import Crypto
import DeviceProtocol
import Emulation
import EmulatorControl
import Foundation
import SQLiteStore
import ScanChallenge
import Synchronization
import Verification

/// A real bank in memory, which is told what the factory makes; it alone says whether an answer is right.
final class TestHall: FactoryHall {
    let issuer: ScanIssuer
    let authority: TestAuthority
    let operations: Operations
    private let enrolments: Enrolments
    private let ordered = Mutex<[(order: String, made: ManufacturedDevice)]>([])

    init() throws {
        let now = Date()
        authority = try TestAuthority(now: now)
        issuer = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        let policy = VerificationPolicy(
            anchors: try TrustAnchors(roots: [], testRoots: [authority.root]), admittedAfterEndOfLife: [.token])
        let store = try SQLiteStore(inMemory: .test)
        operations = try Operations(store: store, origin: "bank.example", issuer: issuer, policy: policy, now: { Date() })
        enrolments = try Enrolments(store: store, policy: policy, now: { Date() })
    }

    /// The devices of this bank.
    func emulators(limit: Int = 16, clock: any Clock<Duration> = ContinuousClock()) throws -> Emulators {
        guard let mark = TestMark("test") else { throw NoMark() }
        return Emulators(mark, .init(issuer: issuer.identity, authority: authority, hall: self), limit: limit, clock: clock)
    }

    func enrol(_ made: ManufacturedDevice, for subscriber: String) async throws {
        var random = SystemRandomNumberGenerator()
        let (name, nonce) = (EnrolmentID(using: &random), ChallengeID(using: &random).bytes)
        let registration: Enrolments.Registration
        switch made.secrets {
        case .seed(let seed): registration = .seed(seed)
        case .scan(let record): registration = .pairing(record, try made.pair(nonce: nonce, enrolment: name.rawValue))
        case .mobile(let record, let key): registration = .phone(record, try made.pair(nonce: nonce, enrolment: name.rawValue), key)
        case .certificates(let login, let approval):
            registration = .certificates(CardCertificates(authentication: login, signature: approval))
        }
        let product: ProductProfile.ID =
            switch made.kind {
            case .token: .token
            case .scan: .scan
            case .mobile: .mobile
            case .stick: .stick
            default: .smartcard
            }
        try await enrolments.enrol(made.id, as: product, for: SubscriberID(subscriber), with: registration, id: name, isEmulated: true)
    }

    func register(_ made: ManufacturedDevice, for order: String) async throws { ordered.withLock { $0.append((order, made)) } }

    /// What came in for orders.
    var orders: [(order: String, made: ManufacturedDevice)] { ordered.withLock { $0 } }

    /// Asks a subscriber's device for a payment.
    func payment(_ device: String, of subscriber: String = "alice") async throws -> (id: ChallengeID, presentation: Presentation) {
        let payment = try Payment(
            iban: IBAN("LU280019400644750000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")), payee: "Example Shop",
            reference: "Invoice 1")
        let operation = try await operations.begin(
            .payment(payment), for: SubscriberID(subscriber), with: DeviceID(device), idempotencyKey: UUID().uuidString)
        return (operation.id, try await operations.presentation(of: operation.id))
    }

    /// What the bank says to an answer.
    func verdict(on response: Response, to id: ChallengeID) async throws -> String {
        try await operations.submit(response, to: id).name
    }

    struct NoMark: Error {}
}

extension Presentation {
    /// The text of the QR code.
    var text: String { if case .sealed(let text) = self { text } else { "" } }
}
