public import DeviceProtocol
import Foundation

/// Payments, batches and new beneficiaries with the signatures that their account's rules want.
///
/// ``propose(_:from:by:idempotencyKey:timeToLive:)`` makes one, ``sign(_:as:with:idempotencyKey:timeToLive:)`` begins one person's
/// operation, which is presented and answered as every other (``Operations/presentation(of:)``,
/// ``Operations/submit(_:to:stapled:claimedBy:)``). The answer that completes the rule submits the transaction, in the same store transaction.
public struct Transactions: Sendable {
    /// The longest time that a transaction can be signed, in seconds: 90 days; ours, no source says any.
    public static let longestLife = 90 * 86_400
    /// The most transactions on a page.
    public static let pageLimit = 100

    let operations: Operations
    let rules: SignatureRules

    /// The transactions in the store of `operations`.
    ///
    /// - Parameter rules: who must sign; of an account without rules, whoever asks signs alone.
    public init(_ operations: Operations, rules: SignatureRules = SignatureRules()) {
        self.operations = operations
        self.rules = rules
    }

    /// Makes a transaction that nobody has signed, or finds the one that the same request made.
    ///
    /// - Parameters:
    ///   - content: a payment, a batch or a beneficiary.
    ///   - account: whose money it is. It chooses the rule, whose name is signed; the IBAN itself is not in what a device shows.
    ///   - creator: who asks; whether they may use the account, the bank has made sure of before.
    ///   - idempotencyKey: 1 to 255 bytes, unique for each of the creator's transactions.
    ///   - timeToLive: how long it can be signed, 1 s to 90 days.
    /// - Throws: ``VerificationError/transaction(_:)``, ``VerificationError/idempotencyConflict(_:)``,
    ///   ``VerificationError/invalidIdempotencyKey``, ``VerificationError/content(_:)``, ``VerificationError/store(_:)``.
    public func propose(
        _ content: Challenge.Content, from account: IBAN, by creator: SubscriberID, idempotencyKey: String,
        timeToLive: Int = 14 * 86_400
    ) async throws(VerificationError) -> Transaction {
        let wish = try Wish(content, of: account, by: creator, idempotencyKey: idempotencyKey, timeToLive: timeToLive, replacing: nil)
        let made = make(wish)
        return try await operations.store.decide { store throws(StoreError) in
            let now = operations.now()
            if let known = try store.transaction(asked: wish, at: now) { return known }
            guard case .success(let new) = made else { return made }
            try store.insert(new)
            try store.append(AuditEvent(.proposed, new, by: creator, at: now))
            return .success(new)
        }
    }

    /// Changes a transaction: a new one takes its place, which nobody has signed, and all signatures of the old one are void.
    ///
    /// Operations that are still to be answered end, so that no answer to the old content counts; one that a device is answering at this
    /// moment ends as indeterminate. RTS, Article 5(1)(d): any change of amount or payee invalidates the code.
    ///
    /// - Parameter editor: who asked for it or may sign it, by the rule as it is now; they are the new one's creator.
    /// - Returns: the new one.
    /// - Throws: as ``propose(_:from:by:idempotencyKey:timeToLive:)``.
    public func edit(
        _ id: TransactionID, to content: Challenge.Content, by editor: SubscriberID, idempotencyKey: String,
        timeToLive: Int = 14 * 86_400
    ) async throws(VerificationError) -> Transaction {
        let account = try await transaction(id).rule.account
        let wish = try Wish(content, of: account, by: editor, idempotencyKey: idempotencyKey, timeToLive: timeToLive, replacing: id)
        let made = make(wish)
        return try await change(id) { old, store, now throws(StoreError) in
            if let known = try store.transaction(asked: wish, at: now) { return known }
            if let refusal = refusal(of: editor, changing: old) { return .failure(.transaction(refusal)) }
            guard case .success(let new) = made else { return made }
            try store.insert(new)
            try store.append(AuditEvent(.proposed, new, by: editor, at: now))
            try store.close(&old, as: .replaced(by: new.id), by: editor, at: now)
            return .success(new)
        }
    }

