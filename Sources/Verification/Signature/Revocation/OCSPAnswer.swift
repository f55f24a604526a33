import Crypto
import Foundation
import SwiftASN1
import X509

/// What an OCSP response says (RFC 6960, 4.2).
enum OCSPAnswer {
    /// The most bytes of a response.
    static let byteLimit = 65_536

    /// What a response says of a certificate; `nil` when it says nothing of it, or is none.
    static func status(of certificate: Certificate, from issuer: Certificate, in response: [UInt8], at now: Date)
        -> RevocationCheck.Status?
    {
        guard response.count <= byteLimit, let basic = try? basic(response), let signed = try? SignedDER(basic),
            let answers = try? answers(signed.content), let own = answers.first(where: { $0.isAbout(certificate, from: issuer) })
        else { return nil }
        guard isSigned(signed, by: issuer, at: now) else { return .unknown("its authority has not signed the answer") }
        guard RevocationTimes.areCurrent(from: own.thisUpdate, until: own.nextUpdate, at: now) else {
            return .unknown("the answer is not of today")
        }
        return own.status
    }

    /// Whether these are the bytes of an answer at all: a responder that was busy has said nothing.
    static func isReadable(_ response: [UInt8]) -> Bool {
        guard response.count <= byteLimit, let basic = try? basic(response), let signed = try? SignedDER(basic) else { return false }
        return (try? answers(signed.content)) != nil
    }

    /// Whether the authority has signed, or somebody whom it lets sign answers; RFC 6960, 4.2.2.2.
    private static func isSigned(_ signed: SignedDER, by issuer: Certificate, at now: Date) -> Bool {
        if signed.isSigned(by: issuer) { return true }
        return signed.certificates.prefix(CertificateCheck.countLimit).contains { der in
            guard let delegate = try? CertificateCheck.parse(der), delegate.issuer == issuer.subject,
                delegate.notValidBefore <= now, now <= delegate.notValidAfter,
                let purposes = try? delegate.extensions.extendedKeyUsage, purposes.contains(.ocspSigning),
                issuer.publicKey.isValidSignature(delegate.signature, for: delegate)
            else { return false }
            return signed.isSigned(by: delegate)
        }
    }

    /// The basic response within a successful one.
    private static func basic(_ response: [UInt8]) throws -> [UInt8] {
        let missing = ASN1Error.invalidASN1Object(reason: "not a successful OCSP response")
        return try DER.sequence(try DER.parse(response), identifier: .sequence) { nodes in
            guard let outcome = nodes.next(), outcome.identifier == .enumerated, case .primitive(let value) = outcome.content,
                value.elementsEqual([0])
            else { throw missing }
            let bytes = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { node in
                try DER.sequence(node, identifier: .sequence) { nodes in
                    // id-pkix-ocsp-basic
                    guard try ASN1ObjectIdentifier(derEncoded: &nodes) == [1, 3, 6, 1, 5, 5, 7, 48, 1, 1] else { throw missing }
                    return Array(try ASN1OctetString(derEncoded: &nodes).bytes)
                }
            }
            guard let bytes else { throw missing }
            return bytes
        }
    }

    /// The answer about one certificate.
    private struct Single {
        let hash: ASN1ObjectIdentifier
        let issuerName: ArraySlice<UInt8>
        let issuerKey: ArraySlice<UInt8>
        let serialNumber: [UInt8]
        let status: RevocationCheck.Status
        let thisUpdate: Date
        let nextUpdate: Date?

