import Crypto
import CryptoExtras
import SwiftASN1
import X509

/// The key of a device's certificate, as it signs challenges: RSA of 2,048 bits or more, P-256 or P-384.
enum ChallengeKey {
    case rsa(_RSA.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)

    /// The fewest bits of an RSA key.
    static let leastBits = 2048

    /// Takes a key that a card of ours may have.
    ///
    /// - Throws: ``CertificateRefusal/weakKey(bits:)``, ``CertificateRefusal/unusableKey(_:)``.
    init(_ key: Certificate.PublicKey) throws(CertificateRefusal) {
        if let rsa = _RSA.Signing.PublicKey(key) {
            guard rsa.keySizeInBits >= Self.leastBits else { throw .weakKey(bits: rsa.keySizeInBits) }
            self = .rsa(rsa)
        } else if let key = P256.Signing.PublicKey(key) {
            self = .p256(key)
        } else if let key = P384.Signing.PublicKey(key) {
            self = .p384(key)
        } else {
            throw .unusableKey(P521.Signing.PublicKey(key) == nil ? "Ed25519" : "P-521")
        }
    }

    /// Whether the key has signed these bytes, in any way that ``scheme(of:over:)`` knows.
    func hasSigned(_ bytes: [UInt8], as signature: [UInt8]) -> Bool { scheme(of: signature, over: bytes) != nil }

    /// How the key has signed these bytes; `nil` when it has not.
    ///
    /// With RSA as PKCS#1 v1.5 with SHA-256 (RFC 8017, 8.2) or as PSS with SHA-256, SHA-384 or SHA-512 (8.1); with P-256 as ECDSA with
    /// SHA-256, with P-384 with SHA-384.
    func scheme(of signature: [UInt8], over bytes: [UInt8]) -> SignatureScheme? {
        switch self {
        case .rsa(let key):
            let isPKCS1 = key.isValidSignature(
                .init(rawRepresentation: signature), for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
            return isPKCS1 ? .rsaPKCS1SHA256 : PSSSignature.scheme(of: signature, over: bytes, by: key)
        case .p256(let key):
            guard let parsed = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return nil }
            return key.isValidSignature(parsed, for: SHA256.hash(data: bytes)) ? .ecdsaP256SHA256 : nil
        case .p384(let key):
            guard let parsed = try? P384.Signing.ECDSASignature(derRepresentation: signature) else { return nil }
            return key.isValidSignature(parsed, for: SHA384.hash(data: bytes)) ? .ecdsaP384SHA384 : nil
        }
    }
}

extension CertificateRefusal {
    /// Why swift-certificates does not read a certificate: it has a key that cannot be used, or it is none.
    ///
    /// Only what is needed to name the key is looked at; RFC 5280, 4.1.
    init(unreadable der: [UInt8]) {
        self = (try? Self.keyRefusal(of: der)) ?? .malformed
    }

    /// The refusal that the subject's key deserves.
    private static func keyRefusal(of der: [UInt8]) throws -> CertificateRefusal {
        let key = try DER.sequence(try DER.parse(der), identifier: .sequence) { certificate in
            guard let signed = certificate.next() else { throw ASN1Error.invalidASN1Object(reason: "no certificate") }
            while certificate.next() != nil {}
            return try DER.sequence(signed, identifier: .sequence) { fields in
                // The version may be missing; then number, algorithm, issuer, validity, subject.
                let version = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
                var key = fields.next()
                for _ in 0..<(key?.identifier == version ? 6 : 5) { key = fields.next() }
                while fields.next() != nil {}
                return key
            }
        }
        guard let key else { throw ASN1Error.invalidASN1Object(reason: "no key") }
        return try DER.sequence(key, identifier: .sequence) { parts in
            guard let algorithm = parts.next() else { throw ASN1Error.invalidASN1Object(reason: "no algorithm") }
            let bits = try ASN1BitString(derEncoded: &parts)
            return try DER.sequence(algorithm, identifier: .sequence) { names in
                let name = try ASN1ObjectIdentifier(derEncoded: &names)
                let parameters = names.next()
                while names.next() != nil {}
                switch name {
                case [1, 2, 840, 113549, 1, 1, 1]:
                    let size = try Self.modulusBits(Array(bits.bytes))
                    return size < ChallengeKey.leastBits ? .weakKey(bits: size) : .unusableKey("RSA of \(size) bits")
                case [1, 2, 840, 10045, 2, 1]:
                    let curve = parameters.flatMap { try? ASN1ObjectIdentifier(derEncoded: $0) }
                    return .unusableKey(curve.map { Self.curves[$0] ?? "the curve \($0)" } ?? "a curve without a name")
                default:
                    return .unusableKey(Self.algorithms[name] ?? "the algorithm \(name)")
                }
            }
        }
    }

    /// How many bits the modulus of an RSA key has; RFC 8017, A.1.1.
    private static func modulusBits(_ der: [UInt8]) throws -> Int {
        try DER.sequence(try DER.parse(der), identifier: .sequence) { numbers in
            let modulus = try ArraySlice<UInt8>(derEncoded: &numbers).drop { $0 == 0 }
            while numbers.next() != nil {}
            return modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        }
    }

    /// RFC 5480, 2.1.1.1, SEC 2 and RFC 5639, 4.1.
    private static let curves: [ASN1ObjectIdentifier: String] = [
        [1, 2, 840, 10045, 3, 1, 1]: "P-192", [1, 3, 132, 0, 33]: "P-224", [1, 2, 840, 10045, 3, 1, 7]: "P-256, not on the curve",
        [1, 3, 132, 0, 34]: "P-384, not on the curve", [1, 3, 132, 0, 10]: "secp256k1",
        [1, 3, 36, 3, 3, 2, 8, 1, 1, 7]: "brainpoolP256r1", [1, 3, 36, 3, 3, 2, 8, 1, 1, 11]: "brainpoolP384r1",
        [1, 3, 36, 3, 3, 2, 8, 1, 1, 13]: "brainpoolP512r1",
    ]

    /// RFC 3279, 2.3.2, RFC 4055, 3.1, and RFC 8410, 3.
    private static let algorithms: [ASN1ObjectIdentifier: String] = [
        [1, 2, 840, 10040, 4, 1]: "DSA", [1, 2, 840, 113549, 1, 1, 10]: "RSA for PSS alone", [1, 3, 101, 113]: "Ed448",
        [1, 3, 101, 110]: "X25519",
    ]
}
