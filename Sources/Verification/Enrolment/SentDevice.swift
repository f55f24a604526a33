import Crypto
public import DeviceProtocol
import Foundation
public import ScanChallenge

/// A Scan or phone on its way to a person, as the factory told the bank.
///
/// It stands in the order until the device is paired, with the pairing that goes on; its factory secret is forgotten then.
public struct SentDevice: Sendable, Codable {
    /// The number on its back.
    public let serial: DeviceID
    /// Whether it is a program.
    public let isEmulated: Bool
    /// The key of a phone's online answers, which the second code of its pairing vouches for.
    let answerKey: AnswerKey?
    /// The device's X25519 key (RFC 7748), 32 bytes.
    private let publicKey: Data
    /// Kf, 32 bytes, from which all keys of an enrolment come.
    private let factorySecret: KeyMaterial
    /// The place of its next pairing, 6 bytes; `nil` when all are spent.
    private var nextPlace: [UInt8]?
    /// The pairing that goes on.
    var pairing: KeptPairing?

    /// A pairing between its answers.
    struct KeptPairing: Hashable, Sendable, Codable {
        /// How it stands.
        var saved: ScanPairing.Saved
        /// Which of the subscriber's devices the new one takes the place of.
        let replaced: DeviceID?
        /// The first moment at which it is over.
        let endsAt: Date
    }

    /// A device.
    ///
    /// - Parameter answerKey: of a phone that answers online, too.
    public init(_ record: ScanFactoryRecord, answerKey: AnswerKey? = nil, isEmulated: Bool = false) {
        serial = record.serial
        publicKey = record.publicKey.rawRepresentation
        factorySecret = KeyMaterial(record.factorySecret)
        self.answerKey = answerKey
        self.isEmulated = isEmulated
        nextPlace = ScanSequence(epoch: 1, counter: 1).bytes
    }

    /// What the factory told.
    ///
    /// - Throws: ``ScanChallenge/ScanError/unusableKey(_:)`` for what was damaged.
    func record() throws(ScanError) -> ScanFactoryRecord {
        let key: Curve25519.KeyAgreement.PublicKey
        do { key = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: publicKey) } catch {
            throw .unusableKey("the device's key is damaged")
        }
        return try ScanFactoryRecord(serial: serial, publicKey: key, factorySecret: factorySecret.key)
    }

    /// Spends the place of its next pairing; `nil` when all are spent.
    ///
    /// It is behind all that were spent before, also for an order of another year and in a store that was restored since: the device
    /// remembers the last one.
    mutating func spendPlace(at now: Date) -> ScanSequence? {
        guard let next = nextPlace.flatMap({ ScanSequence(bytes: $0) }) else { return nil }
        let seconds = min(max(now.timeIntervalSince1970, 0), TimeInterval(UInt32.max))
        let place = max(next, ScanSequence(epoch: 1, counter: UInt32(seconds)))
        nextPlace = place.next()?.bytes
        return place
    }

    /// What its enrolment begins with, once it is paired.
    func registration(with keys: ScanKeys) throws(ScanError) -> Enrolments.Registration {
        let record = try record()
        return answerKey.map { .phone(record, keys, $0) } ?? .pairing(record, keys)
    }
}

extension SentDevice: Hashable {
    /// By its number; the secret is compared, and not hashed.
    public func hash(into hasher: inout Hasher) { hasher.combine(serial) }
}
