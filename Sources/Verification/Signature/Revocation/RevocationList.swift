import Foundation
import SwiftASN1
import X509

/// A certificate revocation list (RFC 5280, 5), read; its signature is looked at when it is used.
struct RevocationList: Sendable {
    /// The most bytes of a list.
    static let byteLimit = 16 << 20

    private let issuer: DistinguishedName
    private let thisUpdate: Date
    private let nextUpdate: Date?
    private let revoked: [[UInt8]: Date]
    /// Whether an extension of the list or of an entry says something that is not understood here and must be: a list of changes, or of
    /// some certificates only.
    private let isPartial: Bool
    private let signed: SignedDER

    /// Reads a list.
    init(der: [UInt8]) throws(CertificateRefusal) {
        guard der.count <= Self.byteLimit else { throw .malformedRevocationList }
        do {
            self = try Self(SignedDER(der))
        } catch { throw .malformedRevocationList }
    }

    private init(_ signed: SignedDER) throws {
        self = try DER.sequence(try DER.parse(signed.content), identifier: .sequence) { nodes in
            var next = nodes.next()
            if let version = next, version.identifier == .integer {
                guard try Int(derEncoded: version) == 1 else { throw ASN1Error.unexpectedFieldType(version.identifier) }
                next = nodes.next()
            }
            guard let algorithm = next, algorithm.encodedBytes == signed.algorithm, let name = nodes.next(), let update = nodes.next()
            else {
                throw ASN1Error.invalidASN1Object(reason: "not a list of revoked certificates")
            }
            var followingUpdate: Date?
            var entries: [[UInt8]: Date] = [:]
            var isPartial = false
            while let node = nodes.next() {
                switch node.identifier {
                case .utcTime, .generalizedTime: followingUpdate = try Date(der: node)
                case .sequence: entries = try Self.entries(node, &isPartial)
                default:
                    let extensions = try DER.explicitlyTagged(node, tagNumber: 0, tagClass: .contextSpecific) {
                        try DER.sequence(of: Certificate.Extension.self, identifier: .sequence, rootNode: $0)
                    }
                    if extensions.contains(where: \.critical) { isPartial = true }
                }
            }
            return try Self(
                issuer: DistinguishedName(derEncoded: name), thisUpdate: Date(der: update), nextUpdate: followingUpdate, revoked: entries,
                isPartial: isPartial, signed: signed)
        }
    }

    private init(
        issuer: DistinguishedName, thisUpdate: Date, nextUpdate: Date?, revoked: [[UInt8]: Date], isPartial: Bool, signed: SignedDER
    ) {
        self.issuer = issuer
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
        self.revoked = revoked
        self.isPartial = isPartial
        self.signed = signed
    }

    private static func entries(_ list: ASN1Node, _ isPartial: inout Bool) throws -> [[UInt8]: Date] {
        var entries: [[UInt8]: Date] = [:]
        var hasCritical = false
        try DER.sequence(list, identifier: .sequence) { nodes in
            while let entry = nodes.next() {
                try DER.sequence(entry, identifier: .sequence) { fields in
                    let number = try ArraySlice<UInt8>(derEncoded: &fields)
                    guard let date = fields.next() else { throw ASN1Error.invalidASN1Object(reason: "an entry has no date") }
                    entries[Array(number.drop { $0 == 0 })] = try Date(der: date)
                    guard let extensions = fields.next() else { return }
                    let read = try DER.sequence(of: Certificate.Extension.self, identifier: .sequence, rootNode: extensions)
                    if read.contains(where: \.critical) { hasCritical = true }
                }
            }
        }
        if hasCritical { isPartial = true }
        return entries
    }

    /// Whether it says that this authority issued it.
    func isFrom(_ authority: Certificate) -> Bool { issuer == authority.subject }

    /// What the list says; nothing unless the authority has signed it, and may.
    func status(of certificate: Certificate, from authority: Certificate, at now: Date) -> RevocationCheck.Status {
        guard signed.isSigned(by: authority) else { return .unknown("its authority has not signed the list") }
        // RFC 5280, 6.3.3 (f).
        if let usage = try? authority.extensions.keyUsage, !usage.cRLSign { return .unknown("its authority may not sign lists") }
        guard !isPartial else { return .unknown("the list is one of a kind that is not understood") }
        guard RevocationTimes.areCurrent(from: thisUpdate, until: nextUpdate, at: now) else { return .unknown("the list is not of today") }
        return revoked[certificate.serialBytes].map(RevocationCheck.Status.revoked) ?? .good
    }
}

/// How old what an authority says may be.
enum RevocationTimes {
    /// How far clocks may differ, in seconds.
    private static let skew: TimeInterval = 300
    /// How long something counts that does not say until when, in seconds; inferred.
    private static let longest: TimeInterval = 86_400

    /// Whether something that was said then is still true; RFC 5280, 5.1.2.5, and RFC 6960, 4.2.2.1.
    static func areCurrent(from start: Date, until end: Date?, at now: Date) -> Bool {
        start <= now.addingTimeInterval(skew) && now < (end ?? start.addingTimeInterval(longest))
    }
}

extension Certificate {
    /// The serial number: big-endian, without leading zeroes.
    var serialBytes: [UInt8] { Array(serialNumber.bytes.drop { $0 == 0 }) }
}
