public import DeviceProtocol

/// Whose signatures an account wants for an amount: "2 of {A, B, C}, at least one of {A}".
///
/// Groups of which some must sign have no person in common, so that whoever may sign next can be told without a search. The rule's
/// name and the signer's role are in what each of them signs (``DeviceProtocol/SignerRole``).
public struct SignatureRule: Hashable, Sendable {
    /// The most people that a rule can name.
    public static let signerLimit = 99

    /// A person who may sign.
    public struct Signer: Hashable, Sendable {
        /// Who.
        public let subscriber: SubscriberID
        /// What they sign as, 1 to 32 bytes: "Director".
        public let role: String

        /// A person and their part.
        public init(_ subscriber: SubscriberID, as role: String) {
            self.subscriber = subscriber
            self.role = role
        }
    }

    /// Some people of whom at least so many must be among those who sign.
    public struct Group: Hashable, Sendable {
        /// How many, from 1.
        public let count: Int
        /// Of whom.
        public let members: Set<SubscriberID>

        /// A group.
        public init(atLeast count: Int, of members: Set<SubscriberID>) {
            self.count = count
            self.members = members
        }
    }

    /// The bank's name for the rule, 1 to 32 bytes: "R-7".
    public let name: String
    /// Whose money it is.
    public let account: IBAN
    /// For which amounts; `nil` for whatever no other rule of the account covers, such as new beneficiaries.
    public let band: AmountBand?
    /// How many signatures, 1 to 99.
    public let signatures: Int
    /// Who may sign, each once.
    public let signers: [Signer]
    /// Of whom some must.
    public let groups: [Group]

    /// A rule of checked parts, which some people can fulfil.
    ///
    /// - Throws: ``SignatureRuleError``.
    public init(
        name: String, account: IBAN, band: AmountBand? = nil, signatures: Int, of signers: [Signer], groups: [Group] = []
    ) throws(SignatureRuleError) {
        guard !signers.isEmpty else { throw .noSigners }
        guard signers.count <= Self.signerLimit else { throw .tooManySigners(signers.count) }
        guard (1...signers.count).contains(signatures) else { throw .impossibleCount(signatures, signers: signers.count) }
        var people: Set<SubscriberID> = []
        for signer in signers {
            guard people.insert(signer.subscriber).inserted else { throw .duplicateSigner(signer.subscriber) }
            do throws(ContentError) {
                // Whatever is wrong with the texts would be found out only when somebody signs.
                _ = try SignerRole(rule: name, role: signer.role, number: 1, of: 2)
            } catch { throw .unsuitableText(error) }
        }
        var grouped: Set<SubscriberID> = []
        for group in groups {
            guard !group.members.isEmpty else { throw .emptyGroup }
            guard (1...group.members.count).contains(group.count) else {
                throw .impossibleGroup(group.count, members: group.members.count)
            }
            if let stranger = group.members.subtracting(people).min(by: { $0.rawValue < $1.rawValue }) { throw .unknownMember(stranger) }
            if let twice = group.members.intersection(grouped).min(by: { $0.rawValue < $1.rawValue }) { throw .overlappingGroups(twice) }
            grouped.formUnion(group.members)
        }
        let wanted = groups.reduce(0) { $0 + $1.count }
        guard wanted <= signatures else { throw .tooFewSignatures(signatures, wanted: wanted) }
        self.name = name
        self.account = account
        self.band = band
        self.signatures = signatures
        self.signers = signers
        self.groups = groups
    }

    /// The rule of an account that has none: one person signs what they asked for, in no role.
    public init(alone subscriber: SubscriberID, account: IBAN) {
        name = ""
        self.account = account
        band = nil
        signatures = 1
        signers = [Signer(subscriber, as: "")]
        groups = []
    }

    /// The person who signs alone where the account has no rules; `nil` for a rule that somebody made.
    public var onlySigner: SubscriberID? { name.isEmpty ? signers.first?.subscriber : nil }

    /// What a person signs as; `nil` for who may not sign.
    public func role(of subscriber: SubscriberID) -> String? { signers.first { $0.subscriber == subscriber }?.role }

    /// Whether these people are all that must sign.
    public func isMet(by people: Set<SubscriberID>) -> Bool {
        let counted = people.filter { role(of: $0) != nil }
        return counted.count >= signatures && groups.allSatisfy { counted.intersection($0.members).count >= $0.count }
    }

    /// Whether the same people must sign in the same parts, under the same name; the order in which they are written, and for which amounts
    /// else, say nothing.
    func wants(sameAs other: Self) -> Bool {
        name == other.name && account == other.account && signatures == other.signatures && Set(signers) == Set(other.signers)
            && Set(groups) == Set(other.groups)
    }

    /// The groups that would be left without a place if these people signed; none when others can still complete the rule.
    ///
    /// - Parameter people: some of the signers, at most as many as the rule wants signatures.
    func groupsShutOut(by people: Set<SubscriberID>) -> [Group] {
        let missing = groups.map { max(0, $0.count - people.intersection($0.members).count) }
        guard missing.reduce(0, +) > signatures - people.count else { return [] }
        return zip(groups, missing).filter { $0.1 > 0 }.map(\.0)
    }
}

/// A range of amounts in one currency: above one, up to another.
public struct AmountBand: Hashable, Sendable {
    /// The currency.
    public let currency: Currency
    /// More than so many minor units; 0 for all.
    public let above: Int64
    /// At most so many minor units; `nil` for any.
    public let upTo: Int64?

    /// A band that some amount lies in.
    ///
    /// - Throws: ``SignatureRuleError/emptyBand``.
    public init(_ currency: Currency, above: Int64 = 0, upTo: Int64? = nil) throws(SignatureRuleError) {
        guard above >= 0, above < min(upTo ?? Amount.maximum, Amount.maximum) else { throw .emptyBand }
        self.currency = currency
        self.above = above
        self.upTo = upTo.map { min($0, Amount.maximum) }
    }

    /// Whether an amount lies in it.
    public func contains(_ amount: Amount) -> Bool {
        amount.currency == currency && amount.minorUnits > above && amount.minorUnits <= upTo ?? Amount.maximum
    }

    /// Whether an amount lies in both.
    func overlaps(_ other: AmountBand) -> Bool {
        currency == other.currency && max(above, other.above) < min(upTo ?? Amount.maximum, other.upTo ?? Amount.maximum)
    }
}
