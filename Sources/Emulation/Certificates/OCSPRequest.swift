internal import Crypto
internal import SwiftASN1
internal import X509

/// A question for the state of certificates; RFC 6960, 4.1.1.
///
/// swift-certificates has the same type for itself alone.
struct OCSPRequest {
    /// Which certificate is asked for: its issuer's name and key as hashes, its number.
    struct CertificateID {
        let hash: ASN1ObjectIdentifier
        let issuerName: ArraySlice<UInt8>
        let issuerKey: ArraySlice<UInt8>
        /// Big-endian, without a leading zero.
        let serialNumber: [UInt8]
        /// As it came; the answer repeats it.
        let encoded: ASN1Any
    }

    /// The longest nonce that is repeated; RFC 9654, 2.1.
    private static let maximumNonce = 128
    private static let nonceIdentifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1, 2]

    let certificates: [CertificateID]
    /// The extension with the nonce; `nil` without one.
    let nonce: Certificate.Extension?

    /// Reads a request; a signature on it, and who asks, are passed over.
    init(parsing bytes: [UInt8]) throws {
        self = try DER.sequence(try DER.parse(bytes), identifier: .sequence) { nodes in
            guard let request = nodes.next() else { throw ASN1Error.missing }
            _ = nodes.next()
            return try DER.sequence(request, identifier: .sequence) { nodes in
                let version = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { try Int(derEncoded: $0) }
                guard version ?? 0 == 0 else { throw ASN1Error.missing }
                _ = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 1, tagClass: .contextSpecific) { ASN1Any(derEncoded: $0) }
                guard let list = nodes.next() else { throw ASN1Error.missing }
                let certificates = try DER.sequence(list, identifier: .sequence) { try Self.certificates(&$0) }
                let extensions = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 2, tagClass: .contextSpecific) {
                    try DER.sequence(of: Certificate.Extension.self, identifier: .sequence, rootNode: $0)
                }
                return try OCSPRequest(certificates, nonce: extensions?.first { $0.oid == Self.nonceIdentifier })
            }
        }
    }

    private init(_ certificates: [CertificateID], nonce: Certificate.Extension?) throws {
        guard !certificates.isEmpty, nonce?.value.count ?? 0 <= Self.maximumNonce + 2 else { throw ASN1Error.missing }
        self.certificates = certificates
        self.nonce = nonce
    }

    private static func certificates(_ nodes: inout ASN1NodeCollection.Iterator) throws -> [CertificateID] {
        var certificates: [CertificateID] = []
        while let single = nodes.next() {
            certificates.append(
                try DER.sequence(single, identifier: .sequence) { nodes in
                    guard let identifier = nodes.next() else { throw ASN1Error.missing }
                    _ = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { ASN1Any(derEncoded: $0) }
                    return try CertificateID(identifier)
                })
        }
        return certificates
    }
}

extension OCSPRequest.CertificateID {
    fileprivate init(_ node: ASN1Node) throws {
        self = try DER.sequence(node, identifier: .sequence) { nodes in
            guard let algorithm = nodes.next() else { throw ASN1Error.missing }
            let hash = try DER.sequence(algorithm, identifier: .sequence) { nodes in
                let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
                _ = nodes.next()
                return identifier
            }
            return Self(
                hash: hash, issuerName: try ASN1OctetString(derEncoded: &nodes).bytes,
                issuerKey: try ASN1OctetString(derEncoded: &nodes).bytes,
                serialNumber: Array(try ArraySlice<UInt8>(derEncoded: &nodes).drop { $0 == 0 }), encoded: ASN1Any(derEncoded: node))
        }
    }

    /// Whether the hashes are those of an issuer; an unknown hash function is nobody's.
    ///
    /// - Parameters:
    ///   - name: its distinguished name, DER.
    ///   - key: its public key, without algorithm.
    func isIssued(by name: [UInt8], key: [UInt8]) -> Bool {
        func matches<Hash: HashFunction>(_: Hash.Type) -> Bool {
            Hash.hash(data: name).elementsEqual(issuerName) && Hash.hash(data: key).elementsEqual(issuerKey)
        }
        return switch hash {
        case [1, 3, 14, 3, 2, 26]: matches(Insecure.SHA1.self)
        case [2, 16, 840, 1, 101, 3, 4, 2, 1]: matches(SHA256.self)
        case [2, 16, 840, 1, 101, 3, 4, 2, 2]: matches(SHA384.self)
        case [2, 16, 840, 1, 101, 3, 4, 2, 3]: matches(SHA512.self)
        default: false
        }
    }
}

extension ASN1Error {
    /// A field that has to be there is not, or says what is not taken.
    fileprivate static var missing: ASN1Error { .invalidASN1Object(reason: "not an OCSP request") }
}
