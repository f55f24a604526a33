public import CoreMetrics
import Foundation
import GRDB
import StoreTables
public import Verification

/// A store in one SQLite file, for any number of processes on one machine.
///
/// Write-ahead log and `synchronous=FULL`: what was acknowledged survives a loss of power. The file and its folder are for their
/// owner alone.
public struct SQLiteStore: Store {
    /// What the store was created for; it never changes.
    public let mark: StoreMark
    let database: any DatabaseWriter
    let secrets: StoredSecrets
    private let commits: GroupCommit
    /// `nil` without a file: there is one connection then.
    private let lookups: GroupLookup?
    private let file: FileWitness
    /// How long what was thought beside others counts: the audit log tells moments in their order.
    var thoughtLifetime: Duration = .seconds(1)

    /// Opens the store in a file, or creates it.
    ///
    /// Processes that open a fresh file together wait for each other, at most ten seconds.
    ///
    /// - Parameters:
    ///   - path: the file; its folder is made when it is missing. Two more files, `-wal` and `-shm`, live beside it, and a lock.
    ///   - mark: what it is created for, or was.
    ///   - protection: what seals seeds and keys of devices. A production store always has one; a test store may have none. One that was
    ///     made without is sealed when it is first opened with.
    ///   - metrics: takes how many commits there were, and how many writers shared them.
    /// - Throws: ``Verification/StoreError``: created with another mark, readable by others, no store, not durable; keys missing or other
    ///   ones.
    public init(
        at path: String, mark: StoreMark, protection: (any SecretProtection)? = nil, metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(StoreError) {
        let path = try PrivateFile.place(of: path)
        guard mark == .test || protection != nil else {
            if let stored = try? Self.mark(of: path), stored != mark { throw .otherMark(stored) }
            throw .keyNeeded
        }
        do {
            let lock = try StoreLock(beside: path)
            defer { lock.release() }
            try StoreLock.refuseEmptied(path)
            let taken = try PrivateFile.prepare(path)
            let patience = BusyPatience()
            let configuration = Self.configuration(patience, for: taken)
            let pool = try DatabasePool(path: path, configuration: configuration)
            try Schema.migrate(pool, mark: mark)
            try SecretRotation.prepare(pool, protection: protection)
            // Only now: the pool itself sets NORMAL while it opens. Readers never write, so that the writer's setting is the one that counts.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            database = pool
            secrets = StoredSecrets(protection: protection)
            let turns = CallerTurns()
            commits = GroupCommit(pool, secrets: secrets, patience: patience, turns: turns, counts: CommitCounts(metrics))
            lookups = GroupLookup(LookupConnections(beside: pool, at: path, configuration, secrets: secrets, turns: turns))
            file = FileWitness(path, taken)
            self.mark = mark
            lock.remember()
        } catch {
            throw StoreError(error)
        }
        let durability = try durability()
        guard durability == Durability(journal: "wal", synchronous: 2) else {
            throw .notDurable("journal \(durability.journal), synchronous \(durability.synchronous)")
        }
    }

    /// Opens a store that exists for its audit log: nothing in it is sealed, and without its keys secrets cannot be read through it.
    ///
    /// - Parameters:
    ///   - isReadOnly: whether nothing can be written either.
    ///   - protection: what opens secrets that are wanted besides; `nil` for none.
    /// - Throws: ``Verification/StoreError``.
    public init(auditing path: String, isReadOnly: Bool, protection: (any SecretProtection)? = nil) throws(StoreError) {
        let path = try PrivateFile.place(of: path)
        let mark = try Self.mark(of: path)
        do {
            let taken = try Self.taken(path)
            let patience = BusyPatience()
            var configuration = Self.configuration(patience, for: taken)
            configuration.readonly = isReadOnly
            let pool = try DatabasePool(path: path, configuration: configuration)
            if isReadOnly {
                try Schema.check(pool, mark: mark)
            } else {
                let lock = try StoreLock(beside: path)
                defer { lock.release() }
                try Schema.migrate(pool, mark: mark)
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            }
            database = pool
            secrets = StoredSecrets(protection: protection)
            let turns = CallerTurns()
            commits = GroupCommit(pool, secrets: secrets, patience: patience, turns: turns)
            lookups = GroupLookup(LookupConnections(beside: pool, at: path, configuration, secrets: secrets, turns: turns))
            file = FileWitness(path, taken)
            self.mark = mark
        } catch {
            throw StoreError(error)
        }
    }

    /// Takes a file that is there; SQLite looks at it.
    private static func taken(_ path: String) throws(StoreError) -> OpenFile {
        guard let file = try OpenFile.take(path) else { throw .unavailable("there is no file \"\(path)\"") }
        return file
    }

    /// How every connection to a file is opened.
    ///
    /// What undoes a single statement is kept in small pieces of memory: SQLite would otherwise take 64 KiB for each statement that sets off
    /// a trigger, and give them back.
    private static func configuration(_ patience: BusyPatience, for file: OpenFile) -> Configuration {
        var configuration = Configuration()
        configuration.keep(file)
        configuration.busyMode = patience.mode
        configuration.label = "SQLiteStore"
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
        return configuration
    }

    /// What the store in a file was created for.
    ///
    /// - Throws: ``Verification/StoreError``: no file, no store.
    public static func mark(of path: String) throws(StoreError) -> StoreMark {
        guard FileManager.default.fileExists(atPath: path) else { throw .unavailable("there is no file \"\(path)\"") }
        let path = try PrivateFile.place(of: path)
        do {
            var configuration = Configuration()
            configuration.keep(try taken(path))
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            return try DatabaseQueue(path: path, configuration: configuration).read { try Schema.mark(in: $0) }
        } catch { throw StoreError(error) }
    }

    /// Looks whether the store in a file could be opened so, and leaves it as it is.
    ///
    /// - Returns: what opening it would do first.
    /// - Throws: ``Verification/StoreError``, as ``init(at:mark:protection:metrics:)`` would.
    public static func look(at path: String, mark: StoreMark, protection: (any SecretProtection)?) throws(StoreError) -> StoreOpening {
        let path = try PrivateFile.place(of: path)
        try StoreLock.refuseEmptied(path)
        guard try PrivateFile.holdsSomething(path) else {
            guard mark == .test || protection != nil else { throw .keyNeeded }
            return .creates
        }
        let stored = try Self.mark(of: path)
        guard stored == mark else { throw .otherMark(stored) }
        guard mark == .test || protection != nil else { throw .keyNeeded }
        do {
            var configuration = Self.configuration(BusyPatience(), for: try taken(path))
            configuration.readonly = true
            let database = try DatabaseQueue(path: path, configuration: configuration)
            guard try Schema.isWhole(database, mark: mark) else { return .bringsUpToDate }
            return try SecretRotation.opening(database, protection: protection)
        } catch { throw StoreError(error) }
    }

    /// Makes a store that lives as long as this value, for demonstrations and tests.
    ///
    /// - Throws: ``Verification/StoreError``.
    public init(inMemory mark: StoreMark) throws(StoreError) {
        do {
            let queue = try DatabaseQueue()
            try Schema.migrate(queue, mark: mark)
            database = queue
            secrets = StoredSecrets(protection: nil)
            commits = GroupCommit(queue, secrets: secrets, patience: BusyPatience(), turns: CallerTurns())
            lookups = nil
            file = FileWitness()
            self.mark = mark
        } catch {
            throw StoreError(error)
        }
    }

    /// The full disk that the last write met; `nil` after one that was stored.
    public var trouble: StoreError? { file.trouble }

    /// Runs `body` as one transaction, which may share its commit with others that came at the same time, and beside the caller's actor.
    ///
    /// - Throws: ``Verification/StoreError``, the body's or the store's own.
    @concurrent public func write<R: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        try await remembering { () throws(StoreError) in try await commits.write(body) }
    }

