import Foundation
import GRDB
import Verification

/// Lets concurrent transactions share one commit, and with it one synchronisation of the disk.
///
/// Whoever arrives during a commit joins the next. Each caller has a savepoint: one whose body throws undoes its own part alone. Nobody
/// hears of success before the commit, and a commit that fails fails all. A plain thread does it, because it blocks.
final class GroupCommit: Sendable {
    private let database: any DatabaseWriter
    private let queue = WriteQueue()

    /// Begins to write to `database`; it is closed when this value goes and the last transaction has ended.
    init(_ database: any DatabaseWriter) {
        self.database = database
        let thread = Thread { [queue] in
            while let group = queue.next() { Self.run(group) }
        }
        thread.name = "tessera-store"
        thread.start()
    }

    deinit { queue.close() }

    /// Runs `body` in the next commit.
    func write<R: Sendable>(_ body: @escaping PendingWrite<R>.Body) async throws(StoreError) -> R {
        try await PendingWrite(body, in: database).outcome(of: queue.append)
    }

    /// Carries out one group, and then lets all its callers go on.
    static func run(_ group: [any QueuedWrite]) {
        let (begun, failure) = commit(group)
        for write in begun { write.end(failure) }
    }

    /// Those whose turn came, and why nothing of them was stored; `nil` when all that did not fail by itself is durable.
    private static func commit(_ group: [any QueuedWrite]) -> ([any QueuedWrite], StoreError?) {
        var database: (any DatabaseWriter)?
        let begun = group.filter { write in
            guard let its = write.begin() else { return false }
            database = its
            return true
        }
        guard let database else { return ([], nil) }
        return (begun, commit(begun, to: database))
    }

    private static func commit(_ group: [any QueuedWrite], to database: any DatabaseWriter) -> StoreError? {
        do {
            try database.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    for write in group { try run(write, in: database) }
                    return .commit
                }
            }
            return nil
        } catch {
            return StoreError(error)
        }
    }

    /// Runs one transaction in a savepoint of its own.
    private static func run(_ write: any QueuedWrite, in database: Database) throws {
        try database.cachedStatement(sql: "SAVEPOINT caller").execute()
        if let failure = write.run(in: database) {
            // A full disk or a failed read ends the whole transaction by itself, and with it everybody's part.
            guard database.isInsideTransaction else { throw failure }
            try database.cachedStatement(sql: "ROLLBACK TO caller").execute()
        }
        try database.cachedStatement(sql: "RELEASE caller").execute()
    }
}
