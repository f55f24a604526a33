import DeviceProtocol

/// The rules of all accounts: for each transaction of an account that has rules, exactly one says who must sign.
public struct SignatureRules: Hashable, Sendable {
    /// In the order in which they were given.
    public let all: [SignatureRule]

    /// No account has rules: who asks for a transaction signs it alone.
    public init() { all = [] }

    /// Rules that do not contradict each other.
    ///
    /// - Throws: ``SignatureRuleError``: two rules of one account with one name, for one amount, or without a band.
    public init(_ rules: [SignatureRule]) throws(SignatureRuleError) {
        for (index, rule) in rules.enumerated() {
            for other in rules.prefix(index) where other.account == rule.account {
                guard other.name != rule.name else { throw .duplicateName(rule.name) }
                switch (rule.band, other.band) {
                case (nil, nil): throw .twoWithoutBand(other.name, rule.name)
                case (let band?, let otherBand?): if band.overlaps(otherBand) { throw .overlappingBands(other.name, rule.name) }
                case (nil, _), (_, nil): break
                }
            }
        }
        all = rules
    }

    /// The rule for something of an account; `nil` when the account has no rules at all.
    ///
    /// - Throws: ``TransactionRefusal/noRule(_:)`` when it has rules, and none covers this; ``TransactionRefusal/noAccount`` for a payment
    ///   of nobody's, which would go around all rules.
    func rule(for content: Challenge.Content, of account: IBAN?) throws(TransactionRefusal) -> SignatureRule? {
        guard content.isApproval else { return nil }
        guard let account else {
            guard all.isEmpty || content.amount == nil else { throw .noAccount }
            return nil
        }
        let ofAccount = all.filter { $0.account == account }
        guard !ofAccount.isEmpty else { return nil }
        let amount = content.amount
        let banded = ofAccount.first { rule in amount.map { rule.band?.contains($0) ?? false } ?? false }
        guard let rule = banded ?? ofAccount.first(where: { $0.band == nil }) else { throw .noRule(account) }
        return rule
    }
}

extension Challenge.Content {
    /// What is paid; `nil` where nothing is.
    var amount: Amount? {
        switch self {
        case .payment(let payment): payment.amount
        case .batch(let batch): batch.total
        case .login, .beneficiary, .activation: nil
        }
    }
}
