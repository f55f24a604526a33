import SwiftASN1

/// What CMS says of a signer, taken from their certificate byte for byte.
struct SignerCertificate: Sendable {
    /// The kinds of key, with the hash that each signs.
    enum Key: Sendable { case rsa, p256, p384 }

    /// The whole certificate, DER.
    let encoded: [UInt8]
    /// `Name` of the issuer, DER as it stands in the certificate; another encoding of the same name would not be found.
    let issuer: [UInt8]
    /// `CertificateSerialNumber`, DER.
    let serialNumber: [UInt8]
    /// What the key is.
    let key: Key

    /// Reads a certificate; RFC 5280, 4.1.
    ///
    /// - Throws: ``CMSError/malformedCertificate``, ``CMSError/unusableKey``.
    init(parsing der: [UInt8]) throws(CMSError) {
        guard let certificate = try? DER.parse(der), let parts = certificate.children, let body = parts.first?.children else {
            throw .malformedCertificate
        }
        // The version is the only field that may be missing.
        let fields = body.first?.identifier == .integer ? body[...] : body.dropFirst()
        let order = Array(fields.prefix(6))
        guard order.count == 6, order[0].identifier == .integer, order[2].identifier == .sequence,
            let algorithm = order[5].children?.first?.children, let name = algorithm.first,
            let identifier = try? ASN1ObjectIdentifier(derEncoded: name)
        else { throw .malformedCertificate }
        let curve = algorithm.dropFirst().first.flatMap { try? ASN1ObjectIdentifier(derEncoded: $0) }
        switch (identifier, curve) {
        case (.rsaEncryption, _): key = .rsa
        case (ASN1ObjectIdentifier.AlgorithmIdentifier.idEcPublicKey, ASN1ObjectIdentifier.NamedCurves.secp256r1?): key = .p256
        case (ASN1ObjectIdentifier.AlgorithmIdentifier.idEcPublicKey, ASN1ObjectIdentifier.NamedCurves.secp384r1?): key = .p384
        default: throw .unusableKey
        }
        encoded = der
        serialNumber = Array(order[0].encodedBytes)
        issuer = Array(order[2].encodedBytes)
    }
}

extension ASN1Node {
    /// The nodes inside; `nil` for a primitive one.
    fileprivate var children: [ASN1Node]? {
        guard case .constructed(let nodes) = content else { return nil }
        return Array(nodes)
    }
}
