import CardApplications
import Crypto
import DeviceProtocol
import Devices
import Emulation
import Foundation
import SQLiteStore
import ScanChallenge
import Synchronization
import Testing
import Verification

/// A bank for one test: a store in memory, a test authority, a clock turned by hand, and whatever is enrolled.
struct Bank {
    let operations: Operations
    let enrolments: Enrolments
    let authority: TestAuthority
    let issuer: ScanIssuer
    let subscriber: SubscriberID
    let clock: HandClock
    private let policy: VerificationPolicy

    init(store: SQLiteStore? = nil) async throws {
        clock = HandClock()
        authority = try TestAuthority(now: clock.now)
        issuer = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        subscriber = try SubscriberID("holder")
        policy = VerificationPolicy(
            anchors: try TrustAnchors(roots: [], testRoots: [authority.root]), admittedAfterEndOfLife: [.token])
        let store = try store ?? SQLiteStore(inMemory: .test)
        operations = try Operations(store: store, origin: "bank.example", issuer: issuer, policy: policy, now: clock.read)
        enrolments = try Enrolments(store: store, policy: policy, now: clock.read)
    }

    private init(_ bank: Bank, store: SQLiteStore) throws {
        (authority, issuer, subscriber, clock, policy) = (bank.authority, bank.issuer, bank.subscriber, bank.clock, bank.policy)
        operations = try Operations(store: store, origin: "bank.example", issuer: issuer, policy: policy, now: clock.read)
        enrolments = try Enrolments(store: store, policy: policy, now: clock.read)
    }

    /// The same bank with another database.
    func with(store: SQLiteStore) throws -> Bank { try Bank(self, store: store) }

    func enrol(
        _ device: any Device, as product: ProductProfile.ID, with registration: Enrolments.Registration, named name: EnrolmentID
    ) async throws {
        try await enrolments.enrol(
            device.descriptor.id, as: product, for: subscriber, with: registration, id: name, isEmulated: device.descriptor.isEmulated)
    }

    /// A card enrolled by the certificates that it shows.
    func enrol(card: CardDevice, as product: ProductProfile.ID) async throws {
        var random = SystemRandomNumberGenerator()
        let pair = CardCertificates(
            authentication: try #require(try await card.certificate(for: .authentication)),
            signature: try #require(try await card.certificate(for: .signature)))
        try await enrol(card, as: product, with: .certificates(pair), named: EnrolmentID(using: &random))
    }

    /// Begins an operation, and makes of it what `device` takes.
    func ask(_ content: Challenge.Content, of device: any Device) async throws -> (challenge: Challenge, presentation: Presentation) {
        let operation = try await operations.begin(
            content, for: subscriber, with: device.descriptor.id, idempotencyKey: UUID().uuidString)
        return (operation.challenge, try await operations.presentation(of: operation.id))
    }
}

/// A clock that a test turns.
final class HandClock: Sendable {
    private let time = Mutex(Date())

    var now: Date { time.withLock { $0 } }
    var read: @Sendable () -> Date { { self.now } }

    func move(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}
