import CardApplications
import Crypto
import DeviceProtocol
import Devices
import Emulation
import Foundation
import SQLiteStore
import ScanChallenge
import Synchronization
import Verification

/// The bank's side of the demo: a store for tests, a test authority, five enrolments.
struct DemoBank {
    let operations: Operations
    private let enrolments: Enrolments
    private let issuer: ScanIssuer
    private let authority: TestAuthority
    let clock = DemoClock()

    /// - Parameter folder: where the store is kept.
    init(in folder: URL) throws {
        authority = try TestAuthority(now: clock.now)
        issuer = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        // The Token's end of life has passed; the demo says so, and admits it as a bank with old tokens would.
        let policy = VerificationPolicy(
            anchors: try TrustAnchors(roots: [], testRoots: [authority.root]), admittedAfterEndOfLife: [.token])
        let store = try SQLiteStore(at: folder.appending(path: "demo.sqlite").path, mark: .test)
        operations = try Operations(store: store, origin: "bank.example", issuer: issuer, policy: policy, now: clock.read)
        enrolments = try Enrolments(store: store, policy: policy, now: clock.read)
    }

    /// One device of each kind, each with a subscriber of its own.
    func enrolDevices() async throws -> [DemoDevice] {
        var random = SystemRandomNumberGenerator()
        let readers = VirtualReaders()
        return [
            try await enrolToken(using: &random), try await enrolScan(using: &random), try await enrolMobile(using: &random),
            try await enrolCard(as: .smartcard, in: "Virtual Reader 00", of: readers),
            try await enrolCard(as: .stick, in: "Gemalto USB Shell Token V2 00", of: readers),
        ]
    }

    private func enrolToken(using random: inout some RandomNumberGenerator) async throws -> DemoDevice {
        let (token, record) = try EmulatedToken.manufacture(serial: DeviceID("TOKEN-0001"), now: clock.read, using: &random)
        return try await enrol(token, as: .token, with: .seed(record.seed), named: EnrolmentID(using: &random))
    }

    private func enrolScan(using random: inout some RandomNumberGenerator) async throws -> DemoDevice {
        let (scan, record) = try EmulatedScan.manufacture(serial: DeviceID("SCAN-0001"), issuer: issuer.identity, using: &random)
        let (name, nonce) = (EnrolmentID(using: &random), ChallengeID(using: &random).bytes)
        try scan.pair(nonce: nonce, enrolment: name.rawValue)
        let keys = try ScanKeys(record: record, nonce: nonce, enrolment: name.rawValue)
        return try await enrol(scan, as: .scan, with: .pairing(record, keys), named: name)
    }

    private func enrolMobile(using random: inout some RandomNumberGenerator) async throws -> DemoDevice {
        let (mobile, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MOBILE-0001"), issuer: issuer.identity, now: clock.read, using: &random)
        let (name, nonce) = (EnrolmentID(using: &random), ChallengeID(using: &random).bytes)
        try mobile.pair(nonce: nonce, enrolment: name.rawValue, pin: DemoPerson.typePIN(), using: &random)
        let keys = try ScanKeys(record: record, nonce: nonce, enrolment: name.rawValue)
        return try await enrol(mobile, as: .mobile, with: .pairing(record, keys), named: name)
    }

    private func enrolCard(as product: ProductProfile.ID, in reader: String, of readers: VirtualReaders) async throws -> DemoDevice {
        try readers.attach(reader)
        try readers.insert(VirtualCard.piv(holder: "Test Holder", authority: authority, now: clock.now), in: reader)
        let card = try await CardDevice.opening(reader: reader, of: readers, isEmulated: true)
        guard let login = try await card.certificate(for: .authentication), let approval = try await card.certificate(for: .signature)
        else {
            throw DeviceError(.notSupported, card.descriptor.name, detail: "two certificates are needed")
        }
        var random = SystemRandomNumberGenerator()
        let pair = CardCertificates(authentication: login, signature: approval)
        return try await enrol(card, as: product, with: .certificates(pair), named: EnrolmentID(using: &random))
    }

    private func enrol(
        _ device: any Device, as product: ProductProfile.ID, with registration: Enrolments.Registration, named name: EnrolmentID
    ) async throws -> DemoDevice {
        let subscriber = try SubscriberID("\(product)-holder")
        try await enrolments.enrol(
            device.descriptor.id, as: product, for: subscriber, with: registration, id: name, isEmulated: device.descriptor.isEmulated)
        return DemoDevice(device: device, subscriber: subscriber)
    }
}

/// The demo's time: the machine's, moved on where a person would have waited.
final class DemoClock: Sendable {
    private let ahead = Mutex(TimeInterval(0))

    var now: Date { Date().addingTimeInterval(ahead.withLock { $0 }) }
    var read: @Sendable () -> Date { { self.now } }

    func move(by seconds: TimeInterval) { ahead.withLock { $0 += seconds } }
}

/// A device and whose it is.
struct DemoDevice {
    let device: any Device
    let subscriber: SubscriberID
}