    /// Takes a transaction back; all its signatures are void.
    ///
    /// - Parameter person: who asked for it or may sign it, by the rule as it is now.
    /// - Throws: ``VerificationError/transaction(_:)``, ``VerificationError/store(_:)``.
    @discardableResult
    public func withdraw(_ id: TransactionID, by person: SubscriberID) async throws(VerificationError) -> Transaction {
        try await change(id) { transaction, store, now throws(StoreError) in
            if let refusal = refusal(of: person, changing: transaction) { return .failure(.transaction(refusal)) }
            try store.close(&transaction, as: .withdrawn, by: person, at: now)
            return .success(transaction)
        }
    }

    /// One transaction as it stands now.
    ///
    /// Nothing is written, unless its time has ended and nothing says so yet.
    ///
    /// - Throws: ``TransactionRefusal/noSuchTransaction(_:)`` as ``VerificationError/transaction(_:)``, ``VerificationError/store(_:)``.
    public func transaction(_ id: TransactionID) async throws(VerificationError) -> Transaction {
        let now = operations.now()
        let stored: Transaction?
        do { stored = try await operations.store.lookUp { (reader) throws(StoreError) in try reader.transaction(id) } } catch {
            throw .store(error)
        }
        guard let stored else { throw .transaction(.noSuchTransaction(id)) }
        guard stored.isOverdue(at: now) else { return stored }
        return try await change(id) { transaction, _, _ throws(StoreError) in .success(transaction) }
    }

    /// The transactions that a person asked for or may sign, as they stand now, the newest first.
    ///
    /// After a broken line the list tells what was recorded, and what became of it.
    ///
    /// - Parameters:
    ///   - state: those of this kind alone: ``Transaction/State/Name/toBeSigned``, ``Transaction/State/Name/submitted``.
    ///   - number: what the part before gave as its next; `nil` for the first.
    ///   - limit: at most so many, 1 to 100.
    /// - Throws: ``TransactionRefusal/invalidLimit(_:)`` as ``VerificationError/transaction(_:)``, ``VerificationError/store(_:)``.
    public func transactions(
        of subscriber: SubscriberID, in state: Transaction.State.Name? = nil, after number: Int64? = nil, limit: Int = 20
    ) async throws(VerificationError) -> ListPage<Transaction, Int64> {
        typealias Page = ListPage<Transaction, Int64>
        guard (1...Self.pageLimit).contains(limit) else { throw .transaction(.invalidLimit(limit)) }
        let (now, store) = (operations.now(), operations.store)
        do throws(StoreError) {
            let isAnyOver = try await store.read { (reader) throws(StoreError) in
                try !reader.overdueTransactions(of: subscriber, at: now, limit: 1).isEmpty
            }
            if isAnyOver { try await settleOverdue(of: subscriber, at: now) }
            return try await Page.gather(
                after: number, limit: limit, batch: Page.batch(of: limit), lookingAt: .max, progress: { _ in },
                read: { (last, count) async throws(StoreError) in
                    try await store.read { (reader) throws(StoreError) in
                        try reader.transactions(of: subscriber, in: state, before: last, limit: count)
                    }.map { (cursor: $0.number, entry: $0.transaction) }
                },
                fits: { _ in true })
        } catch { throw .store(error) }
    }

    /// Closes all of a person's whose time is over.
    private func settleOverdue(of subscriber: SubscriberID, at now: Date) async throws(StoreError) {
        var count: Int
        repeat {
            count = try await operations.store.write { (store) throws(StoreError) in
                let overdue = try store.overdueTransactions(of: subscriber, at: now, limit: Self.pageLimit)
                for stored in overdue {
                    var transaction = stored
                    try store.settle(&transaction, at: now)
                }
                return overdue.count
            }
        } while count == Self.pageLimit
    }

    /// A new transaction, under the rule as it is now.
    private func make(_ wish: Wish) -> Result<Transaction, VerificationError> {
        var generator = operations.random()
        let rule: SignatureRule
        do throws(TransactionRefusal) { rule = try self.rule(for: wish.content, of: wish.account, askedBy: wish.creator) } catch {
            return .failure(.transaction(error))
        }
        let draft: Challenge
        do throws(ContentError) {
            draft = try Challenge(
                id: ChallengeID(using: &generator), origin: operations.origin, issuedAt: operations.now(),
                timeToLive: Challenge.longestLife, content: wish.content)
        } catch { return .failure(.content(error)) }
        return .success(
            Transaction(
                draft: draft, creator: wish.creator, idempotencyKey: wish.idempotencyKey, rule: rule,
                expiresAt: draft.issuedAt.addingTimeInterval(TimeInterval(wish.timeToLive)), replaces: wish.replaced))
    }