        /// Whether name, key and number are those of a certificate; an unknown hash function is nobody's.
        func isAbout(_ certificate: Certificate, from issuer: Certificate) -> Bool {
            guard serialNumber == certificate.serialBytes, let name = try? OCSPQuestion.encoded(issuer.subject) else { return false }
            let key = Array(issuer.publicKey.subjectPublicKeyInfoBytes)
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

    private static func answers(_ content: [UInt8]) throws -> [Single] {
        try DER.sequence(try DER.parse(content), identifier: .sequence) { nodes in
            _ = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { try Int(derEncoded: $0) }
            // responderID and producedAt: the signature tells who, thisUpdate when.
            _ = nodes.next()
            _ = nodes.next()
            guard let list = nodes.next() else { throw ASN1Error.invalidASN1Object(reason: "no answers") }
            while nodes.next() != nil {}
            return try DER.sequence(list, identifier: .sequence) { nodes in
                var answers: [Single] = []
                while let node = nodes.next() { answers.append(try single(node)) }
                return answers
            }
        }
    }

    private static func single(_ node: ASN1Node) throws -> Single {
        let missing = ASN1Error.invalidASN1Object(reason: "not an answer about a certificate")
        return try DER.sequence(node, identifier: .sequence) { nodes in
            guard let identifier = nodes.next(), let state = nodes.next(), let start = nodes.next() else { throw missing }
            let end = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { try Date(der: $0) }
            while nodes.next() != nil {}
            let status: RevocationCheck.Status =
                switch state.identifier {
                case ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific): .good
                case ASN1Identifier(tagWithNumber: 1, tagClass: .contextSpecific): .revoked(since: try revocation(state))
                default: .unknown("its authority does not know it")
                }
            return try DER.sequence(identifier, identifier: .sequence) { fields in
                guard let algorithm = fields.next() else { throw missing }
                let hash = try DER.sequence(algorithm, identifier: .sequence) { nodes in
                    let name = try ASN1ObjectIdentifier(derEncoded: &nodes)
                    while nodes.next() != nil {}
                    return name
                }
                return Single(
                    hash: hash, issuerName: try ASN1OctetString(derEncoded: &fields).bytes,
                    issuerKey: try ASN1OctetString(derEncoded: &fields).bytes,
                    serialNumber: Array(try ArraySlice<UInt8>(derEncoded: &fields).drop { $0 == 0 }), status: status,
                    thisUpdate: try Date(der: start), nextUpdate: end)
            }
        }
    }

    /// Since when; the reason behind it is passed over.
    private static func revocation(_ state: ASN1Node) throws -> Date {
        try DER.sequence(state, identifier: state.identifier) { nodes in
            guard let date = nodes.next() else { throw ASN1Error.invalidASN1Object(reason: "revoked, and no date") }
            while nodes.next() != nil {}
            return try Date(der: date)
        }
    }
}

/// The question for one certificate (RFC 6960, 4.1.1), with SHA-1 as RFC 5019, 2.1.1 wants it, and without a nonce: how old an answer may
/// be, its own times say.
enum OCSPQuestion {
    static func request(for certificate: Certificate, from issuer: Certificate) throws -> [UInt8] {
        let name = Insecure.SHA1.hash(data: try encoded(issuer.subject))
        let key = Insecure.SHA1.hash(data: Array(issuer.publicKey.subjectPublicKeyInfoBytes))
        var serializer = DER.Serializer()
        try serializer.sequence {
            try $0.sequence {
                try $0.sequence {
                    try $0.sequence {
                        try $0.sequence { identifier in
                            try identifier.sequence { algorithm in
                                try algorithm.serialize([1, 3, 14, 3, 2, 26] as ASN1ObjectIdentifier)
                                try algorithm.serialize(ASN1Null())
                            }
                            try identifier.serialize(ASN1OctetString(contentBytes: Array(name)[...]))
                            try identifier.serialize(ASN1OctetString(contentBytes: Array(key)[...]))
                            try identifier.serialize(certificate.serialNumber.bytes)
                        }
                    }
                }
            }
        }
        return serializer.serializedBytes
    }

    /// A name in DER.
    static func encoded(_ name: DistinguishedName) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(name)
        return serializer.serializedBytes
    }
}

extension DER.Serializer {
    fileprivate mutating func sequence(_ write: (inout DER.Serializer) throws -> Void) rethrows {
        try appendConstructedNode(identifier: .sequence, write)
    }
}
