#if PostgreSQL
import Foundation
import StoreTables
public import Verification

/// A store in a PostgreSQL database, for any number of processes on any number of machines.
///
/// What was acknowledged is on the disk of the server, and of its synchronous standby where it has one. A connection that is gone is made
/// anew; no wait is without an end.
public struct PostgreSQLStore: Store {
    /// What the store was created for; it never changes.
    public let mark: StoreMark
    private let secrets: StoredSecrets
    private let isReadOnly: Bool
    private let threads: StoreThreads
    private let shortage = Shortage()
    /// How long what was thought beside others counts: the audit log tells moments in their order.
    var thoughtLifetime: Duration = .seconds(1)

    /// What the last write lacked, disk, memory or connections; `nil` after one that was stored.
    public var trouble: StoreError? { shortage.error }

    /// Opens the store of an address, or creates it.
    ///
    /// Processes that create one together wait for each other.
    ///
    /// - Parameters:
    ///   - address: a URL, `postgresql://user@host:port,host:port/database?sslmode=verify-full&schema=name`, or a connection string of
    ///     libpq's; the schema is `tessera` when none is named.
    ///   - mark: what it is created for, or was.
    ///   - protection: what seals seeds and keys of devices. A production store always has one; a test store may have none. One that was
    ///     made without is sealed when it is first opened with.
    ///   - node: the name under which this process alone writes as long as it has the store open, a lock of the session that writes; `nil`
    ///     for whoever needs none.
    ///   - limits: how long each wait may last.
    /// - Throws: ``Verification/StoreError``: out of reach, created with another mark, not durable; keys missing or other ones; the name is
    ///   taken, which any later write may find, too, once its session was lost.
    public static func open(
        at address: String, mark: StoreMark, protection: (any SecretProtection)? = nil, node: String? = nil,
        limits: PostgreSQLLimits = PostgreSQLLimits()
    ) async throws(StoreError) -> PostgreSQLStore {
        let address = try PostgreSQLAddress(address)
        let requester = Requester.current
        try await StoreThreads.run { () throws(StoreError) in
            try PostgreSQLSchema(ServerLink(address, limits)).prepare(mark: mark, protection: protection, askedBy: requester)
        }
        let store = PostgreSQLStore(address, limits, mark: mark, protection: protection, node: node)
        if node != nil { try await store.holdName() }
        return store
    }

    /// Opens a store that exists for its audit log: nothing in it is sealed, and without its keys secrets cannot be read through it.
    ///
    /// - Parameters:
    ///   - address: as for ``open(at:mark:protection:node:limits:)``.
    ///   - isReadOnly: whether nothing can be written either; then a standby will do.
    ///   - protection: what opens secrets that are wanted besides; `nil` for none.
    ///   - limits: how long each wait may last.
    /// - Throws: ``Verification/StoreError``: out of reach, no store, one that another version has written.
    public static func open(
        auditing address: String, isReadOnly: Bool, protection: (any SecretProtection)? = nil,
        limits: PostgreSQLLimits = PostgreSQLLimits()
    ) async throws(StoreError) -> PostgreSQLStore {
        let address = try PostgreSQLAddress(address)
        let mark = try await StoreThreads.run { () throws(StoreError) in
            try PostgreSQLSchema(ServerLink(address, limits, isReadOnly: isReadOnly)).check()
        }
        return PostgreSQLStore(address, limits, mark: mark, protection: protection, isReadOnly: isReadOnly)
    }

    /// Looks whether the store of an address could be opened so, and leaves it as it is.
    ///
    /// - Returns: what opening it would do first.
    /// - Throws: ``Verification/StoreError``, as ``open(at:mark:protection:node:limits:)`` would.
    public static func look(
        at address: String, mark: StoreMark, protection: (any SecretProtection)?, limits: PostgreSQLLimits = PostgreSQLLimits()
    ) async throws(StoreError) -> StoreOpening {
        let address = try PostgreSQLAddress(address)
        return try await StoreThreads.run { () throws(StoreError) in
            try PostgreSQLSchema(ServerLink(address, limits, isReadOnly: true)).opening(mark: mark, protection: protection)
        }
    }

    /// What the store of an address was created for.
    ///
    /// - Throws: ``Verification/StoreError``: out of reach, no store.
    public static func mark(of address: String, limits: PostgreSQLLimits = PostgreSQLLimits()) async throws(StoreError) -> StoreMark {
        let address = try PostgreSQLAddress(address)
        return try await StoreThreads.run { () throws(StoreError) in
            try PostgreSQLSchema(ServerLink(address, limits, isReadOnly: true)).mark()
        }
    }

    private init(
        _ address: PostgreSQLAddress, _ limits: PostgreSQLLimits, mark: StoreMark, protection: (any SecretProtection)?,
        isReadOnly: Bool = false, node: String? = nil
    ) {
        self.mark = mark
        secrets = StoredSecrets(protection: protection)
        self.isReadOnly = isReadOnly
        threads = StoreThreads(address, limits, secrets: secrets, isReadOnly: isReadOnly, node: node)
    }