    /// Runs one transaction of three parts, beside the caller's actor: while others write, `look` and `think` run beside them, over the state
    /// before its own transaction.
    ///
    /// - Throws: ``Verification/StoreError``, the parts' or the store's own.
    @concurrent public func write<Seen: Sendable, Thought: Sendable, R: Sendable>(
        afterLooking look: @escaping @Sendable (any StoreReader) throws(StoreError) -> Seen,
        thinking think: @escaping @Sendable (Seen, any UpdatePreparing) throws(StoreError) -> Thought,
        _ act: @escaping @Sendable (any StoreTransaction, Thought) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let whole: @Sendable (TableTransaction) throws(StoreError) -> R = { (transaction) throws(StoreError) in
            try act(transaction, think(look(transaction), transaction))
        }
        return try await remembering { () throws(StoreError) in
            if let result = commits.lead(whole) { return try result.get() }
            let (begun, lifetime) = (ContinuousClock.now, thoughtLifetime)
            let thought = try think(await seen(look), secrets)
            do throws(StoreError) {
                return try await commits.write { (transaction) throws(StoreError) in
                    guard begun.duration(to: .now) < lifetime else { return try whole(transaction) }
                    return try act(transaction, thought)
                }
            } catch {
                guard case .conflict = error else { throw error }
                return try await commits.write(whole)
            }
        }
    }

