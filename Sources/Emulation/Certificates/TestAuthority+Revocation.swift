internal import Crypto
public import Foundation
internal import SwiftASN1
internal import X509

extension TestAuthority {
    /// A list of what this authority took back (CRL, version 2), DER; RFC 5280, 5.
    ///
    /// - Parameters:
    ///   - revoked: all of them, in any order.
    ///   - number: higher in each new list.
    ///   - now: the moment of issue.
    ///   - validity: when the next one is there at the latest, in seconds.
    /// - Throws: ``TestAuthorityError/notEncodable(_:)``.
    public func revocationList(
        of revoked: [RevokedCertificate], number: Int = 1, now: Date, validity: TimeInterval = 86_400
    ) throws(TestAuthorityError) -> [UInt8] {
        try Self.encoding {
            try signed { coder throws in
                // v2
                try coder.serialize(1)
                try Self.signatureAlgorithm(&coder)
                try coder.serialize(name)
                try coder.time(now)
                try coder.time(now.addingTimeInterval(validity))
                if !revoked.isEmpty {
                    try coder.sequence { coder throws in for one in revoked { try Self.entry(one, &coder) } }
                }
                try coder.tagged(0) { coder throws in
                    let authority = try Certificate.Extension(
                        AuthorityKeyIdentifier(keyIdentifier: identifier.keyIdentifier), critical: false)
                    try coder.serializeSequenceOf([authority, .listNumber(number)])
                }
            }
        }
    }

    private static func entry(_ revoked: RevokedCertificate, _ coder: inout DER.Serializer) throws {
        try coder.sequence { coder throws in
            try coder.serialize(revoked.serialNumber[...])
            try coder.time(revoked.date)
            // No reason is better than "unspecified"; RFC 5280, 5.3.1.
            if revoked.reason != .unspecified { try coder.serializeSequenceOf([Certificate.Extension.reason(revoked.reason)]) }
        }
    }

    /// The serial number of a certificate, as ``RevokedCertificate`` has it.
    ///
    /// - Throws: ``TestAuthorityError/unreadableCertificate``.
    public static func serialNumber(of certificate: [UInt8]) throws(TestAuthorityError) -> [UInt8] {
        do {
            return Array(try Certificate(derEncoded: certificate).serialNumber.bytes.drop { $0 == 0 })
        } catch {
            throw .unreadableCertificate
        }
    }

    /// Whether this authority has signed a certificate (DER): by its name and its key, since all test authorities have one name.
    public func hasIssued(_ certificate: [UInt8]) -> Bool {
        guard let certificate = try? Certificate(derEncoded: certificate), certificate.issuer == name else { return false }
        return Certificate.PublicKey(key.publicKey).isValidSignature(certificate.signature, for: certificate)
    }

    /// SEQUENCE of what `write` appends (itself one), the algorithm and this authority's signature over it.
    func signed(
        _ write: (inout DER.Serializer) throws -> Void, after: (inout DER.Serializer) throws -> Void = { _ in }
    ) throws -> [UInt8] {
        let content = try DER.bytes { try $0.sequence(write) }
        let signature = try key.signature(for: content).derRepresentation
        return try DER.bytes { coder throws in
            try coder.sequence { coder throws in
                coder.serializeRawBytes(content)
                try Self.signatureAlgorithm(&coder)
                try coder.serialize(ASN1BitString(bytes: Array(signature)[...]))
                try after(&coder)
            }
        }
    }

    /// ecdsa-with-SHA256; RFC 5758, 3.2.
    private static func signatureAlgorithm(_ coder: inout DER.Serializer) throws {
        try coder.sequence { try $0.serialize([1, 2, 840, 10045, 4, 3, 2] as ASN1ObjectIdentifier) }
    }
}
