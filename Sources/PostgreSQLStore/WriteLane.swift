#if PostgreSQL
import FoundationEssentials
import Glibc
import StoreTables
import Verification

/// The thread that writes: all who wait go into one transaction, behind whoever has the turn in other processes.
///
/// It hopes for the best: changes are put off, and waited for together. Where one fails, everything is undone but the turn, and all run once
/// more, a savepoint each.
///
/// Bodies decide by what they read, and were written for writers that come one after the other. So a transaction begins with the lock on
/// the row of the audit log, and with a number in the row of this writer: after a connection broke during `COMMIT`, the lock tells that
/// the old transaction is over, and the number whether it was committed; on a standby that took over, too, where the number of the
/// transaction itself (`pg_xact_status`) may meanwhile be somebody else's.
final class WriteLane {
    /// The most bodies of one commit: it bounds how long the first of them waits for the last.
    private static let groupLimit = 64

    /// What became of an attempt.
    private enum Attempt {
        case stored
        /// Nothing was stored, and the same may go well next time.
        case again(StoreError, wasRun: Bool)
        /// `wasRun` says that all bodies came to their end, and that their commit did not.
        case failed(StoreError, wasRun: Bool)
    }

    private let link: ServerLink
    private let secrets: StoredSecrets
    private let queue: ErrandQueue
    /// Names this thread, in all processes there ever are.
    private let id = UUID().uuidString
    private var number: Int64 = 0

    init(_ link: ServerLink, secrets: StoredSecrets, queue: ErrandQueue) {
        self.link = link
        self.secrets = secrets
        self.queue = queue
    }

    /// The life of the thread.
    func serve() {
        while let group = queue.take(atMost: Self.groupLimit) {
            let begun = group.filter { $0.begin() }
            if !begun.isEmpty { store(begun) }
        }
        leave()
    }

    private func store(_ group: [any Errand]) {
        var (deadline, wasConnected) = (link.deadline, link.isConnected)
        while true {
            switch attempt(group, until: deadline) {
            case .stored:
                for errand in group { errand.end(nil) }
                return
            case .failed(let error, let wasRun):
                end(group, with: error, wasRun: wasRun)
                return
            case .again(let error, let wasRun):
                // A connection from before may have died in silence, which took the time: a server has it anew from then on.
                if wasConnected, !link.isConnected { (deadline, wasConnected) = (link.deadline, false) }
                guard ContinuousClock.now >= deadline else {
                    usleep(1_000)
                    continue
                }
                end(group, with: error, wasRun: wasRun)
                return
            }
        }
    }

    private func end(_ group: [any Errand], with error: StoreError, wasRun: Bool) {
        for errand in group { if wasRun { errand.end(unlessItFailed: error) } else { errand.end(error) } }
        // Whoever came meanwhile would wait as long for the same; behind others who write, those whose time for that is over.
        guard error.isOfConnection || error == .busy else { return }
        let moment: ContinuousClock.Instant = error == .busy ? .now - link.limits.lock : .now
        for errand in queue.takeAll(before: moment) where errand.begin() { errand.end(error) }
    }

    private func attempt(_ group: [any Errand], until deadline: ContinuousClock.Instant) -> Attempt {
        let connection: ServerConnection
        do throws(ServerFailure) { connection = try link.connected(until: deadline) } catch {
            return .failed(error.error(from: link.address.name), wasRun: false)
        }
        do throws(ServerFailure) {
            let ends = try takeTurn(on: connection)
            if group.count == 1 {
                guard try runAlone(group[0], on: connection, ends) else { return .stored }
            } else if try !runTogether(group, on: connection, ends) {
                try runOneByOne(group, on: connection, ends)
            }
        } catch {
            link.recover(from: error)
            if error.isLockTimeout { link.endStuckWriters() }
            let reason = error.error(from: link.address.name)
            return error.isLost || error.isPassing ? .again(reason, wasRun: false) : .failed(reason, wasRun: false)
        }
        do throws(ServerFailure) {
            // A standby that was no longer waited for: whoever takes over may not have it.
            guard try connection.commit() == nil else { return .failed(.unknownOutcome(server: link.address.name), wasRun: true) }
            return .stored
        } catch {
            link.recover(from: error)
            let reason = error.error(from: link.address.name)
            guard error.isLost else {
                return error.isPassing ? .again(reason, wasRun: true) : .failed(reason, wasRun: true)
            }
            switch wasCommitted() {
            case true?: return .stored
            case false?: return .again(reason, wasRun: true)
            case nil: return .failed(.unknownOutcome(server: link.address.name), wasRun: true)
            }
        }
    }

