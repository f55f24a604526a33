public import Crypto
public import DeviceProtocol
public import ScanChallenge

/// An emulated device as its factory knows it: what the bank has to be told before it can check an answer.
public struct ManufacturedDevice: Sendable {
    /// What its answers are checked with.
    public enum Secrets: Sendable {
        /// A Token's seed; RFC 6238.
        case seed(SymmetricKey)
        /// A Scan's factory record.
        case scan(ScanFactoryRecord)
        /// A phone's factory record, and the public key of its online answers.
        case mobile(ScanFactoryRecord, AnswerKey)
        /// A card's certificates, DER (RFC 5280).
        case certificates(authentication: [UInt8], signature: [UInt8])
    }

    /// What the bank calls it: the serial number, or the fingerprint of a card's authentication certificate.
    public let id: DeviceID
    /// What it is.
    public let kind: DeviceKind
    /// What its answers are checked with.
    public let secrets: Secrets
    private let pairing: (@Sendable ([UInt8], String) throws -> ScanKeys)?

    /// A device.
    ///
    /// - Parameter pairing: pairs a Scan or phone without the dialogue of QR codes.
    init(_ id: DeviceID, _ kind: DeviceKind, _ secrets: Secrets, pairing: (@Sendable ([UInt8], String) throws -> ScanKeys)? = nil) {
        self.id = id
        self.kind = kind
        self.secrets = secrets
        self.pairing = pairing
    }

    /// Pairs a Scan or phone in the factory, without QR codes; a phone gets the PIN that it was made with.
    ///
    /// - Parameters:
    ///   - nonce: ``ScanChallenge/ScanKeys/nonceByteCount`` random bytes.
    ///   - enrolment: the bank's name for the enrolment.
    /// - Returns: the keys of the enrolment, for the bank.
    /// - Throws: ``EmulatorError/notSupported(_:)`` for a device that is not paired; what the device refuses with, a phone for
    ///   example that is paired already.
    public func pair(nonce: [UInt8], enrolment: String) throws -> ScanKeys {
        guard let pairing else { throw EmulatorError.notSupported("only a Scan or phone is paired") }
        return try pairing(nonce, enrolment)
    }
}
