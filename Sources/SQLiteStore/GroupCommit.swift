import Foundation
import GRDB
import StoreTables
import Verification

/// Lets concurrent transactions share one commit, and with it one synchronisation of the disk.
///
/// Whoever comes alone commits at once. Whoever comes during a commit joins the next, on a plain thread. Each has a savepoint there: one
/// whose body throws undoes its own part alone. Nobody hears of success before the commit, and a commit that fails fails all.
final class GroupCommit: Sendable {
    private let place: WritingPlace
    private let patience: BusyPatience
    private let turns: CallerTurns
    private let queue = TurnQueue<QueuedWrite>(patience: .microseconds(60))
    private let counts: CommitCounts

    /// Begins to write to `database`; it is closed when this value and whatever it still writes have gone.
    ///
    /// - Parameters:
    ///   - secrets: how secrets get into columns and out of them.
    ///   - patience: how long the database waits for other processes.
    ///   - turns: which callers may commit on their own threads.
    ///   - counts: how many commits there were.
    init(
        _ database: any DatabaseWriter, secrets: StoredSecrets, patience: BusyPatience, turns: CallerTurns,
        counts: CommitCounts = CommitCounts()
    ) {
        self.counts = counts
        place = WritingPlace(database: database, secrets: secrets)
        self.patience = patience
        self.turns = turns
        let thread = Thread { [queue, counts] in queue.serve { Self.run($0, counts) } }
        thread.name = "tessera-store"
        thread.start()
    }

    deinit { queue.close() }

    /// Runs `body` at once when nobody writes, or in the next commit.
    func write<R: Sendable>(_ body: @escaping PendingErrand<R>.Body) async throws(StoreError) -> R {
        if let result = lead(body) { return try result.get() }
        return try await PendingErrand(body).outcome { queue.append(QueuedWrite($0, at: place)) }
    }

    /// Runs `body` on the caller's thread; `nil` when somebody else writes, in this process or in another, or no turn is free.
    ///
    /// The thread waits for the disk once, and never for other processes.
    func lead<R: Sendable>(_ body: PendingErrand<R>.Body) -> Result<R, StoreError>? {
        guard !Task.isCancelled else { return .failure(.cancelled) }
        guard turns.take() else { return nil }
        defer { turns.give() }
        guard queue.lead() else { return nil }
        defer { queue.pass() }
        let result = patience.withNone { commit(body) }
        if case .failure(.busy) = result { return nil }
        counts.add(1)
        return result
    }

    /// One transaction in a commit of its own.
    private func commit<R: Sendable>(_ body: PendingErrand<R>.Body) -> Result<R, StoreError> {
        // Read here: nothing says on which thread the database runs this.
        let requester = Requester.current
        var result: R?
        do {
            try place.inTransaction { result = try body(place.transaction(on: $0, askedBy: requester)) }
        } catch {
            return .failure(StoreError(error))
        }
        return result.map(Result.success) ?? .failure(.unavailable("the transaction did not run"))
    }

    /// Carries out one group, and then lets all its callers go on.
    static func run(_ group: [QueuedWrite], _ counts: CommitCounts = CommitCounts()) {
        let (begun, failure) = commit(group)
        if !begun.isEmpty { counts.add(begun.count) }
        for write in begun { write.end(failure) }
    }

    /// Those whose turn came, and why nothing of them was stored; `nil` when all that did not fail by itself is durable.
    private static func commit(_ group: [QueuedWrite]) -> ([QueuedWrite], StoreError?) {
        guard let (begun, place) = group.begun() else { return ([], nil) }
        do {
            try place.inTransaction { database in
                let ends = LogEnds()
                for write in begun { try run(write, in: place.transaction(on: database, ends), on: database, ends) }
            }
            return (begun, nil)
        } catch {
            return (begun, StoreError(error))
        }
    }

    /// Runs one transaction in a savepoint of its own.
    private static func run(_ write: QueuedWrite, in transaction: SQLiteTransaction, on database: Database, _ ends: LogEnds) throws {
        _ = try database.execute("SAVEPOINT caller", [])
        if let failure = write.run(in: transaction) {
            // A full disk or a failed read ends the whole transaction by itself, and with it everybody's part.
            guard database.isInsideTransaction else { throw failure }
            _ = try database.execute("ROLLBACK TO caller", [])
            ends.forget()
        }
        _ = try database.execute("RELEASE caller", [])
    }
}

/// A caller's transaction that waits for its turn to write.
typealias QueuedWrite = QueuedErrand<WritingPlace>

/// Where transactions are written, and how secrets get into columns and out of them.
struct WritingPlace {
    let database: any DatabaseWriter
    let secrets: StoredSecrets

    /// Runs `body` in one transaction, which is durable then.
    fileprivate func inTransaction(_ body: (Database) throws -> Void) throws {
        try database.writeWithoutTransaction { database in
            try database.inTransaction(.immediate) {
                try body(database)
                return .commit
            }
        }
    }

    /// What one caller writes with, in a transaction that others may share.
    fileprivate func transaction(
        on database: Database, _ ends: LogEnds = LogEnds(), askedBy requester: Requester? = nil
    ) -> SQLiteTransaction {
        SQLiteTransaction(connection: database, secrets: secrets, ends: ends, requester: requester)
    }
}