    /// Begins a transaction, once nobody else writes.
    ///
    /// - Returns: where the log ends, which is read behind the lock: by a statement of its own, since each sees what was there when it began.
    ///   A log whose end is damaged is the trouble of those who append to it.
    private func takeTurn(on connection: ServerConnection) throws(ServerFailure) -> LogEnds {
        connection.forget()
        try connection.start("BEGIN")
        number += 1
        try connection.start(
            """
            WITH turn AS MATERIALIZED (SELECT one FROM audit_chain WHERE one = 1 FOR UPDATE)
            INSERT INTO writer (id, number, at) SELECT ?, ?, now() FROM turn
            ON CONFLICT (id) DO UPDATE SET number = excluded.number, at = excluded.at
            """, [.text(id), .integer(number)], otherwise: .unfit(.damaged("the audit log has no name")))
        let ends = LogEnds()
        do throws(StoreError) { try transaction(on: connection, ends).findEnds() } catch {
            if let failure = connection.failure { throw failure }
        }
        return ends
    }

    /// Runs all bodies, and waits for the server once, but for what they read; `false` when one failed, and everything is undone but the turn.
    private func runTogether(_ group: [any Errand], on connection: ServerConnection, _ ends: LogEnds) throws(ServerFailure) -> Bool {
        try connection.start("SAVEPOINT together")
        var hasFailed = false
        for errand in group where !hasFailed {
            hasFailed = errand.run(in: transaction(on: connection, ends)) != nil || connection.failure != nil
        }
        let failure = try settled(connection)
        guard hasFailed || failure != nil else { return true }
        try undo("ROLLBACK TO together", on: connection, ends)
        return false
    }

    /// Runs all bodies, one after the other: whoever fails undoes their own part alone.
    private func runOneByOne(_ group: [any Errand], on connection: ServerConnection, _ ends: LogEnds) throws(ServerFailure) {
        for errand in group {
            // Waited for: what is undone would otherwise be the part of the one before, should the server refuse this.
            try connection.query("SAVEPOINT caller")
            if try !run(errand, on: connection, ends) { try undo("ROLLBACK TO caller", on: connection, ends) }
            try connection.query("RELEASE caller")
        }
    }

    /// Runs the only body; `false` when it failed, so that there is nothing to commit.
    private func runAlone(_ errand: any Errand, on connection: ServerConnection, _ ends: LogEnds) throws(ServerFailure) -> Bool {
        if try run(errand, on: connection, ends) { return true }
        try undo("ROLLBACK", on: connection, ends)
        return false
    }

    /// Runs a body, and waits for all that it changes; `false` when it failed, or the server refused something.
    private func run(_ errand: any Errand, on connection: ServerConnection, _ ends: LogEnds) throws(ServerFailure) -> Bool {
        let error = errand.run(in: transaction(on: connection, ends))
        guard let failure = try settled(connection) else { return error == nil }
        if error == nil { errand.spoil(failure.error(from: link.address.name)) }
        return false
    }

    /// What the server refused, once all answers are there.
    ///
    /// - Throws: ``ServerFailure``, where the whole transaction has to be tried again.
    private func settled(_ connection: ServerConnection) throws(ServerFailure) -> ServerFailure? {
        guard let failure = connection.settled() else { return nil }
        guard !failure.isLost, !failure.isPassing else { throw failure }
        return failure
    }

    private func undo(_ statement: String, on connection: ServerConnection, _ ends: LogEnds) throws(ServerFailure) {
        connection.forget()
        try connection.query(statement)
        ends.forget()
    }

    private func transaction(on connection: ServerConnection, _ ends: LogEnds) -> TableTransaction {
        TableTransaction(connection: connection, secrets: secrets, ends: ends)
    }

    /// Whether the transaction with the present number was committed; `nil` when no server could be asked in time.
    private func wasCommitted() -> Bool? {
        let deadline = link.deadline
        repeat {
            do throws(ServerFailure) {
                let connection = try link.connected(until: deadline)
                connection.forget()
                try connection.query("BEGIN")
                // Whoever has the lock sees what became of all who had it before.
                _ = try connection.run("SELECT one FROM audit_chain WHERE one = 1 FOR UPDATE", [])
                let mine = try connection.run("UPDATE writer SET at = now() WHERE id = ? AND number = ?", [.text(id), .integer(number)])
                // A standby confirms in order: with this commit it has the one before, too.
                if try connection.commit() == nil { return mine.changes == 1 }
            } catch {
                link.recover(from: error)
                usleep(50_000)
            }
        } while ContinuousClock.now < deadline
        return nil
    }

    /// Takes this writer's row away; what a process that was killed leaves is small.
    private func leave() {
        do throws(ServerFailure) {
            guard number > 0 else { return }
            _ = try link.connected(until: .now).run("DELETE FROM writer WHERE id = ? OR at < now() - interval '7 days'", [.text(id)])
        } catch { link.drop() }
    }
}
#endif
