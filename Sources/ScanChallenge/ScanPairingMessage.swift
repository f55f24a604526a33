public import Crypto
import DeviceProtocol
import SwiftASN1

/// What the first QR code of a pairing says.
public struct ScanPairingOffer: Hashable, Sendable {
    /// Where it stands in the order of this device's pairings; a device takes a later one only.
    public let sequence: ScanSequence
    /// The issuer's name for the enrolment, 1 to 64 bytes.
    public let enrolment: String
    /// 16 random bytes.
    public let nonce: [UInt8]

    /// An offer.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` for a nonce or a name of another size.
    public init(sequence: ScanSequence, enrolment: String, nonce: [UInt8]) throws(ScanError) {
        guard nonce.count == ScanKeys.nonceByteCount else { throw .unusableKey("a pairing nonce has 16 bytes, not \(nonce.count)") }
        guard (1...64).contains(enrolment.utf8.count), enrolment.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .unusableKey("an enrolment has 1 to 64 printable ASCII characters without spaces")
        }
        self.sequence = sequence
        self.enrolment = enrolment
        self.nonce = nonce
    }
}

/// What a QR code of a pairing carries, inside the seal.
///
///     ScanPairing ::= CHOICE {
///         offer         [APPLICATION 1] IMPLICIT SEQUENCE {  -- sealed under the factory's key
///             sequence   OCTET STRING (SIZE (6)),
///             enrolment  UTF8String (SIZE (1..64)),
///             nonce      OCTET STRING (SIZE (16)) },
///         confirmation  [APPLICATION 2] IMPLICIT SEQUENCE {  -- sealed under the enrolment's key
///             transcript OCTET STRING (SIZE (32)) } }
public enum ScanPairingMessage: Hashable, Sendable {
    /// The first QR code.
    case offer(ScanPairingOffer)
    /// The second: ``ScanPairingKeys/confirmation``.
    case confirmation([UInt8])

    private static let offerTag = ASN1Identifier(tagWithNumber: 1, tagClass: .application)
    private static let confirmationTag = ASN1Identifier(tagWithNumber: 2, tagClass: .application)

    /// The canonical DER (X.690, 10 and 11).
    ///
    /// - Throws: ``ScanError/invalidContent(_:)`` for what cannot be written.
    func der() throws(ScanError) -> [UInt8] {
        var serializer = DER.Serializer()
        do {
            switch self {
            case .offer(let offer):
                try serializer.appendConstructedNode(identifier: Self.offerTag) { body in
                    try body.serialize(ASN1OctetString(contentBytes: offer.sequence.bytes[...]))
                    try body.serialize(ASN1UTF8String(offer.enrolment))
                    try body.serialize(ASN1OctetString(contentBytes: offer.nonce[...]))
                }
            case .confirmation(let transcript):
                try serializer.appendConstructedNode(identifier: Self.confirmationTag) { body in
                    try body.serialize(ASN1OctetString(contentBytes: transcript[...]))
                }
            }
        } catch { throw .invalidContent(.notCanonical("it cannot be written: \(error)")) }
        return serializer.serializedBytes
    }

    /// Reads a message; what would be written differently is refused.
    ///
    /// - Throws: ``ScanError/invalidContent(_:)``.
    init(der bytes: [UInt8]) throws(ScanError) {
        do {
            let node = try DER.parse(bytes)
            if node.identifier == Self.confirmationTag {
                self = .confirmation(
                    try DER.sequence(node, identifier: node.identifier) { Array(try ASN1OctetString(derEncoded: &$0).bytes) })
            } else {
                self = .offer(
                    try DER.sequence(node, identifier: Self.offerTag) { nodes in
                        guard let sequence = ScanSequence(bytes: try ASN1OctetString(derEncoded: &nodes).bytes) else {
                            throw ContentError.notCanonical("a sequence has 6 bytes")
                        }
                        let enrolment = String(try ASN1UTF8String(derEncoded: &nodes))
                        return try ScanPairingOffer(
                            sequence: sequence, enrolment: enrolment, nonce: Array(ASN1OctetString(derEncoded: &nodes).bytes))
                    })
            }
        } catch let error as ContentError {
            throw .invalidContent(error)
        } catch {
            throw .invalidContent(.notCanonical("\(error)"))
        }
        guard try der() == bytes else { throw .invalidContent(.notCanonical("the same content is written differently")) }
    }

    /// Opens a QR code of a pairing.
    ///
    /// - Throws: ``ScanError/notAuthentic``; ``ScanError/invalidContent(_:)`` when it is authentic and something else.
    public init(
        _ envelope: ScanEnvelope, device: Curve25519.KeyAgreement.PrivateKey, keys: ScanSealingKey, issuer: ScanIssuerIdentity
    ) throws(ScanError) {
        try self.init(der: ScanSeal.openBytes(envelope, device: device, keys: keys, issuer: issuer))
    }

    /// Seals it: the text of the QR code.
    ///
    /// - Throws: ``ScanError``.
    func sealed(to device: Curve25519.KeyAgreement.PublicKey, keys: ScanSealingKey, issuer: ScanIssuer) throws(ScanError) -> String {
        try ScanSeal.seal(der(), to: device, keys: keys, issuer: issuer)
    }
}
