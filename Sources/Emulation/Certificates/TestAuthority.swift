public import Crypto
public import Foundation
internal import SwiftASN1
internal import X509

/// A certificate authority for tests: a root made on the spot, leaf certificates below it, and where it matters another
/// authority between them.
///
/// Every name begins with `O=Tessera Test`, so nobody takes one for a person's. A production store refuses such roots.
public struct TestAuthority: Sendable {
    /// How long a leaf certificate lasts: three years, as the bank's do.
    public static let leafValidity: TimeInterval = 3 * 365.25 * 86_400

    /// How long an authority lasts, in seconds: ten years.
    public static let authorityValidity: TimeInterval = 10 * 365.25 * 86_400

    /// The root certificate, DER.
    public let root: [UInt8]
    /// This authority's own certificate, DER: of a root, ``root`` itself.
    public let certificate: [UInt8]
    /// Where certificates that it issues from now on say that revocation can be asked.
    public var services = RevocationServices()
    /// From when to when the certificates of cards are valid that it issues from now on; `nil` leaves it to who asks for one.
    ///
    /// Otherwise neither the moment of issue nor the validity asked for count: so a test has certificates that have expired, or
    /// are not valid yet. Whole seconds.
    public var leafDates: ClosedRange<Date>?

    let key: P256.Signing.PrivateKey
    let name: DistinguishedName
    let identifier: SubjectKeyIdentifier
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
        validity: TimeInterval = authorityValidity
    ) throws(TestAuthorityError) {
        let subject = try Self.subject(name)
        let now = Self.wholeSecond(now)
        let end = now.addingTimeInterval(validity)
        let publicKey = Certificate.PublicKey(key.publicKey)
        let identifier = SubjectKeyIdentifier(hash: publicKey)
        root = try Self.certificate {
            try Certificate(
                version: .v3, serialNumber: Self.serialNumber(), publicKey: publicKey, notValidBefore: now, notValidAfter: end,
                issuer: subject,
                subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 1))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    identifier
                }, issuerPrivateKey: .init(key))
        }.der
        certificate = root
        self.key = key
        self.name = subject
        self.identifier = identifier
        self.end = end
    }

    /// The authority with this certificate.
    init(root: [UInt8], key: P256.Signing.PrivateKey, certificate: Certificate, der: [UInt8]) {
        self.root = root
        self.certificate = der
        self.key = key
        name = certificate.subject
        identifier = SubjectKeyIdentifier(hash: certificate.publicKey)
        end = certificate.notValidAfter
    }

    /// What leads from a certificate that this authority issued to the root, without both: the own certificate, or nothing.
    public var intermediates: [[UInt8]] { certificate == root ? [] : [certificate] }

    /// Makes an authority below this root, as public ones issue from.
    ///
    /// - Parameters:
    ///   - name: its common name, 1 to 64 characters.
    ///   - key: its key.
    ///   - now: the moment of issue.
    ///   - validity: how long it lasts, in seconds; never longer than the root.
    /// - Throws: ``TestAuthorityError``.
    public func intermediate(
        name: String = "Test Issuing CA", key: P256.Signing.PrivateKey = P256.Signing.PrivateKey(), now: Date,
        validity: TimeInterval = authorityValidity
    ) throws(TestAuthorityError) -> TestAuthority {
        guard intermediates.isEmpty else { throw .noRoomBelow }
        let publicKey = Certificate.PublicKey(key.publicKey)
        let certificate = try certificate(Self.subject(name), publicKey, now: now, validity: validity) {
            [
                try Certificate.Extension(BasicConstraints.isCertificateAuthority(maxPathLength: 0), critical: true),
                try Certificate.Extension(KeyUsage(keyCertSign: true, cRLSign: true), critical: true),
            ]
        }
        return TestAuthority(root: root, key: key, certificate: certificate.value, der: certificate.der)
    }

    /// Issues a certificate.
    ///
    /// One for signatures says that it is qualified (ETSI EN 319 412-5); nobody's trusted list has its root.
    ///
    /// - Parameters:
    ///   - holder: the subject's common name, 1 to 64 characters.
    ///   - publicKey: SubjectPublicKeyInfo, DER: RSA, P-256 or P-384.
    ///   - usage: what its key may do.
    ///   - now: the first moment of validity.
    ///   - validity: how long it lasts, in seconds; never longer than the root.
    /// - Returns: the certificate, DER.
    /// - Throws: ``TestAuthorityError``; ``TestAuthorityError/tooLate(_:)`` when ``leafDates`` end after the authority.
    public func issue(
        holder: String, publicKey: [UInt8], usage: CertificateUsage, now: Date, validity: TimeInterval = leafValidity
    ) throws(TestAuthorityError) -> [UInt8] {
        let subject = try Self.subject(holder)
        let leafKey: Certificate.PublicKey
        do { leafKey = try Certificate.PublicKey(derEncoded: publicKey) } catch { throw .unreadablePublicKey }
        if let last = leafDates?.upperBound, last > end { throw .tooLate(end) }
        let now = leafDates?.lowerBound ?? now
        let validity = leafDates.map { $0.upperBound.timeIntervalSince($0.lowerBound) } ?? validity
        let isRSA = P256.Signing.PublicKey(leafKey) == nil && P384.Signing.PublicKey(leafKey) == nil
        return try certificate(subject, leafKey, now: now, validity: validity) {
            var extensions = [
                try Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true),
                try Certificate.Extension(usage.keyUsage(isRSA: isRSA), critical: true),
            ]
            if !usage.purposes.isEmpty { extensions.append(try Certificate.Extension(ExtendedKeyUsage(usage.purposes), critical: false)) }
            if usage == .signature { extensions.append(try .qualifiedStatements()) }
            return extensions
        }.der
    }

    /// Signs a certificate with these extensions and those that all of this authority's have.
    private func certificate(
        _ subject: DistinguishedName, _ publicKey: Certificate.PublicKey, now: Date, validity: TimeInterval,
        extensions: () throws -> [Certificate.Extension]
    ) throws(TestAuthorityError) -> (value: Certificate, der: [UInt8]) {
        let now = Self.wholeSecond(now)
        return try Self.certificate {
            try Certificate(
                version: .v3, serialNumber: Self.serialNumber(), publicKey: publicKey, notValidBefore: now,
                notValidAfter: min(end, now.addingTimeInterval(validity)), issuer: name, subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions(try extensions() + identifiers(of: publicKey) + services.extensions()),
                issuerPrivateKey: .init(key))
        }
    }

    private func identifiers(of publicKey: Certificate.PublicKey) throws -> [Certificate.Extension] {
        [
            try Certificate.Extension(SubjectKeyIdentifier(hash: publicKey), critical: false),
            try Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: identifier.keyIdentifier), critical: false),
        ]
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

    /// A certificate and its DER, signed until the signature has the length that every other one has: 71 bytes.
    ///
    /// A card whose certificates differ in length from run to run is read with other commands each time. Nothing is gained
    /// for the length that no signature has within 100 attempts of odds 1:2; then it is another one.
    private static func certificate(
        _ signed: () throws -> Certificate
    ) throws(TestAuthorityError) -> (value: Certificate, der: [UInt8]) {
        try encoding {
            var result = try signed()
            var der = try DER.bytes { try $0.serialize(result) }
            for _ in 0..<100 where !der.suffix(74).starts(with: [0x03, 0x48, 0x00, 0x30, 0x45]) {
                result = try signed()
                der = try DER.bytes { try $0.serialize(result) }
            }
            return (result, der)
        }
    }

    /// 127 random bits: positive, and far below the 20 bytes that RFC 5280, 4.1.2.2, allows.
    private static func serialNumber() -> Certificate.SerialNumber {
        Certificate.SerialNumber(bytes: [UInt8.random(in: 0x01...0x7F)] + (0..<15).map { _ in UInt8.random(in: 0...255) })
    }

    /// What the library throws, as our own error.
    static func encoding<Result>(_ body: () throws -> Result) throws(TestAuthorityError) -> Result {
        do { return try body() } catch { throw .notEncodable("\(error)") }
    }
}
