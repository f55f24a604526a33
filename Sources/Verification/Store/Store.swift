public import DeviceProtocol
public import FoundationEssentials

/// Where enrolments and operations are kept, durably.
///
/// What belongs together happens in one ``write(_:)``: consuming a code, counting a failure, changing a state, saying so in the audit log.
public protocol Store: Sendable {
    /// What the store was created for; it never changes.
    var mark: StoreMark { get }
    /// Why the last write failed, where it is likely that the next one fails too, because the disk is full; `nil` otherwise.
    var trouble: StoreError? { get }

    /// Runs `body` as one transaction: all of it is durable when this returns; when it throws, nothing of it happened, unless the error is
    /// ``StoreError/unknownOutcome(server:)``: then all of it happened, or nothing.
    ///
    /// `body` is synchronous, may run several times and touches only the transaction. What it throws undoes it. Its rows of the audit log
    /// say who asks in the task that called this (``Requester``).
    ///
    /// - Throws: ``StoreError``, the body's or the store's own.
    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R

    /// Runs one transaction of three parts: `look` reads, `think` makes up its mind and makes ready what is to be written, `act` writes it.
    ///
    /// A store in which one writes at a time may run `look` and `think` before the turn of the transaction has come, when others write, and
    /// `think` beside all of them. So `act` rests on nothing that `look` read but what it replaces as the version that was read, and what
    /// never changes; where another version is stored, or the turn comes more than a second later, all run again in the transaction. Otherwise
    /// this is ``write(_:)``.
    ///
    /// - Throws: ``StoreError``, the parts' or the store's own.
    func write<Seen: Sendable, Thought: Sendable, R: Sendable>(
        afterLooking look: @escaping @Sendable (any StoreReader) throws(StoreError) -> Seen,
        thinking think: @escaping @Sendable (Seen, any UpdatePreparing) throws(StoreError) -> Thought,
        _ act: @escaping @Sendable (any StoreTransaction, Thought) throws(StoreError) -> R
    ) async throws(StoreError) -> R

    /// Runs `body` over one consistent state, without changing it.
    ///
    /// - Throws: ``StoreError``, the body's or the store's own.
    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R

    /// Runs `body`, which reads a few rows by their names, over one consistent state; where that is quick it runs on the caller's thread.
    /// Otherwise this is ``read(_:)``.
    ///
    /// - Throws: ``StoreError``, the body's or the store's own.
    func lookUp<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R
}

/// What a store was created for.
public enum StoreMark: String, Sendable, Codable, CaseIterable {
    /// Real devices only.
    case production
    /// Emulated devices and test roots, too.
    case test
}

/// What can be looked up within a transaction.
public protocol StoreReader: SubscriberReader, TransactionReader {
    /// The enrolment with this name.
    func enrolment(_ id: EnrolmentID) throws(StoreError) -> Enrolment?
    /// Which product an enrolment is of, without what it holds.
    func product(of id: EnrolmentID) throws(StoreError) -> ProductProfile.ID?
    /// The enrolment of a device: the one that is not over, or else the latest.
    func enrolment(of device: DeviceID) throws(StoreError) -> Enrolment?
    /// All that a device ever had, the latest first.
    func formerEnrolments(of device: DeviceID) throws(StoreError) -> [Enrolment]
    /// All of a subscriber's, the first enrolled first.
    func enrolments(of subscriber: SubscriberID) throws(StoreError) -> [Enrolment]
    /// All subscribers' by name, in the order of its bytes, behind the one with this name; `nil` for the first of them.
    func enrolments(after id: EnrolmentID?, limit: Int) throws(StoreError) -> [Enrolment]
    /// Those whose challenges are sealed, by name, behind the one with this name; `nil` for the first of them.
    func sealedEnrolments(after id: EnrolmentID?, limit: Int) throws(StoreError) -> [Enrolment]
    /// The operation with this challenge.
    func operation(_ id: ChallengeID) throws(StoreError) -> Operation?
    /// The operation with this challenge, with its device's enrolment and what the audit log knows of the device.
    func asked(_ id: ChallengeID) throws(StoreError) -> AskedOperation?
    /// The operation that a subscriber's request with this key began.
    func operation(of subscriber: SubscriberID, idempotencyKey: String) throws(StoreError) -> Operation?
    /// Those of a subscriber's that have no outcome, the first begun first.
    func unfinishedOperations(of subscriber: SubscriberID) throws(StoreError) -> [Operation]
    /// A page of a subscriber's, the one begun last first; each with the number that a later page lies before.
    ///
    /// - Parameter number: of the last one of the page before; `nil` for the first page.
    func operations(of subscriber: SubscriberID, before number: Int64?, limit: Int) throws(StoreError) -> [(
        number: Int64, operation: Operation
    )]
    /// Those that changed behind the change with this number, in the order of their latest changes.
    func operations(changedAfter number: Int64, limit: Int) throws(StoreError) -> [Operation]
    /// The number of the latest change of any operation; 0 where there is none.
    func lastChange() throws(StoreError) -> Int64
    /// Those that wait for an attached device, or are answered by one, behind the change with this number, in the order of their changes.
    func attachedOperations(after number: Int64, limit: Int) throws(StoreError) -> [Operation]
    /// Those without an outcome whose time was over at `moment`, by when it was.
    func expiredOperations(at moment: Date, limit: Int) throws(StoreError) -> [Operation]
    /// Which audit log this is, and where it ends.
    func auditChain() throws(StoreError) -> AuditChain
    /// The rows of the audit log behind the one with this number, in their order.
    func auditRows(after number: Int64, limit: Int) throws(StoreError) -> [AuditRow]
    /// The rows of the audit log that a filter lets through, of those behind one number and up to another, in their order.
    ///
    /// All rows between the two are looked at: there is no index but that of their numbers.
    func auditRows(after number: Int64, through last: Int64, matching filter: AuditFilter, limit: Int) throws(StoreError) -> [AuditRow]
    /// All signed heads, in their order.
    func auditHeads() throws(StoreError) -> [AuditHead]
    /// The signed heads behind the one with this number, in their order.
    func auditHeads(after number: Int64, limit: Int) throws(StoreError) -> [AuditHead]
    /// The head that was signed last.
    func lastAuditHead() throws(StoreError) -> AuditHead?
}

