import GRDB
import StoreTables
import Synchronization
import Verification

/// Connections with which a few rows are looked up, by callers on the threads they are on and by the thread that does it for the others.
///
/// The pool's readers will not do: who reads with one gives it back on a thread of Swift's own, which a caller who waited for it there would
/// keep from doing so.
final class LookupConnections: Sendable {
    /// The connection that writes: it closes last, and folds the log into the file.
    private let writer: any DatabaseWriter
    private let free = Mutex<[DatabaseQueue]>([])
    private let open: @Sendable () throws -> DatabaseQueue
    private let secrets: StoredSecrets
    private let turns: CallerTurns

    /// Connections to the file of `writer`, each opened when it is first needed, at most one more than there are turns.
    ///
    /// - Parameter configuration: the writer's; these only read, and never wait for other processes.
    init(beside writer: any DatabaseWriter, at path: String, _ configuration: Configuration, secrets: StoredSecrets, turns: CallerTurns) {
        var configuration = configuration
        configuration.readonly = true
        configuration.busyMode = .immediateError
        self.writer = writer
        open = { [configuration] in try DatabaseQueue(path: path, configuration: configuration) }
        self.secrets = secrets
        self.turns = turns
    }

    deinit { free.withLock { $0 = [] } }

    /// Runs `body` over one consistent state on the caller's thread; `nil` when no turn is free, or another process keeps everybody out.
    func lookUp<R>(_ body: (any StoreReader) throws(StoreError) -> R) -> Result<R, StoreError>? {
        guard turns.take() else { return nil }
        defer { turns.give() }
        do { return .success(try read { try body(transaction(on: $0)) }) } catch {
            let error = StoreError(error)
            return error == .busy ? nil : .failure(error)
        }
    }

    /// Runs `body` over one consistent state.
    ///
    /// - Throws: what `body` throws, and ``Verification/StoreError/busy`` without a connection.
    func read<R>(_ body: (Database) throws -> R) throws -> R {
        guard let reader = free.withLock({ $0.popLast() }) ?? (try? open()) else { throw StoreError.busy }
        defer { free.withLock { $0.append(reader) } }
        return try reader.read(body)
    }

    /// What one caller looks up with, in a reading that others may share.
    func transaction(on database: Database) -> SQLiteTransaction { SQLiteTransaction(database: database, secrets: secrets) }
}