    /// Who must sign, as the rules are now.
    private func rule(
        for content: Challenge.Content, of account: IBAN, askedBy creator: SubscriberID
    ) throws(TransactionRefusal) -> SignatureRule {
        try rules.rule(for: content, of: account) ?? SignatureRule(alone: creator, account: account)
    }

    /// Why a transaction cannot be signed under the rules as they are now; `nil` where they still want what it was made with.
    func refusalOfChangedRule(_ transaction: Transaction) -> TransactionRefusal? {
        let current: SignatureRule
        do throws(TransactionRefusal) {
            current = try rule(for: transaction.content, of: transaction.rule.account, askedBy: transaction.creator)
        } catch { return error }
        return current.wants(sameAs: transaction.rule) ? nil : .ruleChanged(transaction.id)
    }

    /// Why a person may not change this.
    private func refusal(of person: SubscriberID, changing transaction: Transaction) -> TransactionRefusal? {
        if person != transaction.creator {
            let current = try? rule(for: transaction.content, of: transaction.rule.account, askedBy: transaction.creator)
            guard current?.role(of: person) != nil else { return .notInvolved(person) }
        }
        return transaction.state == .toBeSigned ? nil : .over(transaction.id, transaction.state.name)
    }

    /// Runs `body` on a transaction as it stands now.
    func change<R: Sendable>(
        _ id: TransactionID,
        _ body: @escaping @Sendable (inout Transaction, any StoreTransaction, Date) throws(StoreError) -> Result<R, VerificationError>
    ) async throws(VerificationError) -> R {
        return try await operations.store.decide { store throws(StoreError) in
            let now = operations.now()
            guard var transaction = try store.transaction(id) else { return .failure(.transaction(.noSuchTransaction(id))) }
            try store.settle(&transaction, at: now)
            return try body(&transaction, store, now)
        }
    }
}

extension Challenge {
    /// A draft is never answered, and its lifetime says nothing.
    fileprivate static let longestLife = 86_400
}

/// What somebody asks for; a repeated request wishes the same.
private struct Wish: Sendable {
    let content: Challenge.Content
    let account: IBAN
    let creator: SubscriberID
    let idempotencyKey: String
    let timeToLive: Int
    let replaced: TransactionID?

    /// A wish that can be granted, as far as it says itself.
    init(
        _ content: Challenge.Content, of account: IBAN, by creator: SubscriberID, idempotencyKey: String, timeToLive: Int,
        replacing old: TransactionID?
    ) throws(VerificationError) {
        guard (1...255).contains(idempotencyKey.utf8.count) else { throw .invalidIdempotencyKey }
        guard (1...Transactions.longestLife).contains(timeToLive) else { throw .transaction(.invalidLifetime(timeToLive)) }
        switch content {
        case .payment, .batch, .beneficiary: break
        case .login, .activation: throw .transaction(.notATransaction)
        }
        self.content = content
        self.account = account
        self.creator = creator
        self.idempotencyKey = idempotencyKey
        self.timeToLive = timeToLive
        replaced = old
    }

    /// Whether this asked for that transaction.
    func asked(for transaction: Transaction) -> Bool {
        transaction.content == content && transaction.rule.account == account && transaction.replaces == replaced
            && transaction.expiresAt.timeIntervalSince(transaction.draft.issuedAt) == TimeInterval(timeToLive)
    }
}

extension StoreTransaction {
    /// The transaction that the same request made before; `nil` where it is the first.
    fileprivate func transaction(asked wish: Wish, at now: Date) throws(StoreError) -> Result<Transaction, VerificationError>? {
        guard var known = try transaction(by: wish.creator, idempotencyKey: wish.idempotencyKey) else { return nil }
        guard wish.asked(for: known) else { return .failure(.idempotencyConflict(wish.idempotencyKey)) }
        try settle(&known, at: now)
        return .success(known)
    }
}