/// What can be changed within a transaction.
///
/// Only this package's stores have transactions: a ``PreparedUpdate`` is made by them alone. A store of one's own stands around one of theirs.
public protocol StoreTransaction: StoreReader, SubscriberTransaction, TransactionWriter, UpdatePreparing {
    /// Adds an enrolment.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when name or device exist, and for an emulated device in a production store.
    func insert(_ enrolment: Enrolment) throws(StoreError)
    /// Replaces the enrolment that was read as this version; the version then counts one more.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored.
    func update(_ enrolment: Enrolment) throws(StoreError)
    /// Replaces the enrolment that was read as this version with what was made ready for it.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored.
    func update(_ enrolment: PreparedUpdate<Enrolment>) throws(StoreError)
    /// Adds an operation.
    ///
    /// - Returns: the number of this change: one more than that of any change before, of any operation.
    /// - Throws: ``StoreError/conflict(_:)`` when the challenge or the idempotency key exist.
    @discardableResult
    func insert(_ operation: Operation) throws(StoreError) -> Int64
    /// Replaces the operation that was read as this version; the version then counts one more.
    ///
    /// - Returns: the number of this change.
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored.
    @discardableResult
    func update(_ operation: Operation) throws(StoreError) -> Int64
    /// Replaces the operation that was read as this version with what was made ready for it.
    ///
    /// - Returns: the number of this change.
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored.
    func update(_ operation: PreparedUpdate<Operation>) throws(StoreError) -> Int64
    /// Appends what happened to the audit log, behind everything that is there.
    func append(_ event: AuditEvent) throws(StoreError)
    /// Appends what was made ready, as the other one does.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when the person was erased meanwhile.
    func append(_ event: PreparedEvent) throws(StoreError)
    /// Adds a signed head.
    func append(_ head: AuditHead) throws(StoreError)
    /// Erases whom the audit log's rows about a subscriber are about; the rows stay, with references that nobody can resolve.
    ///
    /// A row says that it was done, and how many references it concerns; none where there was nothing to erase.
    func eraseAuditPersons(of subscriber: SubscriberID, at now: Date) throws(StoreError)
}

extension Store {
    /// None that this store remembers.
    public var trouble: StoreError? { nil }

    /// As any other reading.
    public func lookUp<R: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        try await read(body)
    }

    /// All parts in the transaction.
    public func write<Seen: Sendable, Thought: Sendable, R: Sendable>(
        afterLooking look: @escaping @Sendable (any StoreReader) throws(StoreError) -> Seen,
        thinking think: @escaping @Sendable (Seen, any UpdatePreparing) throws(StoreError) -> Thought,
        _ act: @escaping @Sendable (any StoreTransaction, Thought) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        try await write { (transaction) throws(StoreError) in try act(transaction, think(look(transaction), transaction)) }
    }

    /// Runs a transaction that comes to a decision; a refusal is a decision too, and what was written before it stays.
    func decide<R: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Result<R, VerificationError>
    ) async throws(VerificationError) -> R {
        let decision: Result<R, VerificationError>
        do { decision = try await write(body) } catch { throw .store(error) }
        return try decision.get()
    }
}
