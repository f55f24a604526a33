import Foundation
import SwiftASN1
import X509

/// Something in DER with a signature behind it: a certificate revocation list, an OCSP answer.
struct SignedDER: Sendable {
    /// What is signed.
    let content: [UInt8]
    /// The algorithm's identifier, DER.
    let algorithm: ArraySlice<UInt8>
    /// Certificates that came along, DER.
    let certificates: [[UInt8]]
    private let signature: [UInt8]
    private let method: Certificate.SignatureAlgorithm?

    /// Reads content, algorithm and signature, and in an OCSP answer the certificates behind them.
    ///
    /// - Throws: `ASN1Error`.
    init(_ der: [UInt8]) throws {
        self = try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
            guard let content = nodes.next(), let algorithm = nodes.next() else {
                throw ASN1Error.invalidASN1Object(reason: "nothing that is signed")
            }
            let signature = try ASN1BitString(derEncoded: &nodes)
            let certificates = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { list in
                try DER.sequence(list, identifier: .sequence) { nodes in
                    var certificates: [[UInt8]] = []
                    while let certificate = nodes.next() { certificates.append(Array(certificate.encodedBytes)) }
                    return certificates
                }
            }
            let name = try DER.sequence(algorithm, identifier: .sequence) { nodes in
                let name = try ASN1ObjectIdentifier(derEncoded: &nodes)
                while nodes.next() != nil {}
                return name
            }
            return SignedDER(
                content: Array(content.encodedBytes), algorithm: algorithm.encodedBytes, certificates: certificates ?? [],
                signature: Array(signature.bytes), method: Self.methods[name])
        }
    }

    private init(
        content: [UInt8], algorithm: ArraySlice<UInt8>, certificates: [[UInt8]], signature: [UInt8],
        method: Certificate.SignatureAlgorithm?
    ) {
        self.content = content
        self.algorithm = algorithm
        self.certificates = certificates
        self.signature = signature
        self.method = method
    }

    /// Whether the key of a certificate has signed it.
    func isSigned(by certificate: Certificate) -> Bool {
        guard let method else { return false }
        return certificate.publicKey.isValidSignature(signature, for: content, signatureAlgorithm: method)
    }

    /// The algorithms that are believed, without SHA-1; RFC 8017, A.2.4, and RFC 5758, 3.2.
    private static let methods: [ASN1ObjectIdentifier: Certificate.SignatureAlgorithm] = [
        [1, 2, 840, 113549, 1, 1, 11]: .sha256WithRSAEncryption, [1, 2, 840, 113549, 1, 1, 12]: .sha384WithRSAEncryption,
        [1, 2, 840, 113549, 1, 1, 13]: .sha512WithRSAEncryption, [1, 2, 840, 10045, 4, 3, 2]: .ecdsaWithSHA256,
        [1, 2, 840, 10045, 4, 3, 3]: .ecdsaWithSHA384, [1, 2, 840, 10045, 4, 3, 4]: .ecdsaWithSHA512,
    ]
}

extension Date {
    /// Reads a UTCTime or GeneralizedTime in whole seconds; RFC 5280, 4.1.2.5.
    ///
    /// - Throws: `ASN1Error`.
    init(der node: ASN1Node) throws {
        var parts = DateComponents()
        if node.identifier == .utcTime {
            let time = try UTCTime(derEncoded: node)
            (parts.year, parts.month, parts.day) = (time.year, time.month, time.day)
            (parts.hour, parts.minute, parts.second) = (time.hours, time.minutes, time.seconds)
        } else {
            let time = try GeneralizedTime(derEncoded: node)
            (parts.year, parts.month, parts.day) = (time.year, time.month, time.day)
            (parts.hour, parts.minute, parts.second) = (time.hours, time.minutes, time.seconds)
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        guard let date = calendar.date(from: parts) else { throw ASN1Error.invalidASN1Object(reason: "not a moment") }
        self = date
    }
}
