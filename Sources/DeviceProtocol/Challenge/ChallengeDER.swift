import Foundation
import SwiftASN1

// The canonical form. In ASN.1 (X.680), with implicit tags; `Docs/ScanChallenge.md` has the whole module:
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
//                                         payee UTF8String, reference UTF8String },
//             activation   [3] SEQUENCE { product UTF8String, device UTF8String },
//             batch        [4] SEQUENCE { total INTEGER, currency UTF8String, count INTEGER, transfers CHOICE {
//                                         listed   SEQUENCE (SIZE (1..4)) OF Transfer,
//                                         trusted  OCTET STRING (SIZE (32)) } } },
//         role        SEQUENCE { rule UTF8String, role UTF8String, number INTEGER, of INTEGER } OPTIONAL }
//     Transfer ::= SEQUENCE { iban UTF8String, payee UTF8String, amount INTEGER }
extension Challenge {
    /// Writes the parts of a challenge; what cannot be written is no challenge, so that no answer covers less than all of it.
    ///
    /// - Parameter issuedAt: whole seconds since 1970.
    static func encode(
        id: ChallengeID, origin: DisplayText, issuedAt: TimeInterval, timeToLive: Int, content: Content, role: SignerRole?
    ) throws(ContentError) -> [UInt8] {
        try written { serializer in
            try serializer.appendConstructedNode(identifier: .sequence) { body in
                try body.serialize(1)
                try body.serialize(ASN1OctetString(contentBytes: id.bytes[...]))
                try body.serialize(ASN1UTF8String(origin.value))
                try body.serialize(Int64(issuedAt))
                try body.serialize(timeToLive)
                try body.serialize(content)
                if let role { try body.serialize(role) }
            }
        }
    }

    /// Writes the payments of a batch, as many as there are: what the hash of those that are not listed is computed over.
    static func encode(_ transfers: [Batch.Transfer]) throws(ContentError) -> [UInt8] {
        try written { serializer in try serializer.serialize(transfers) }
    }

    private static func written(_ body: (inout DER.Serializer) throws -> Void) throws(ContentError) -> [UInt8] {
        var serializer = DER.Serializer()
        do { try body(&serializer) } catch { throw .notCanonical("it cannot be written: \(error)") }
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
            content: try content(node), role: try nodes.next().map(role))
    }

    private static func content(_ node: ASN1Node) throws -> Content {
        try DER.sequence(node, identifier: node.identifier) { nodes in
            switch node.identifier {
            case .context(0): return .login(try Login(place: text(&nodes), browser: text(&nodes)))
            case .context(1): return .beneficiary(try Beneficiary(iban: IBAN(text(&nodes)), name: text(&nodes)))
            case .context(2):
                let iban = try IBAN(text(&nodes))
                let amount = try amount(&nodes)
                return .payment(try Payment(iban: iban, amount: amount, payee: text(&nodes), reference: text(&nodes)))
            case .context(3): return .activation(try Activation(product: text(&nodes), device: text(&nodes)))
            case .context(4):
                let total = try amount(&nodes)
                let count = try Int(derEncoded: &nodes)
                guard let node = nodes.next() else { throw ContentError.notCanonical("a batch without payments") }
                return .batch(try Batch(total: total, count: count, transfers: try transfers(node, in: total.currency)))
            default: throw ContentError.notCanonical("unknown kind \(node.identifier)")
            }
        }
    }

    private static func transfers(_ node: ASN1Node, in currency: Currency) throws -> Batch.Transfers {
        if node.identifier == .octetString { return .trusted(digest: Array(try ASN1OctetString(derEncoded: node).bytes)) }
        return try DER.sequence(node, identifier: .sequence) { nodes in
            var transfers: [Batch.Transfer] = []
            // One more than may be listed is enough to refuse them.
            while transfers.count <= Batch.listedLimit, let node = nodes.next() {
                let transfer = try DER.sequence(node, identifier: .sequence) { fields in
                    let iban = try IBAN(text(&fields))
                    let payee = try text(&fields)
                    return try Batch.Transfer(
                        iban: iban, payee: payee, amount: Amount(minorUnits: Int64(derEncoded: &fields), currency: currency))
                }
                transfers.append(transfer)
            }
            return .listed(transfers)
        }
    }

    private static func role(_ node: ASN1Node) throws -> SignerRole {
        try DER.sequence(node, identifier: .sequence) { nodes in
            try SignerRole(rule: text(&nodes), role: text(&nodes), number: Int(derEncoded: &nodes), of: Int(derEncoded: &nodes))
        }
    }

    private static func amount(_ nodes: inout ASN1NodeCollection.Iterator) throws -> Amount {
        let units = try Int64(derEncoded: &nodes)
        return try Amount(minorUnits: units, currency: Currency(text(&nodes)))
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
        case .login(let login): try serializeTexts(tag: 0, [login.place.value, login.browser.value])
        case .beneficiary(let beneficiary): try serializeTexts(tag: 1, [beneficiary.iban.value, beneficiary.name.value])
        case .payment(let payment):
            try appendConstructedNode(identifier: .context(2)) { node in
                try node.serialize(ASN1UTF8String(payment.iban.value))
                try node.serialize(payment.amount)
                try node.serialize(ASN1UTF8String(payment.payee.value))
                try node.serialize(ASN1UTF8String(payment.reference.value))
            }
        case .activation(let activation): try serializeTexts(tag: 3, [activation.product.value, activation.device.value])
        case .batch(let batch):
            try appendConstructedNode(identifier: .context(4)) { node in
                try node.serialize(batch.total)
                try node.serialize(batch.count)
                switch batch.transfers {
                case .listed(let transfers): try node.serialize(transfers)
                case .trusted(let digest): try node.serialize(ASN1OctetString(contentBytes: digest[...]))
                }
            }
        }
    }

    fileprivate mutating func serialize(_ transfers: [Batch.Transfer]) throws {
        try appendConstructedNode(identifier: .sequence) { list in
            for transfer in transfers {
                try list.appendConstructedNode(identifier: .sequence) { node in
                    try node.serialize(ASN1UTF8String(transfer.iban.value))
                    try node.serialize(ASN1UTF8String(transfer.payee.value))
                    try node.serialize(transfer.amount.minorUnits)
                }
            }
        }
    }

    fileprivate mutating func serialize(_ role: SignerRole) throws {
        try appendConstructedNode(identifier: .sequence) { node in
            try node.serialize(ASN1UTF8String(role.rule.value))
            try node.serialize(ASN1UTF8String(role.role.value))
            try node.serialize(role.number)
            try node.serialize(role.of)
        }
    }

    fileprivate mutating func serialize(_ amount: Amount) throws {
        try serialize(amount.minorUnits)
        try serialize(ASN1UTF8String(amount.currency.code))
    }

    fileprivate mutating func serializeTexts(tag: UInt, _ texts: [String]) throws {
        try appendConstructedNode(identifier: .context(tag)) { node in
            for text in texts { try node.serialize(ASN1UTF8String(text)) }
        }
    }
}
