internal import Crypto
public import Foundation
internal import SwiftASN1
internal import X509

extension TestAuthority {
    /// OCSPResponseStatus; RFC 6960, 4.2.1.
    private enum Outcome: UInt8 {
        case successful = 0
        case malformedRequest = 1
        case internalError = 2
    }

    /// Answers an OCSP request with an OCSP response, both DER; RFC 6960.
    ///
    /// Certificates of another issuer, and those in `unknown`, are unknown; those in `revoked` are revoked; all others are
    /// good. A nonce is repeated. The authority itself signs. What is no request is answered by `malformedRequest`.
    ///
    /// - Parameters:
    ///   - request: the body of a POST, `application/ocsp-request`.
    ///   - unknown: serial numbers that the authority denies: big-endian, without a leading zero.
    ///   - now: the moment of the answer.
    ///   - validity: for how long it can be relied on, in seconds.
    /// - Returns: `application/ocsp-response`.
    public func ocspResponse(
        to request: [UInt8], revoked: [RevokedCertificate], unknown: Set<[UInt8]> = [], now: Date, validity: TimeInterval = 3600
    ) -> [UInt8] {
        guard let request = try? OCSPRequest(parsing: request) else { return Self.response(.malformedRequest) }
        let basic = try? basicResponse(to: request, now: now, next: now.addingTimeInterval(validity)) { identifier in
            guard !unknown.contains(identifier.serialNumber) else { return .unknown }
            return revoked.first { $0.serialNumber == identifier.serialNumber }.map(Status.revoked) ?? .good
        }
        return basic.map { Self.response(.successful, $0) } ?? Self.response(.internalError)
    }

    /// CertStatus; RFC 6960, 4.2.1.
    private enum Status {
        case good
        case revoked(RevokedCertificate)
        case unknown
    }

    private static func response(_ outcome: Outcome, _ basic: [UInt8]? = nil) -> [UInt8] {
        let bytes = try? DER.bytes { coder throws in
            try coder.sequence { coder throws in
                coder.enumerated(outcome.rawValue)
                guard let basic else { return }
                try coder.tagged(0) { coder throws in
                    try coder.sequence { coder throws in
                        // id-pkix-ocsp-basic
                        try coder.serialize([1, 3, 6, 1, 5, 5, 7, 48, 1, 1] as ASN1ObjectIdentifier)
                        try coder.serialize(ASN1OctetString(contentBytes: basic[...]))
                    }
                }
            }
        }
        return bytes ?? [0x30, 0x03, 0x0A, 0x01, Outcome.internalError.rawValue]
    }

    private func basicResponse(
        to request: OCSPRequest, now: Date, next: Date, status: (OCSPRequest.CertificateID) -> Status
    ) throws -> [UInt8] {
        let ownName = try DER.bytes { try $0.serialize(name) }
        let ownKey = Array(key.publicKey.x963Representation)
        return try signed { coder throws in
            // responderID, byName
            try coder.tagged(1) { try $0.serialize(name) }
            try coder.generalizedTime(now)
            try coder.sequence { coder throws in
                for identifier in request.certificates {
                    let isOwn = identifier.isIssued(by: ownName, key: ownKey)
                    try coder.sequence { coder throws in
                        try coder.serialize(identifier.encoded)
                        try Self.write(isOwn ? status(identifier) : .unknown, &coder)
                        try coder.generalizedTime(now)
                        try coder.tagged(0) { try $0.generalizedTime(next) }
                    }
                }
            }
            if let nonce = request.nonce { try coder.tagged(1) { try $0.serializeSequenceOf([nonce]) } }
        } after: { coder throws in
            // certs: who asks may know the root alone.
            try coder.tagged(0) { coder throws in coder.sequence { $0.serializeRawBytes(certificate) } }
        }
    }

    private static func write(_ status: Status, _ coder: inout DER.Serializer) throws {
        switch status {
        case .good: coder.appendPrimitiveNode(identifier: ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)) { _ in }
        case .unknown: coder.appendPrimitiveNode(identifier: ASN1Identifier(tagWithNumber: 2, tagClass: .contextSpecific)) { _ in }
        case .revoked(let revoked):
            try coder.tagged(1) { coder throws in
                try coder.generalizedTime(revoked.date)
                if revoked.reason != .unspecified { coder.tagged(0) { $0.enumerated(revoked.reason.rawValue) } }
            }
        }
    }
}