    /// Writes, and keeps in mind whether the disk is full.
    private func remembering<R>(_ write: () async throws(StoreError) -> R) async throws(StoreError) -> R {
        try file.check()
        do throws(StoreError) {
            let result = try await write()
            file.tell(nil)
            return result
        } catch {
            if error == .full { file.tell(error) }
            throw error
        }
    }

    /// Runs `body` over one consistent state.
    ///
    /// - Throws: ``Verification/StoreError``, the body's or the store's own.
    public func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try file.check()
        do { return try await database.read { [secrets] in try body(SQLiteTransaction(database: $0, secrets: secrets)) } } catch {
            throw StoreError(error)
        }
    }

    /// Runs `body` over one consistent state, which it may share with others that came at the same time, and beside the caller's actor.
    ///
    /// - Throws: ``Verification/StoreError``, the body's or the store's own.
    @concurrent public func lookUp<R: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        try file.check()
        return try await seen(body)
    }

    /// Runs `body` as ``lookUp(_:)`` does, on a file that was looked at.
    private func seen<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        if let found = try await lookups?.lookUp(body) { return found }
        // There is one connection, or another process keeps everybody out: this waits for it.
        return try await read(body)
    }

    /// What the writing connection promises.
    struct Durability: Equatable {
        /// The journal mode: `wal`.
        let journal: String
        /// When the file is synchronised: 2 is FULL.
        let synchronous: Int
    }

    /// Reads back what the writing connection promises.
    func durability() throws(StoreError) -> Durability {
        do {
            return try database.writeWithoutTransaction {
                Durability(
                    journal: try String.fetchOne($0, sql: "PRAGMA journal_mode") ?? "",
                    synchronous: try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1)
            }
        } catch { throw StoreError(error) }
    }
}

extension StoreError {
    /// What went wrong below, in the store's words.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case is CancellationError: self = .cancelled
        case let error as DatabaseError:
            let text = error.message ?? "\(error.resultCode)"
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
            case .SQLITE_FULL: self = .full
            case .SQLITE_CORRUPT: self = .damaged(text)
            case .SQLITE_NOTADB: self = .foreign("the file is no database")
            case .SQLITE_CONSTRAINT: self = .conflict(text)
            // By whoever gave up the call, and nobody else.
            case .SQLITE_INTERRUPT: self = .cancelled
            default: self = .unavailable(text)
            }
        default: self = .unavailable("\(error)")
        }
    }
}
