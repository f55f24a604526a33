import Foundation
import SwiftASN1

// The canonical form. In ASN.1 (X.680), with implicit tags:
//
//     Challenge ::= SEQUENCE {
//         version     INTEGER (1),
//         id          OCTET STRING (SIZE (16)),
//         origin      UTF8String (SIZE (1..58)),
//         issuedAt    INTEGER,             -- seconds since 1970-01-01T00:00:00Z
//         timeToLive  INTEGER (1..86400),  -- seconds
//         content     CHOICE {
//             login        [0] SEQUENCE { place UTF8String, browser UTF8String },
//             beneficiary  [1] SEQUENCE { iban UTF8String, name UTF8String },
//             payment      [2] SEQUENCE { iban UTF8String, amount INTEGER, currency UTF8String,
//                                         payee UTF8String, reference UTF8String } } }
extension Challenge {
    /// Writes the parts of a challenge; what cannot be written is no challenge, so that no answer covers less than all of it.
    ///
    /// - Parameter issuedAt: whole seconds since 1970.
    static func encode(
        id: ChallengeID, origin: DisplayText, issuedAt: TimeInterval, timeToLive: Int, content: Content
    ) throws(ContentError) -> [UInt8] {
        var serializer = DER.Serializer()
        do {
            try serializer.appendConstructedNode(identifier: .sequence) { body in
                try body.serialize(1)
                try body.serialize(ASN1OctetString(contentBytes: id.bytes[...]))
                try body.serialize(ASN1UTF8String(origin.value))
                try body.serialize(Int64(issuedAt))
                try body.serialize(timeToLive)
                try body.serialize(content)
            }
        } catch { throw .notCanonical("it cannot be written: \(error)") }
        return serializer.serializedBytes
    }

    /// Reads a challenge; what would be written differently is refused.
    ///
    /// - Throws: ``ContentError``.
    public init(der bytes: [UInt8]) throws(ContentError) {
        do {
            self = try DER.sequence(try DER.parse(bytes), identifier: .sequence, Challenge.fields)
        } catch let error as ContentError {
            throw error
        } catch {
            throw .notCanonical("\(error)")
        }
        guard der == bytes else { throw .notCanonical("the same content is written differently") }
    }

    private static func fields(_ nodes: inout ASN1NodeCollection.Iterator) throws -> Challenge {
        let version = try Int(derEncoded: &nodes)
        guard version == 1 else { throw ContentError.notCanonical("version \(version) is unknown") }
        let id = try ChallengeID(Array(ASN1OctetString(derEncoded: &nodes).bytes))
        let origin = try text(&nodes)
        let issuedAt = try Int64(derEncoded: &nodes)
        let timeToLive = try Int(derEncoded: &nodes)
        guard let node = nodes.next() else { throw ContentError.notCanonical("no content") }
        return try Challenge(
            id: id, origin: origin, issuedAt: Date(timeIntervalSince1970: TimeInterval(issuedAt)), timeToLive: timeToLive,
            content: try content(node))
    }

    private static func content(_ node: ASN1Node) throws -> Content {
        switch node.identifier {
        case .context(0):
            return .login(try DER.sequence(node, identifier: node.identifier) { try Login(place: text(&$0), browser: text(&$0)) })
        case .context(1):
            return .beneficiary(
                try DER.sequence(node, identifier: node.identifier) { try Beneficiary(iban: IBAN(text(&$0)), name: text(&$0)) })
        case .context(2):
            return .payment(
                try DER.sequence(node, identifier: node.identifier) {
                    let iban = try IBAN(text(&$0))
                    let units = try Int64(derEncoded: &$0)
                    let amount = try Amount(minorUnits: units, currency: Currency(text(&$0)))
                    return try Payment(iban: iban, amount: amount, payee: text(&$0), reference: text(&$0))
                })
        default:
            throw ContentError.notCanonical("unknown kind \(node.identifier)")
        }
    }

    private static func text(_ nodes: inout ASN1NodeCollection.Iterator) throws -> String {
        String(try ASN1UTF8String(derEncoded: &nodes))
    }
}

extension ASN1Identifier {
    static func context(_ number: UInt) -> ASN1Identifier { ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific) }
}

extension DER.Serializer {
    fileprivate mutating func serialize(_ content: Challenge.Content) throws {
        switch content {
        case .login(let login):
            try serializeTexts(tag: 0, [login.place.value, login.browser.value])
        case .beneficiary(let beneficiary):
            try serializeTexts(tag: 1, [beneficiary.iban.value, beneficiary.name.value])
        case .payment(let payment):
            try appendConstructedNode(identifier: .context(2)) { node in
                try node.serialize(ASN1UTF8String(payment.iban.value))
                try node.serialize(payment.amount.minorUnits)
                try node.serialize(ASN1UTF8String(payment.amount.currency.code))
                try node.serialize(ASN1UTF8String(payment.payee.value))
                try node.serialize(ASN1UTF8String(payment.reference.value))
            }
        }
    }

    fileprivate mutating func serializeTexts(tag: UInt, _ texts: [String]) throws {
        try appendConstructedNode(identifier: .context(tag)) { node in
            for text in texts { try node.serialize(ASN1UTF8String(text)) }
        }
    }
}
