import Crypto
public import Foundation
import SwiftASN1

/// A document that somebody signs, on its way to `SignedData`; RFC 5652, 5.
///
/// The key is elsewhere, in a card: it signs ``signedAttributes``, and ``signedData(signature:isAttached:)`` puts its
/// signature where it belongs.
public struct SignedDocument: Sendable {
    /// What the key has to sign: the DER of the attributes as a SET, not as they stand in the file; RFC 5652, 5.4.
    ///
    /// Content type, digest of the document, time, and the signer's certificate (signing-certificate-v2, RFC 5035), so that
    /// no other certificate of the same key can be put in its place. The hash is SHA-384 with P-384, otherwise SHA-256.
    public let signedAttributes: [UInt8]
    private let document: [UInt8]
    private let signer: SignerCertificate
    private let others: [[UInt8]]

    /// Prepares a signature.
    ///
    /// - Parameters:
    ///   - document: its bytes, as they are; nothing is converted.
    ///   - certificate: the signer's, DER.
    ///   - others: certificates between it and a root, DER; they help who verifies.
    ///   - time: when it is signed, as the signer says; whole seconds.
    /// - Throws: ``CMSError``.
    public init(_ document: [UInt8], signer certificate: [UInt8], others: [[UInt8]] = [], at time: Date) throws(CMSError) {
        let signer = try SignerCertificate(parsing: certificate)
        let signingTime = try Self.encoded(time)
        signedAttributes = try Self.der { coder throws in
            try coder.serializeSetOf([
                Attribute(.contentType) { try $0.serialize(ASN1ObjectIdentifier.data) },
                Attribute(.messageDigest) { try $0.serialize(ASN1OctetString(contentBytes: signer.key.digest(of: document)[...])) },
                Attribute(.signingTime) { $0.serializeRawBytes(signingTime) },
                Attribute(.signingCertificateV2) { try $0.appendSigningCertificate(signer) },
            ])
        }
        self.document = document
        self.signer = signer
        self.others = others
    }

    /// The whole `ContentInfo`, DER: what belongs into a `.p7s` file.
    ///
    /// - Parameters:
    ///   - signature: over ``signedAttributes``: RSA PKCS#1 v1.5, or `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
    ///   - isAttached: whether the document is inside.
    /// - Throws: ``CMSError/notEncodable``.
    public func signedData(signature: [UInt8], isAttached: Bool) throws(CMSError) -> [UInt8] {
        try Self.der { coder throws in
            try coder.appendConstructedNode(identifier: .sequence) { info in
                try info.serialize(ASN1ObjectIdentifier.signedData)
                try info.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { body in
                    try body.appendConstructedNode(identifier: .sequence) { try append(to: &$0, signature, isAttached) }
                }
            }
        }
    }

    /// The fields of `SignedData`, version 1; RFC 5652, 5.1.
    private func append(to coder: inout DER.Serializer, _ signature: [UInt8], _ isAttached: Bool) throws {
        try coder.serialize(1)
        try coder.appendConstructedNode(identifier: .set) { try $0.appendAlgorithm(signer.key.digestAlgorithm, hasNull: false) }
        try coder.appendConstructedNode(identifier: .sequence) { content in
            try content.serialize(ASN1ObjectIdentifier.data)
            guard isAttached else { return }
            try content.serialize(
                ASN1OctetString(contentBytes: document[...]), explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific)
        }
        try coder.serializeSetOf(
            ([signer.encoded] + others).map(Encoded.init), identifier: ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific))
        try coder.appendConstructedNode(identifier: .set) { signers in
            try signers.appendConstructedNode(identifier: .sequence) { try appendSigner(to: &$0, signature) }
        }
    }

    /// The fields of `SignerInfo`, version 1: the signer is named by issuer and serial number; RFC 5652, 5.3.
    private func appendSigner(to coder: inout DER.Serializer, _ signature: [UInt8]) throws {
        try coder.serialize(1)
        coder.appendConstructedNode(identifier: .sequence) {
            $0.serializeRawBytes(signer.issuer)
            $0.serializeRawBytes(signer.serialNumber)
        }
        try coder.appendAlgorithm(signer.key.digestAlgorithm, hasNull: false)
        // The same bytes with the tag [0] in place of SET.
        let attributes = try DER.parse(signedAttributes)
        coder.appendConstructedNode(identifier: ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)) {
            guard case .constructed(let nodes) = attributes.content else { return }
            for node in nodes { $0.serialize(node) }
        }
        try coder.appendAlgorithm(signer.key.signatureAlgorithm, hasNull: signer.key == .rsa)
        try coder.serialize(ASN1OctetString(contentBytes: signature[...]))
    }

    private static func der(_ body: (inout DER.Serializer) throws -> Void) throws(CMSError) -> [UInt8] {
        var serializer = DER.Serializer()
        do { try body(&serializer) } catch { throw .notEncodable }
        return serializer.serializedBytes
    }

    /// UTCTime until 2049, then GeneralizedTime; RFC 5652, 11.3.
    private static func encoded(_ time: Date) throws(CMSError) -> [UInt8] {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.era, .year, .month, .day, .hour, .minute, .second], from: time)
        guard parts.era == 1, let year = parts.year, let month = parts.month, let day = parts.day, let hour = parts.hour,
            let minute = parts.minute, let second = parts.second, (1950...9999).contains(year)
        else { throw .impossibleTime }
        return try der { coder throws in
            if year < 2050 {
                try coder.serialize(UTCTime(year: year, month: month, day: day, hours: hour, minutes: minute, seconds: second))
            } else {
                try coder.serialize(
                    GeneralizedTime(
                        year: year, month: month, day: day, hours: hour, minutes: minute, seconds: second, fractionalSeconds: 0))
            }
        }
    }
}

extension SignerCertificate.Key {
    fileprivate func digest(of bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .rsa, .p256: Array(SHA256.hash(data: bytes))
        case .p384: Array(SHA384.hash(data: bytes))
        }
    }

    /// RFC 5754, 2.
    fileprivate var digestAlgorithm: ASN1ObjectIdentifier { self == .p384 ? .sha384 : .sha256 }

    /// RFC 5754, 3.
    fileprivate var signatureAlgorithm: ASN1ObjectIdentifier {
        switch self {
        case .rsa: .sha256WithRSAEncryption
        case .p256: .ecdsaWithSHA256
        case .p384: .ecdsaWithSHA384
        }
    }
}
