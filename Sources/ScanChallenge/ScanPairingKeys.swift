public import Crypto
public import DeviceProtocol
import Foundation

/// What both sides compute while a device is paired: the new keys, and the codes that prove them.
///
/// Each code is HMAC-SHA256 (RFC 2104) over everything that was exchanged so far; its first 64 bits, most significant first,
/// modulo a power of ten, are the digits. The truncation of RFC 4226 has 31 bits only, too few for ten digits.
public struct ScanPairingKeys: Sendable {
    /// The digits of the code for the first QR code.
    public static let firstCodeDigits = 10
    /// The digits of the code for the second QR code.
    public static let secondCodeDigits = 8

    /// The keys of the enrolment.
    public let enrolment: ScanKeys
    /// What the codes are computed with, 32 bytes.
    private let codeKey: SymmetricKey
    /// SHA-256 over both sides and the first QR code's text.
    private let transcript: [UInt8]

    /// Derives the keys of a pairing.
    ///
    /// - Parameters:
    ///   - factorySecret: Kf, 32 bytes.
    ///   - offer: what the first QR code says.
    ///   - text: its text.
    ///   - serial: the device.
    ///   - issuer: who pairs.
    /// - Throws: ``ScanError/unusableKey(_:)``.
    public init(
        factorySecret: SymmetricKey, offer: ScanPairingOffer, text: String, serial: DeviceID, issuer: ScanIssuerIdentity
    ) throws(ScanError) {
        enrolment = try ScanKeys(factorySecret: factorySecret, nonce: offer.nonce, serial: serial, enrolment: offer.enrolment)
        codeKey = try ScanKeyDerivation(factorySecret: factorySecret, nonce: offer.nonce, serial: serial, enrolment: offer.enrolment)
            .key("tessera/scan/1/pairing-code", bytes: 32)
        let parts = [
            Array("tessera/scan/1/pairing".utf8), Array(issuer.id.utf8), Array(issuer.publicKey.rawRepresentation),
            Array(serial.rawValue.utf8), Array(text.utf8),
        ]
        transcript = Array(SHA256.hash(data: parts.lengthPrefixed))
    }

    /// What the first QR code is sealed with, before there is a nonce.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` for a secret that has not 32 bytes.
    public static func factoryKey(factorySecret: SymmetricKey, serial: DeviceID) throws(ScanError) -> ScanSealingKey {
        try ScanKeyDerivation(factorySecret: factorySecret, serial: serial)
            .sealingKey(id: "tessera/scan/1/factory-key-id", secret: "tessera/scan/1/factory-psk")
    }

    /// The code for the first QR code: 10 digits.
    public var firstCode: String { code("first", [transcript], digits: Self.firstCodeDigits) }

    /// What the second QR code carries: SHA-256 over the transcript and the first code, 32 bytes.
    public var confirmation: [UInt8] {
        Array(SHA256.hash(data: [transcript, Array(firstCode.utf8)].lengthPrefixed))
    }

    /// The code for the second QR code: 8 digits.
    ///
    /// - Parameters:
    ///   - text: the text of the second QR code.
    ///   - answerKey: the public key that a phone will sign with, so that the code vouches for it; `nil` for a Scan.
    public func secondCode(text: String, answerKey: AnswerKey? = nil) -> String {
        code("second", [confirmation, Array(text.utf8), answerKey?.bytes ?? []], digits: Self.secondCodeDigits)
    }

    private func code(_ label: String, _ parts: [[UInt8]], digits: Int) -> String {
        let message = ([Array(label.utf8)] + parts).lengthPrefixed
        let number = HMAC<SHA256>.authenticationCode(for: message, using: codeKey).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let limit = (0..<digits).reduce(UInt64(1)) { power, _ in power * 10 }
        let text = String(number % limit)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