    /// Makes sure that the name is still this process's: whoever writes has it.
    ///
    /// - Throws: ``Verification/StoreError/nameTaken(_:)``; the store's own.
    public func holdName() async throws(StoreError) { try await write { (_) throws(StoreError) in } }

    /// Runs `body` as one transaction, which may share its commit with others that came at the same time.
    ///
    /// - Throws: ``Verification/StoreError``, the body's or the store's own; after ``Verification/StoreError/unknownOutcome(server:)`` it
    ///   may have happened.
    public func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R
    {
        guard !Task.isCancelled else { throw .cancelled }
        guard !isReadOnly else { throw .unavailable("it was opened for reading alone") }
        do throws(StoreError) {
            let result = try await PendingErrand<R>(body).outcome(of: threads.writing.append)
            shortage.note(nil)
            return result
        } catch {
            shortage.note(error)
            throw error
        }
    }

    /// Runs one transaction of three parts, of which only the last needs the turn to write.
    ///
    /// The others run beside whoever has it, in this process or another, and not on the caller's actor. Where that is in vain, or took long, all
    /// parts run again in the turn.
    ///
    /// - Throws: ``Verification/StoreError``, the parts' or the store's own; as for ``write(_:)``.
    @concurrent public func write<Seen: Sendable, Thought: Sendable, R: Sendable>(
        afterLooking look: @escaping @Sendable (any StoreReader) throws(StoreError) -> Seen,
        thinking think: @escaping @Sendable (Seen, any UpdatePreparing) throws(StoreError) -> Thought,
        _ act: @escaping @Sendable (any StoreTransaction, Thought) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let whole: @Sendable (any StoreTransaction) throws(StoreError) -> R = { (transaction) throws(StoreError) in
            try act(transaction, think(look(transaction), transaction))
        }
        let (begun, lifetime) = (ContinuousClock.now, thoughtLifetime)
        let seen: Seen
        do throws(StoreError) { seen = try await read(isPatient: false, look) } catch {
            // Readers have connections of their own, and there may be none left for them: the writer's will do.
            guard error.isOfCrowd else {
                shortage.note(error)
                throw error
            }
            return try await write(whole)
        }
        let thought = try think(seen, secrets)
        do throws(StoreError) {
            return try await write { (transaction) throws(StoreError) in
                guard begun.duration(to: .now) < lifetime else { return try whole(transaction) }
                return try act(transaction, thought)
            }
        } catch {
            guard case .conflict = error else { throw error }
            return try await write(whole)
        }
    }

    /// Runs `body` over one consistent state.
    ///
    /// - Throws: ``Verification/StoreError``, the body's or the store's own.
    public func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await read(isPatient: true, body)
    }

    private func read<R: Sendable>(
        isPatient: Bool, _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        guard !Task.isCancelled else { throw .cancelled }
        return try await PendingErrand<R>(isPatient: isPatient, body).outcome(of: threads.reading.append)
    }

    /// Seals all secrets under the present key anew, in many small transactions: others go on meanwhile.
    ///
    /// Afterwards the other keys are needed no more, once every process has the present one.
    ///
    /// - Parameter progress: is told how many secrets were sealed so far.
    /// - Returns: how many secrets were sealed anew.
    /// - Throws: ``Verification/StoreError``: no keys, a secret under a key that was not given.
    @discardableResult
    public func rotateKeys(progress: (Int) -> Void = { _ in }) async throws(StoreError) -> Int {
        guard let protection = secrets.protection else { throw .keyNeeded }
        return try await SecretRotation(protection: protection).sealAnew(in: self, progress: progress)
    }
}

/// The threads of a store, which block so that Swift's own never do; they end with this value.
final class StoreThreads: Sendable {
    let writing = ErrandQueue()
    let reading = ErrandQueue()

    init(_ address: PostgreSQLAddress, _ limits: PostgreSQLLimits, secrets: StoredSecrets, isReadOnly: Bool, node: String?) {
        Self.start { [writing] in WriteLane(ServerLink(address, limits, node: node), secrets: secrets, queue: writing).serve() }
        for _ in 0..<max(1, limits.readers) {
            Self.start { [reading] in
                ReadLane(ServerLink(address, limits, isReadOnly: isReadOnly), secrets: secrets, queue: reading).serve()
            }
        }
    }

    deinit {
        writing.close()
        reading.close()
    }

    /// Runs `body` on a thread of its own.
    static func run<R: Sendable>(_ body: @escaping @Sendable () throws(StoreError) -> R) async throws(StoreError) -> R {
        let result: Result<R, StoreError> = await withCheckedContinuation { caller in
            start { caller.resume(returning: Result { () throws(StoreError) in try body() }) }
        }
        return try result.get()
    }

    private static func start(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = "tessera-store"
        thread.start()
    }
}
#endif
