public import DeviceProtocol
public import FoundationEssentials

/// What can be looked up of transactions that people approve.
public protocol TransactionReader {
    /// The transaction with this name.
    func transaction(_ id: TransactionID) throws(StoreError) -> Transaction?
    /// The transaction that a person's request with this key began.
    func transaction(by creator: SubscriberID, idempotencyKey: String) throws(StoreError) -> Transaction?
    /// The transaction that an operation signs.
    func transaction(signedIn operation: ChallengeID) throws(StoreError) -> Transaction?
    /// Transactions that a person asked for or may sign, the newest first.
    ///
    /// - Parameters:
    ///   - state: those of this kind alone.
    ///   - number: only those with a smaller number.
    /// - Returns: at most `limit`, each with the number that the store gave it.
    func transactions(
        of subscriber: SubscriberID, in state: Transaction.State.Name?, before number: Int64?, limit: Int
    ) throws(StoreError) -> [(number: Int64, transaction: Transaction)]
    /// Those to be signed that a person asked for or may sign, and whose time was over at `moment`, the oldest first.
    func overdueTransactions(of subscriber: SubscriberID, at moment: Date, limit: Int) throws(StoreError) -> [Transaction]
}

/// What can be changed of transactions that people approve.
public protocol TransactionWriter: TransactionReader {
    /// Adds a transaction.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when it or the idempotency key exist.
    func insert(_ transaction: Transaction) throws(StoreError)
    /// Replaces the transaction that was read as this version; the version then counts one more.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored, and for one that is over.
    func update(_ transaction: Transaction) throws(StoreError)
    /// Keeps that an operation signs a transaction.
    func keep(_ operation: ChallengeID, signs transaction: TransactionID) throws(StoreError)
}
