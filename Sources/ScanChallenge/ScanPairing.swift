import DeviceProtocol
import Secrets

/// The bank's side of a pairing, from the first QR code to the keys.
///
/// Both codes must be right, each after its own QR code, and the serial number on the device's back confirms. Five wrong
/// answers, whatever they answer, end it: a new pairing has a new nonce.
public struct ScanPairing: Sendable {
    /// How many wrong answers end a pairing.
    public static let attemptLimit = 5

    /// What became of an answer.
    public enum Verdict: Hashable, Sendable {
        /// It was right.
        case accepted
        /// It was wrong.
        case wrong(triesLeft: Int)
        /// The pairing is over, or this answer is not the one that it waits for.
        case notAwaited
    }

    private enum Stage { case firstCode, secondCode, serial, paired, ended }

    /// The device, as the factory told.
    public let record: ScanFactoryRecord
    /// The text of the first QR code.
    public let offer: String
    /// The text of the second QR code, once the first code was right.
    public private(set) var confirmation: String?
    /// The phone's key for online answers, once a code vouched for it.
    public private(set) var answerKey: AnswerKey?

    /// What another process goes on with, between the answers; as secret as the device's record.
    ///
    /// With the second code a pairing is over at once, so that there is nothing of it to keep.
    public struct Saved: Hashable, Sendable, Codable {
        /// The place in the order of the device's pairings, 6 bytes.
        let place: [UInt8]
        /// 16 bytes, from which the new keys come.
        let nonce: [UInt8]
        /// The text of the first QR code.
        public let offer: String
        /// The text of the second one, once the first code was right.
        public let confirmation: String?
        /// How many answers were wrong.
        let failures: Int
    }

    private let pairingKeys: ScanPairingKeys
    private let announced: ScanPairingOffer
    private var stage = Stage.firstCode
    private var failures = 0

    /// Begins a pairing.
    ///
    /// - Parameters:
    ///   - record: the device, as the factory told.
    ///   - enrolment: a fresh name, 1 to 64 printable ASCII characters.
    ///   - sequence: its place in the order of the device's pairings; whoever calls this has spent it durably.
    ///   - issuer: who pairs.
    ///   - generator: where the nonce comes from.
    /// - Throws: ``ScanError``.
    public init(
        _ record: ScanFactoryRecord, enrolment: String, sequence: ScanSequence, issuer: ScanIssuer,
        using generator: inout some RandomNumberGenerator
    ) throws(ScanError) {
        let nonce = (0..<ScanKeys.nonceByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let offer = try ScanPairingOffer(sequence: sequence, enrolment: enrolment, nonce: nonce)
        let factoryKey = try ScanPairingKeys.factoryKey(factorySecret: record.factorySecret, serial: record.serial)
        let text = try ScanPairingMessage.offer(offer).sealed(to: record.publicKey, keys: factoryKey, issuer: issuer)
        self.record = record
        self.offer = text
        announced = offer
        pairingKeys = try ScanPairingKeys(
            factorySecret: record.factorySecret, offer: offer, text: text, serial: record.serial, issuer: issuer.identity)
    }

    /// Goes on with a pairing where it stood.
    ///
    /// - Parameters:
    ///   - record: the same device.
    ///   - enrolment: the same name.
    ///   - issuer: who pairs, the same.
    /// - Throws: ``ScanError`` for what was damaged.
    public init(
        resuming saved: Saved, of record: ScanFactoryRecord, enrolment: String, issuer: ScanIssuer
    ) throws(ScanError) {
        guard let sequence = ScanSequence(bytes: saved.place) else { throw .unusableKey("the place of the pairing is damaged") }
        announced = try ScanPairingOffer(sequence: sequence, enrolment: enrolment, nonce: saved.nonce)
        self.record = record
        offer = saved.offer
        confirmation = saved.confirmation
        failures = saved.failures
        pairingKeys = try ScanPairingKeys(
            factorySecret: record.factorySecret, offer: announced, text: saved.offer, serial: record.serial, issuer: issuer.identity)
        stage = saved.failures >= Self.attemptLimit ? .ended : saved.confirmation == nil ? .firstCode : .secondCode
    }

    /// How it stands now.
    public var saved: Saved {
        Saved(place: announced.sequence.bytes, nonce: announced.nonce, offer: offer, confirmation: confirmation, failures: failures)
    }

    /// Takes the 10 digits; when they are right there is a second QR code.
    ///
    /// - Throws: ``ScanError`` when that cannot be sealed; the code was not counted then.
    public mutating func take(firstCode code: String, issuer: ScanIssuer) throws(ScanError) -> Verdict {
        guard stage == .firstCode else { return .notAwaited }
        let text = try ScanPairingMessage.confirmation(pairingKeys.confirmation).sealed(
            to: record.publicKey, keys: pairingKeys.enrolment.sealing, issuer: issuer)
        guard isRight(code, pairingKeys.firstCode) else { return countFailure() }
        confirmation = text
        stage = .secondCode
        return .accepted
    }

    /// Takes the 8 digits.
    ///
    /// - Parameter answerKey: the public key that a phone sent along, which the code vouches for; `nil` for a Scan.
    public mutating func take(secondCode code: String, answerKey: AnswerKey? = nil) -> Verdict {
        guard stage == .secondCode, let confirmation else { return .notAwaited }
        guard isRight(code, pairingKeys.secondCode(text: confirmation, answerKey: answerKey)) else { return countFailure() }
        self.answerKey = answerKey
        stage = .serial
        return .accepted
    }

    /// Takes the number on the device's back; it proves nothing, and tells two devices on one desk apart.
    public mutating func take(serial: String) -> Verdict {
        guard stage == .serial else { return .notAwaited }
        guard isRight(serial, record.serial.rawValue) else { return countFailure() }
        stage = .paired
        return .accepted
    }

    /// The keys of the enrolment, when everything was right.
    public var keys: ScanKeys? { stage == .paired ? pairingKeys.enrolment : nil }

    private func isRight(_ answer: String, _ expected: String) -> Bool {
        constantTimeEquals(Array(answer.utf8), Array(expected.utf8))
    }

    private mutating func countFailure() -> Verdict {
        failures += 1
        if failures >= Self.attemptLimit { stage = .ended }
        return .wrong(triesLeft: Self.attemptLimit - failures)
    }
}
