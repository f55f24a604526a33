import GRDB
import StoreTables
import Synchronization
import Verification

/// Connections with which callers look a few rows up on the threads they are on.
///
/// The pool's readers will not do: who reads with one gives it back on a thread of Swift's own, which a caller who waited for it there would
/// keep from doing so.
final class CallerReaders: Sendable {
    private let free: Mutex<[DatabaseQueue]>
    private let secrets: StoredSecrets
    private let turns: CallerTurns

    /// Opens as many as there are turns.
    ///
    /// - Parameter configuration: the pool's; these only read, and never wait for other processes.
    init(_ path: String, _ configuration: Configuration, secrets: StoredSecrets, turns: CallerTurns) throws {
        var configuration = configuration
        configuration.readonly = true
        configuration.busyMode = .immediateError
        free = Mutex(try (0..<turns.count).map { _ in try DatabaseQueue(path: path, configuration: configuration) })
        self.secrets = secrets
        self.turns = turns
    }

    /// Of a store without a file, which has one connection: nobody looks anything up here.
    init(secrets: StoredSecrets) {
        free = Mutex([])
        self.secrets = secrets
        turns = CallerTurns(0)
    }

    /// Runs `body` over one consistent state; `nil` when no turn is free, or another process keeps everybody out.
    func lookUp<R>(_ body: (any StoreReader) throws(StoreError) -> R) -> Result<R, StoreError>? {
        guard turns.take() else { return nil }
        defer { turns.give() }
        guard let reader = free.withLock({ $0.popLast() }) else { return nil }
        defer { free.withLock { $0.append(reader) } }
        do { return .success(try reader.read { try body(SQLiteTransaction(database: $0, secrets: secrets)) }) } catch {
            let error = StoreError(error)
            return error == .busy ? nil : .failure(error)
        }
    }
}
