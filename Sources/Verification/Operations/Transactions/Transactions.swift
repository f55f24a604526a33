public import DeviceProtocol
import Foundation

/// Payments, batches and new beneficiaries with the signatures that their account's rules want.
///
/// ``propose(_:from:by:idempotencyKey:timeToLive:)`` makes one, ``sign(_:as:with:idempotencyKey:timeToLive:)`` begins one person's
/// operation, which is presented and answered as every other (``Operations/presentation(of:)``, ``Operations/submit(_:to:)``). The
/// answer that completes the rule submits the transaction, in the same store transaction.
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
        let new = try make(content, of: account, by: creator, idempotencyKey: idempotencyKey, timeToLive: timeToLive, replacing: nil)
        return try await operations.store.decide { store throws(StoreError) in
            let now = operations.now()
            if var known = try store.transaction(by: creator, idempotencyKey: idempotencyKey) {
                guard known.isAsked(as: new) else { return .failure(.idempotencyConflict(idempotencyKey)) }
                try store.settle(&known, at: now)
                return .success(known)
            }
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
    /// - Parameter editor: who asked for it or may sign it; they are the new one's creator.
    /// - Returns: the new one.
    /// - Throws: as ``propose(_:from:by:idempotencyKey:timeToLive:)``.
    public func edit(
        _ id: TransactionID, to content: Challenge.Content, by editor: SubscriberID, idempotencyKey: String,
        timeToLive: Int = 14 * 86_400
    ) async throws(VerificationError) -> Transaction {
        let account = try await transaction(id).rule.account
        let new = try make(content, of: account, by: editor, idempotencyKey: idempotencyKey, timeToLive: timeToLive, replacing: id)
        return try await change(id) { old, store, now throws(StoreError) in
            if var known = try store.transaction(by: editor, idempotencyKey: idempotencyKey) {
                guard known.isAsked(as: new) else { return .failure(.idempotencyConflict(idempotencyKey)) }
                try store.settle(&known, at: now)
                return .success(known)
            }
            if let refusal = old.refusal(of: editor) { return .failure(.transaction(refusal)) }
            try store.insert(new)
            try store.append(AuditEvent(.proposed, new, by: editor, at: now))
            try store.close(&old, as: .replaced(by: new.id), by: editor, at: now)
            return .success(new)
        }
    }

    /// Takes a transaction back; all its signatures are void.
    ///
    /// - Parameter person: who asked for it or may sign it.
    /// - Throws: ``VerificationError/transaction(_:)``, ``VerificationError/store(_:)``.
    @discardableResult
    public func withdraw(_ id: TransactionID, by person: SubscriberID) async throws(VerificationError) -> Transaction {
        try await change(id) { transaction, store, now throws(StoreError) in
            if let refusal = transaction.refusal(of: person) { return .failure(.transaction(refusal)) }
            try store.close(&transaction, as: .withdrawn, by: person, at: now)
            return .success(transaction)
        }
    }

    /// One transaction as it stands now.
    ///
    /// - Throws: ``TransactionRefusal/noSuchTransaction(_:)`` as ``VerificationError/transaction(_:)``, ``VerificationError/store(_:)``.
    public func transaction(_ id: TransactionID) async throws(VerificationError) -> Transaction {
        try await change(id) { transaction, _, _ throws(StoreError) in .success(transaction) }
    }

    /// The transactions that a person asked for or may sign, as they stand now, the newest first.
    ///
    /// After a broken line the list tells what was recorded, and what became of it.
    ///
    /// - Parameters:
    ///   - state: those of this kind alone: ``Transaction/State/Name/toBeSigned``, ``Transaction/State/Name/submitted``.
    ///   - cursor: the page before; `nil` for the first.
    ///   - limit: at most so many, 1 to 100; fewer come where some have just expired.
    /// - Throws: ``TransactionRefusal/invalidLimit(_:)`` as ``VerificationError/transaction(_:)``, ``VerificationError/store(_:)``.
    public func transactions(
        of subscriber: SubscriberID, in state: Transaction.State.Name? = nil, after cursor: TransactionPage.Cursor? = nil, limit: Int = 20
    ) async throws(VerificationError) -> TransactionPage {
        guard (1...Self.pageLimit).contains(limit) else { throw .transaction(.invalidLimit(limit)) }
        return try await operations.store.decide { store throws(StoreError) in
            let now = operations.now()
            let found = try store.transactions(of: subscriber, in: state, before: cursor?.number, limit: limit)
            var transactions: [Transaction] = []
            for (_, stored) in found {
                var transaction = stored
                try store.settle(&transaction, at: now)
                if state == nil || transaction.state.name == state { transactions.append(transaction) }
            }
            let next = found.count == limit ? found.last.map { TransactionPage.Cursor(number: $0.number) } : nil
            return .success(TransactionPage(transactions: transactions, next: next))
        }
    }

    /// A new transaction, checked.
    private func make(
        _ content: Challenge.Content, of account: IBAN, by creator: SubscriberID, idempotencyKey: String, timeToLive: Int,
        replacing old: TransactionID?
    ) throws(VerificationError) -> Transaction {
        guard (1...255).contains(idempotencyKey.utf8.count) else { throw .invalidIdempotencyKey }
        guard (1...Self.longestLife).contains(timeToLive) else { throw .transaction(.invalidLifetime(timeToLive)) }
        switch content {
        case .payment, .batch, .beneficiary: break
        case .login, .activation: throw .transaction(.notATransaction)
        }
        let rule: SignatureRule
        do throws(TransactionRefusal) {
            rule = try rules.rule(for: content, of: account) ?? SignatureRule(alone: creator, account: account)
        } catch { throw .transaction(error) }
        var generator = operations.random()
        let draft: Challenge
        do throws(ContentError) {
            draft = try Challenge(
                id: ChallengeID(using: &generator), origin: operations.origin, issuedAt: operations.now(),
                timeToLive: Challenge.longestLife,
                content: content)
        } catch { throw .content(error) }
        return Transaction(
            draft: draft, creator: creator, idempotencyKey: idempotencyKey, rule: rule,
            expiresAt: draft.issuedAt.addingTimeInterval(TimeInterval(timeToLive)), replaces: old)
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

extension Transaction {
    /// Whether a repeated request asks for the same.
    fileprivate func isAsked(as other: Transaction) -> Bool {
        content == other.content && rule.account == other.rule.account && replaces == other.replaces
            && expiresAt.timeIntervalSince(draft.issuedAt) == other.expiresAt.timeIntervalSince(other.draft.issuedAt)
    }

    /// Why a person may not change this.
    fileprivate func refusal(of person: SubscriberID) -> TransactionRefusal? {
        if person != creator, rule.role(of: person) == nil { return .notInvolved(person) }
        return state == .toBeSigned ? nil : .over(id, state.name)
    }
}
