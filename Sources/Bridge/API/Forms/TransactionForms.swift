import DeviceProtocol
import Foundation
import HTTPDoor
import Verification

/// Part of a list of transactions, the newest first.
struct TransactionsForm: Encodable {
    let transactions: [TransactionForm]
    let next: String?

    init(_ page: ListPage<Transaction, Int64>) {
        transactions = page.entries.map(TransactionForm.init)
        next = page.next.map { String($0) }
    }
}

/// What people approve, and who has signed it.
struct TransactionForm: Encodable {
    /// A place among the signatures.
    struct Place: Encodable {
        let number: Int
        let signer: SubscriberID
        let operation: String
        let signedAt: Date?
    }

    let id: String
    let creator: SubscriberID
    let state: String
    let submittedAt: Date?
    let replacedBy: String?
    let replaces: String?
    let content: ContentForm
    let summary: Summary
    let account: String
    let rule: RuleForm
    let issuedAt: Date
    let expiresAt: Date
    let digest: String
    let places: [Place]
    let missing: Int
    let awaited: [RuleForm.Signer]

    init(_ transaction: Transaction) {
        id = transaction.id.description
        creator = transaction.creator
        state = transaction.state.name.rawValue
        if case .submitted(let date) = transaction.state { submittedAt = date } else { submittedAt = nil }
        if case .replaced(let other) = transaction.state { replacedBy = other.description } else { replacedBy = nil }
        replaces = transaction.replaces?.description
        content = ContentForm(transaction.content)
        summary = transaction.draft.summary
        account = transaction.rule.account.value
        rule = RuleForm(transaction.rule)
        issuedAt = transaction.draft.issuedAt
        expiresAt = transaction.expiresAt
        digest = transaction.digest
        places = transaction.places.map {
            Place(number: $0.number, signer: $0.signer, operation: $0.operation.description, signedAt: $0.signedAt)
        }
        missing = max(0, transaction.missing)
        awaited = transaction.awaited.map(RuleForm.Signer.init)
    }
}

/// Who must sign; the same as in the file of rules.
struct RuleForm: Encodable {
    /// Somebody who may sign.
    struct Signer: Encodable {
        let subscriber: SubscriberID
        let role: String

        init(_ signer: SignatureRule.Signer) { (subscriber, role) = (signer.subscriber, signer.role) }
    }

    /// Some of whom a number must sign.
    struct Group: Encodable {
        let count: Int
        let of: [SubscriberID]
    }

    /// A range of amounts.
    struct Band: Encodable {
        let currency: String
        let above: String?
        let upTo: String?
    }

    /// Empty where the account has no rule, and one person signs.
    let name: String
    let account: String
    let band: Band?
    let signatures: Int
    let signers: [Signer]
    let atLeast: [Group]

    init(_ rule: SignatureRule) {
        name = rule.name
        account = rule.account.value
        band = rule.band.map { band in
            Band(currency: band.currency.code, above: band.currency.decimal(band.above), upTo: band.upTo.flatMap(band.currency.decimal))
        }
        signatures = rule.signatures
        signers = rule.signers.map(Signer.init)
        atLeast = rule.groups.map { Group(count: $0.count, of: $0.members.sorted { $0.rawValue < $1.rawValue }) }
    }
}

extension Currency {
    /// Minor units as text; `nil` for none.
    fileprivate func decimal(_ units: Int64) -> String? { (try? Amount(minorUnits: units, currency: self))?.decimal }
}

/// What somebody wants approved.
struct NewTransactionForm: Decodable {
    let creator: SubscriberID
    let account: IBAN
    let content: Challenge.Content
    let timeToLive: Int

    private enum CodingKeys: String, CodingKey, CaseIterable { case creator, account, content, timeToLive }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        creator = try members.subscriber(.creator)
        account = try members.iban(.account)
        content = try members.value(ContentForm.self, .content).content
        timeToLive = try members.transactionLife(.timeToLive)
    }
}

/// What takes a transaction's place.
struct TransactionChangeForm: Decodable {
    let editor: SubscriberID
    let content: Challenge.Content
    let timeToLive: Int

    private enum CodingKeys: String, CodingKey, CaseIterable { case editor, content, timeToLive }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        editor = try members.subscriber(.editor)
        content = try members.value(ContentForm.self, .content).content
        timeToLive = try members.transactionLife(.timeToLive)
    }
}

/// Who signs, and with what.
struct SignatureForm: Decodable {
    let signer: SubscriberID
    let device: DeviceID
    let timeToLive: Int

    private enum CodingKeys: String, CodingKey, CaseIterable { case signer, device, timeToLive }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        signer = try members.subscriber(.signer)
        device = try members.device(.device)
        timeToLive = try members.number(.timeToLive, in: 1...86_400, or: 120)
    }
}

/// Who takes a transaction back.
struct WithdrawalForm: Decodable {
    let by: SubscriberID

    private enum CodingKeys: String, CodingKey, CaseIterable { case by }

    init(from decoder: any Decoder) throws { by = try Members<CodingKeys>(decoder).subscriber(.by) }
}

extension Members {
    /// How long a transaction can be signed, in seconds.
    fileprivate func transactionLife(_ key: Key) throws -> Int {
        try number(key, in: 1...Transactions.longestLife, or: 14 * 86_400)
    }
}
