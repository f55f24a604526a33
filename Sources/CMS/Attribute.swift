import Crypto
import SwiftASN1

/// One signed attribute with one value; RFC 5652, 5.3.
struct Attribute: DERSerializable {
    private let encoded: [UInt8]

    /// An attribute whose value `body` writes.
    init(_ type: ASN1ObjectIdentifier, _ body: (inout DER.Serializer) throws -> Void) throws {
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence) { attribute in
            try attribute.serialize(type)
            try attribute.appendConstructedNode(identifier: .set) { try body(&$0) }
        }
        encoded = coder.serializedBytes
    }

    func serialize(into coder: inout DER.Serializer) throws { coder.serializeRawBytes(encoded) }
}

/// DER that is there already.
struct Encoded: DERSerializable {
    let bytes: [UInt8]
    func serialize(into coder: inout DER.Serializer) throws { coder.serializeRawBytes(bytes) }
}

extension DER.Serializer {
    /// `AlgorithmIdentifier`; RFC 5754 leaves the parameters out except for RSA, which has NULL.
    mutating func appendAlgorithm(_ identifier: ASN1ObjectIdentifier, hasNull: Bool) throws {
        try appendConstructedNode(identifier: .sequence) { algorithm in
            try algorithm.serialize(identifier)
            if hasNull { try algorithm.serialize(ASN1Null()) }
        }
    }

    /// `SigningCertificateV2` with one `ESSCertIDv2`: the SHA-256 of the certificate, which is the default hash; RFC 5035, 3.
    mutating func appendSigningCertificate(_ signer: SignerCertificate) throws {
        try appendConstructedNode(identifier: .sequence) { signingCertificate in
            try signingCertificate.appendConstructedNode(identifier: .sequence) { identifiers in
                try identifiers.appendConstructedNode(identifier: .sequence) {
                    try $0.serialize(ASN1OctetString(contentBytes: Array(SHA256.hash(data: signer.encoded))[...]))
                }
            }
        }
    }
}

// RFC 5652, 4, 5.1 and 11; RFC 5035, 3; RFC 5754, 2 and 3.
extension ASN1ObjectIdentifier {
    static let data: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 1]
    static let signedData: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 2]
    static let contentType: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 3]
    static let messageDigest: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 4]
    static let signingTime: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 5]
    static let signingCertificateV2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 16, 2, 47]
    static let sha256: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 2, 1]
    static let sha384: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 2, 2]
    static let rsaEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 1]
    static let sha256WithRSAEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 11]
    static let ecdsaWithSHA256: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 2]
    static let ecdsaWithSHA384: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 3]
}
