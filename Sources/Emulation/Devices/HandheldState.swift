import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge

/// What a Scan or phone knows for as long as it exists: the factory's part, and that of its enrolment.
struct HandheldState: Codable, Sendable {
    /// The number on its back.
    let serial: DeviceID
    /// Its own X25519 key; RFC 7748.
    let privateKey: StoredKey<Curve25519.KeyAgreement.PrivateKey>
    /// From whom alone it takes anything.
    let issuer: String
    let issuerKey: StoredKey<Curve25519.KeyAgreement.PublicKey>
    /// Kf; a phone forgets it once it is paired, because all keys could be derived from it.
    var factorySecret: StoredKey<SymmetricKey>?
    /// The pairing that was begun last.
    var pairing: Pairing?
    /// What it is paired with.
    var enrolment: Paired?
    /// What a phone has beyond that.
    var phone: PhoneState?

    /// A pairing from its first QR code on.
    struct Pairing: Codable, Sendable {
        let sequence: Bytes<ScanSequence>
        /// SHA-256 over the texts that were answered, and the codes: the same text shows the same code.
        var answered: [String: String] = [:]
        /// What its keys come from, until the second QR code: behind it, Kf alone no longer leads to them.
        var offer: Offer?
    }

    /// What the first QR code of a pairing said, and its text.
    struct Offer: Codable, Sendable {
        let enrolment: String
        let nonce: [UInt8]
        let text: String
    }

    /// The keys of an enrolment.
    struct Paired: Codable, Sendable {
        let name: String
        let keyID: Bytes<ScanKeyID>
        let presharedKey: StoredKey<SymmetricKey>
        var codeKey: CodeKey
        /// What was accepted last: all that is not later is refused.
        var accepted: Bytes<ScanPayload>?

        func sealing() throws(ScanError) -> ScanSealingKey { try ScanSealingKey(id: keyID.value, presharedKey: presharedKey.key) }
    }

    /// How the OCRA key is kept.
    enum CodeKey: Codable, Sendable {
        /// As it is: a Scan's, and that of a phone where a finger does instead of the PIN.
        case plain(StoredKey<SymmetricKey>)
        /// Under a PIN: a phone's.
        case underPIN(PINWrappedKey)

        /// Whether it can be read without a PIN.
        var isPlain: Bool {
            switch self {
            case .plain: true
            case .underPIN: false
            }
        }
    }

    func identity() throws(ScanError) -> ScanIssuerIdentity { try ScanIssuerIdentity(id: issuer, publicKey: issuerKey.key) }
}

extension HandheldState {
    /// Draws the keys of a device, and what the issuer is told of it.
    static func manufacture(
        serial: DeviceID, issuer: ScanIssuerIdentity, using generator: inout some RandomNumberGenerator
    ) throws(ScanError) -> (HandheldState, ScanFactoryRecord) {
        let key = try Curve25519.KeyAgreement.PrivateKey.random(using: &generator)
        let secret = SymmetricKey.random(bytes: ScanFactoryRecord.secretByteCount, using: &generator)
        let state = HandheldState(
            serial: serial, privateKey: StoredKey(key), issuer: issuer.id, issuerKey: StoredKey(issuer.publicKey),
            factorySecret: StoredKey(secret))
        return (state, try ScanFactoryRecord(serial: serial, publicKey: key.publicKey, factorySecret: secret))
    }

    /// The keys of an enrolment.
    func keys(nonce: [UInt8], enrolment: String) throws(ScanError) -> ScanKeys {
        guard let secret = factorySecret?.key else { throw .unusableKey("the phone is paired already") }
        return try ScanKeys(factorySecret: secret, nonce: nonce, serial: serial, enrolment: enrolment)
    }
}

/// A value that a file has as bytes.
struct Bytes<Value: ByteForm>: Codable, Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }

    init(from decoder: any Decoder) throws { value = try Value(form: Array(decoder.singleValueContainer().decode(Data.self))) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(value.form))
    }
}

/// What has one form in bytes.
protocol ByteForm: Sendable {
    init(form: [UInt8]) throws
    var form: [UInt8] { get }
}

extension ScanSequence: ByteForm {
    init(form: [UInt8]) throws {
        guard let place = ScanSequence(bytes: form) else { throw ScanError.malformed("a sequence has 6 bytes") }
        self = place
    }
    var form: [UInt8] { bytes }
}

extension ScanKeyID: ByteForm {
    init(form: [UInt8]) throws { self = try ScanKeyID(form) }
    var form: [UInt8] { bytes }
}

extension ScanPayload: ByteForm {
    init(form: [UInt8]) throws { self = try ScanPayload(der: form) }
    var form: [UInt8] { der }
}
