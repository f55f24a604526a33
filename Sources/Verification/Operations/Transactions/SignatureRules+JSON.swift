import DeviceProtocol
public import Foundation

// Rules in JSON (RFC 8259): a list of objects, with amounts as decimal text, because a number would be rounded on its way.

extension SignatureRules {
    /// Reads a list of rules; whatever is wrong with it is told, and a member that rules do not have is refused.
    ///
    /// - Throws: ``SignatureRuleError``.
    public init(json: Data) throws(SignatureRuleError) {
        let written: [WrittenRule]
        do { written = try JSONDecoder().decode([WrittenRule].self, from: json) } catch { throw .malformed(Self.reason(error)) }
        var rules: [SignatureRule] = []
        for rule in written { rules.append(try rule.rule()) }
        try self.init(rules)
    }

    /// The rules, as ``init(json:)`` reads them.
    ///
    /// - Throws: ``SignatureRuleError/malformed(_:)`` when there is no memory for it.
    public func json() throws(SignatureRuleError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return try encoder.encode(all.map(WrittenRule.init)) } catch { throw .malformed("they cannot be written") }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be read" }
        let (what, context) =
            switch error {
            case .keyNotFound(let key, let context): ("\"\(key.stringValue)\" is missing", context)
            case .typeMismatch(_, let context): ("of another kind", context)
            case .valueNotFound(_, let context): ("null", context)
            case .dataCorrupted(let context): (context.debugDescription, context)
            @unknown default: ("unreadable", DecodingError.Context(codingPath: [], debugDescription: ""))
            }
        let path = context.codingPath.map { $0.intValue.map { "rule or entry \($0 + 1)" } ?? $0.stringValue }.joined(separator: ", ")
        return path.isEmpty ? what : "\(path): \(what)"
    }
}

/// A rule as it is written, before anything of it is believed.
struct WrittenRule: Codable {
    struct Band: Codable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case currency, above, upTo }
        var currency: String
        var above: String?
        var upTo: String?
    }

    struct Signer: Codable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case subscriber, role }
        var subscriber: String
        var role: String
    }

    struct Group: Codable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case count, of }
        var count: Int
        var of: [String]
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case name, account, band, signatures, signers, atLeast }
    var name: String
    var account: String
    var band: Strict<Band>?
    var signatures: Int
    var signers: [Strict<Signer>]
    var atLeast: [Strict<Group>]?

    init(_ rule: SignatureRule) {
        name = rule.name
        account = rule.account.value
        band = rule.band.map { band in
            Strict(
                Band(
                    currency: band.currency.code, above: band.above == 0 ? nil : band.currency.decimal(band.above),
                    upTo: band.upTo.map(band.currency.decimal)))
        }
        signatures = rule.signatures
        signers = rule.signers.map { Strict(Signer(subscriber: $0.subscriber.rawValue, role: $0.role)) }
        atLeast =
            rule.groups.isEmpty ? nil : rule.groups.map { Strict(Group(count: $0.count, of: $0.members.map(\.rawValue).sorted())) }
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseOthers(than: CodingKeys.allCases.map(\.stringValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        account = try container.decode(String.self, forKey: .account)
        band = try container.decodeIfPresent(Strict<Band>.self, forKey: .band)
        signatures = try container.decode(Int.self, forKey: .signatures)
        signers = try container.decode([Strict<Signer>].self, forKey: .signers)
        atLeast = try container.decodeIfPresent([Strict<Group>].self, forKey: .atLeast)
    }

    /// The rule, checked.
    func rule() throws(SignatureRuleError) -> SignatureRule {
        let account: IBAN
        do throws(ContentError) { account = try IBAN(self.account) } catch { throw .unsuitableValue(error) }
        var signers: [SignatureRule.Signer] = []
        for signer in self.signers { signers.append(.init(try Self.subscriber(signer.value.subscriber), as: signer.value.role)) }
        var groups: [SignatureRule.Group] = []
        for group in atLeast ?? [] {
            var members: Set<SubscriberID> = []
            for member in group.value.of { members.insert(try Self.subscriber(member)) }
            groups.append(.init(atLeast: group.value.count, of: members))
        }
        return try SignatureRule(
            name: name, account: account, band: try band?.value.band(), signatures: signatures, of: signers, groups: groups)
    }

    private static func subscriber(_ text: String) throws(SignatureRuleError) -> SubscriberID {
        guard let id = SubscriberID(rawValue: text) else { throw .unsuitableSubscriber(text) }
        return id
    }
}

extension WrittenRule.Band {
    fileprivate func band() throws(SignatureRuleError) -> AmountBand {
        let limits: (above: Int64, upTo: Int64?)
        let currency: Currency
        do throws(ContentError) {
            currency = try Currency(self.currency)
            limits = (try Self.units(above, currency) ?? 0, try Self.units(upTo, currency))
        } catch { throw .unsuitableValue(error) }
        return try AmountBand(currency, above: limits.above, upTo: limits.upTo)
    }

    private static func units(_ text: String?, _ currency: Currency) throws(ContentError) -> Int64? {
        guard let text else { return nil }
        // An amount is never nothing; a limit may be.
        if !text.isEmpty, text.allSatisfy({ $0 == "0" }) { return 0 }
        return try Amount(decimal: text, currency: currency).minorUnits
    }
}

extension Currency {
    /// Minor units as decimal text: `12.50`.
    fileprivate func decimal(_ units: Int64) -> String {
        guard exponent > 0 else { return String(units) }
        let digits = String(units)
        let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
        return "\(padded.dropLast(exponent)).\(padded.suffix(exponent))"
    }
}

/// What names all members that it can have.
protocol Closed {
    associatedtype CodingKeys: CodingKey, CaseIterable
}

/// A value of which no member is passed over: a misspelt "upTo" would otherwise be a band without an end.
struct Strict<Value: Codable & Closed>: Codable {
    let value: Value

    init(_ value: Value) { self.value = value }

    init(from decoder: any Decoder) throws {
        try decoder.refuseOthers(than: Value.CodingKeys.allCases.map(\.stringValue))
        value = try Value(from: decoder)
    }

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

extension Decoder {
    /// Refuses an object with any other member.
    fileprivate func refuseOthers(than names: [String]) throws {
        let container = try container(keyedBy: AnyKey.self)
        guard let other = container.allKeys.map(\.stringValue).sorted().first(where: { !names.contains($0) }) else { return }
        throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: "\"\(other)\" is not a member of it"))
    }
}

/// Any member's name.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
