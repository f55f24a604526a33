import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import Testing
import X509

/// A key of a card, with which tests sign as the chip would.
enum TestKey: Sendable {
    case rsa(_RSA.Signing.PrivateKey)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)

    /// The kinds that are accepted.
    enum Kind: String, CaseIterable, Sendable { case rsa2048, p256, p384 }

    /// RSA keys take long to make, and two are enough.
    private static let rsaKeys = (0..<2).map { _ in try? _RSA.Signing.PrivateKey(keySize: .bits2048) }

    static func make(_ kind: Kind, number: Int = 0) throws -> TestKey {
        switch kind {
        case .rsa2048: .rsa(try #require(rsaKeys[number % 2]))
        case .p256: .p256(P256.Signing.PrivateKey())
        case .p384: .p384(P384.Signing.PrivateKey())
        }
    }

    var publicKey: Certificate.PublicKey {
        switch self {
        case .rsa(let key): Certificate.PublicKey(key.publicKey)
        case .p256(let key): Certificate.PublicKey(key.publicKey)
        case .p384(let key): Certificate.PublicKey(key.publicKey)
        }
    }

    /// RSA PKCS#1 v1.5 and P-256 with SHA-256, P-384 with SHA-384.
    func sign(_ bytes: [UInt8]) throws -> [UInt8] {
        switch self {
        case .rsa(let key): Array(try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation)
        case .p256(let key): Array(try key.signature(for: SHA256.hash(data: bytes)).derRepresentation)
        case .p384(let key): Array(try key.signature(for: SHA384.hash(data: bytes)).derRepresentation)
        }
    }
}

/// A certificate authority, valid for a year before and after ``TestBank/start``.
struct TestAuthority: Sendable {
    static let year: TimeInterval = 365 * 86_400
    static let validity = TestBank.start.addingTimeInterval(-year)...TestBank.start.addingTimeInterval(year)

    let key: Certificate.PrivateKey
    let certificate: Certificate

    /// A root, or an authority below `issuer`.
    init(
        _ name: String, below issuer: TestAuthority? = nil, key: Certificate.PrivateKey = Certificate.PrivateKey(P256.Signing.PrivateKey()),
        usage: KeyUsage? = KeyUsage(keyCertSign: true), constraints: BasicConstraints = .isCertificateAuthority(maxPathLength: nil),
        validity: ClosedRange<Date> = TestAuthority.validity, organization: String? = nil, more: [Certificate.Extension] = []
    ) throws {
        var extensions = Certificate.Extensions()
        try extensions.append(Certificate.Extension(constraints, critical: true))
        if let usage { try extensions.append(Certificate.Extension(usage, critical: true)) }
        for one in more { try extensions.append(one) }
        let subject = try DistinguishedName {
            if let organization { OrganizationName(organization) }
            CommonName(name)
        }
        self.key = key
        certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey, notValidBefore: validity.lowerBound,
            notValidAfter: validity.upperBound, issuer: issuer?.certificate.subject ?? subject, subject: subject, extensions: extensions,
            issuerPrivateKey: issuer?.key ?? key)
    }

    var der: [UInt8] { get throws { try certificate.encoded } }

    /// Certifies a key of a device.
    func issue(
        _ key: Certificate.PublicKey, name: String = "Card", usage: KeyUsage?, validity: ClosedRange<Date> = TestAuthority.validity,
        algorithm: Certificate.SignatureAlgorithm? = nil, more: [Certificate.Extension] = []
    ) throws -> [UInt8] {
        var extensions = Certificate.Extensions()
        if let usage { try extensions.append(Certificate.Extension(usage, critical: true)) }
        for one in more { try extensions.append(one) }
        let subject = try DistinguishedName { CommonName(name) }
        if let algorithm {
            return try Certificate(
                version: .v3, serialNumber: .init(), publicKey: key, notValidBefore: validity.lowerBound,
                notValidAfter: validity.upperBound, issuer: certificate.subject, subject: subject, signatureAlgorithm: algorithm,
                extensions: extensions, issuerPrivateKey: self.key
            ).encoded
        }
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key, notValidBefore: validity.lowerBound, notValidAfter: validity.upperBound,
            issuer: certificate.subject, subject: subject, extensions: extensions, issuerPrivateKey: self.key
        ).encoded
    }
}

extension Certificate {
    /// The DER.
    var encoded: [UInt8] {
        get throws {
            var serializer = DER.Serializer()
            try serializer.serialize(self)
            return serializer.serializedBytes
        }
    }
}

extension KeyUsage {
    static let forLogins = KeyUsage(digitalSignature: true)
    static let forApprovals = KeyUsage(nonRepudiation: true)
}
