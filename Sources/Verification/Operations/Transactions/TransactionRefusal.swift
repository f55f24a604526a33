public import DeviceProtocol

/// Why a transaction was not begun, signed or changed.
public enum TransactionRefusal: Error, Hashable, Sendable {
    /// No transaction with this id.
    case noSuchTransaction(TransactionID)
    /// Logins and activations are operations of one person.
    case notATransaction
    /// The account has rules about signatures, and none covers this.
    case noRule(IBAN)
    /// Accounts have rules, and a payment does not say whose money it is.
    case noAccount
    /// A transaction can be signed for 1 second to 90 days.
    case invalidLifetime(Int)
    /// A page has 1 to 100 transactions.
    case invalidLimit(Int)
    /// It is over: submitted, withdrawn, replaced or expired.
    case over(TransactionID, Transaction.State.Name)
    /// The account's rules are others than when it was made.
    case ruleChanged(TransactionID)
    /// The person may not sign it.
    case notASigner(SubscriberID)
    /// The person neither asked for it nor may sign it.
    case notInvolved(SubscriberID)
    /// The person has signed it; a second signature would not count.
    case signedAlready(SubscriberID)
    /// As many people as are wanted sign at the moment, or have signed.
    case placesTaken(Int)
    /// The places that are left are for others: the roles of whom some must sign.
    case placesReserved([String])
}

extension TransactionRefusal: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .noSuchTransaction(let id): "there is no transaction \(id)"
        case .notATransaction: "a login or an activation is no transaction"
        case .noAccount: "the payment names no account to take the money from"
        case .noRule(let account): "the account \(account.grouped) has rules about signatures, and none is for this"
        case .invalidLifetime(let seconds): "a transaction can be signed for 1 to \(Transactions.longestLife) seconds, not \(seconds)"
        case .invalidLimit(let count): "a page has 1 to \(Transactions.pageLimit) transactions, not \(count)"
        case .over(let id, let state): "the transaction \(id) is over: \(state.rawValue)"
        case .ruleChanged(let id): "the rules about signatures have changed since the transaction \(id) was made"
        case .notASigner(let person): "\"\(person)\" may not sign this transaction"
        case .notInvolved(let person): "\"\(person)\" neither asked for this transaction nor may sign it"
        case .signedAlready(let person): "\"\(person)\" has signed this transaction, and each person counts once"
        case .placesTaken(let count): "all \(count) signatures are given or being given"
        case .placesReserved(let roles): "the signatures that are missing are for others: \(roles.joined(separator: ", "))"
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .noSuchTransaction: "look at the list of transactions"
        case .notATransaction: "begin an operation for it"
        case .noAccount: "name the account: it chooses the rule about signatures"
        case .noRule: "add a rule for this amount, or one without a band"
        case .invalidLifetime: "take as long as people need to sign, at most 90 days"
        case .invalidLimit: "ask for 1 to \(Transactions.pageLimit), and go on with the page's cursor"
        case .over: "look at its state, and begin a new transaction if needed"
        case .ruleChanged: "take it back and make it again: then the new rules hold, and all sign anew"
        case .notASigner, .notInvolved: "ask one of those whom the rule names"
        case .signedAlready: "wait for the others"
        case .placesTaken: "try again when their operations have ended"
        case .placesReserved: "let one of them sign"
        }
    }
}
