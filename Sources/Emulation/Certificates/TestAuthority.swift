public import Crypto
public import Foundation
internal import SwiftASN1
internal import X509

/// A certificate authority for tests: a root made on the spot, and leaf certificates below it.
///
/// Every name begins with `O=Tessera Test`, so nobody takes one for a person's. A production store refuses such roots.
public struct TestAuthority: Sendable {
    /// How long a leaf certificate lasts: three years, as the bank's do.
    public static let leafValidity: TimeInterval = 3 * 365.25 * 86_400

    /// The root certificate, DER.
    public let root: [UInt8]

    private let key: P256.Signing.PrivateKey
    private let name: DistinguishedName
    private let identifier: SubjectKeyIdentifier
    private let end: Date

    /// Makes a root for a P-256 key.
    ///
    /// - Parameters:
    ///   - name: the root's common name, 1 to 64 characters.
    ///   - key: the authority's key; the same key and name make the same authority again.
    ///   - now: the moment of issue.
    ///   - validity: how long the root lasts, in seconds.
    /// - Throws: ``TestAuthorityError``.
    public init(
        name: String = "Test Root CA", key: P256.Signing.PrivateKey = P256.Signing.PrivateKey(), now: Date,
        validity: TimeInterval = 10 * 365.25 * 86_400
    ) throws(TestAuthorityError) {
        let subject = try Self.subject(name)
        let now = Self.wholeSecond(now)
        let end = now.addingTimeInterval(validity)
        let publicKey = Certificate.PublicKey(key.publicKey)
        let identifier = SubjectKeyIdentifier(hash: publicKey)
        root = try Self.der {
            try Certificate(
                version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: now, notValidAfter: end, issuer: subject,
                subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    identifier
                }, issuerPrivateKey: .init(key))
        }
        self.key = key
        self.name = subject
        self.identifier = identifier
        self.end = end
    }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - holder: the subject's common name, 1 to 64 characters.
    ///   - publicKey: SubjectPublicKeyInfo, DER: RSA, P-256 or P-384.
    ///   - usage: what its key may do.
    ///   - now: the first moment of validity.
    ///   - validity: how long it lasts, in seconds; never longer than the root.
    /// - Returns: the certificate, DER.
    /// - Throws: ``TestAuthorityError``.
    public func issue(
        holder: String, publicKey: [UInt8], usage: CertificateUsage, now: Date, validity: TimeInterval = leafValidity
    ) throws(TestAuthorityError) -> [UInt8] {
        let subject = try Self.subject(holder)
        let now = Self.wholeSecond(now)
        let leafKey: Certificate.PublicKey
        do { leafKey = try Certificate.PublicKey(derEncoded: publicKey) } catch { throw .unreadablePublicKey }
        let isRSA = P256.Signing.PublicKey(leafKey) == nil && P384.Signing.PublicKey(leafKey) == nil
        let issuer = AuthorityKeyIdentifier(keyIdentifier: identifier.keyIdentifier)
        return try Self.der {
            let purposes = try ExtendedKeyUsage(usage.purposes)
            return try Certificate(
                version: .v3, serialNumber: .init(), publicKey: leafKey, notValidBefore: now,
                notValidAfter: min(end, now.addingTimeInterval(validity)), issuer: name, subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(usage.keyUsage(isRSA: isRSA))
                    if !usage.purposes.isEmpty { purposes }
                    SubjectKeyIdentifier(hash: leafKey)
                    issuer
                }, issuerPrivateKey: .init(key))
        }
    }

    /// Certificates know whole seconds; rounded up, one would not be valid yet at the moment of its issue.
    private static func wholeSecond(_ date: Date) -> Date {
        Date(timeIntervalSinceReferenceDate: date.timeIntervalSinceReferenceDate.rounded(.down))
    }

    private static func subject(_ name: String) throws(TestAuthorityError) -> DistinguishedName {
        // RFC 5280, appendix A.1: ub-common-name.
        guard (1...64).contains(name.unicodeScalars.count) else { throw .unsuitableName(name) }
        do {
            return try DistinguishedName {
                OrganizationName("Tessera Test")
                CommonName(name)
            }
        } catch {
            throw .unsuitableName(name)
        }
    }

    private static func der(_ certificate: () throws -> Certificate) throws(TestAuthorityError) -> [UInt8] {
        do {
            var serializer = DER.Serializer()
            try serializer.serialize(try certificate())
            return serializer.serializedBytes
        } catch {
            throw .notEncodable("\(error)")
        }
    }
}

/// Why no test certificate was issued.
public enum TestAuthorityError: Error, Hashable, Sendable {
    /// A common name must have 1 to 64 characters.
    case unsuitableName(String)
    /// The public key is no SubjectPublicKeyInfo of a kind that certificates here can hold.
    case unreadablePublicKey
    /// A part of the certificate could not be written; the text is the library's.
    case notEncodable(String)
}

extension TestAuthorityError: CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .unsuitableName(let name): "a name in a certificate has 1 to 64 characters; \"\(name)\" has \(name.unicodeScalars.count)"
        case .unreadablePublicKey: "not a public key in DER (RSA, P-256 or P-384)"
        case .notEncodable(let reason): "the certificate could not be written: \(reason)"
        }
    }
}
