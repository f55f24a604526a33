import GRDB
import StoreTables
import Synchronization
import Verification

/// Connections with which callers look a few rows up on the threads they are on.
///
/// The pool's readers will not do: who reads with one gives it back on a thread of Swift's own, which a caller who waited for it there would
/// keep from doing so.
final class CallerReaders: Sendable {
    /// The connection that writes: it closes last, and folds the log into the file.
    private let writer: any DatabaseWriter
    private let free = Mutex<[DatabaseQueue]>([])
    private let open: @Sendable () throws -> DatabaseQueue
    private let secrets: StoredSecrets
    private let turns: CallerTurns

    /// Connections to the file of `writer`, each opened when it is first needed, at most as many as there are turns.
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

    /// Runs `body` over one consistent state; `nil` when no turn is free, or another process keeps everybody out.
    func lookUp<R>(_ body: (any StoreReader) throws(StoreError) -> R) -> Result<R, StoreError>? {
        guard turns.take() else { return nil }
        defer { turns.give() }
        guard let reader = free.withLock({ $0.popLast() }) ?? (try? open()) else { return nil }
        defer { free.withLock { $0.append(reader) } }
        do { return .success(try reader.read { try body(SQLiteTransaction(database: $0, secrets: secrets)) }) } catch {
            let error = StoreError(error)
            return error == .busy ? nil : .failure(error)
        }
    }
}
