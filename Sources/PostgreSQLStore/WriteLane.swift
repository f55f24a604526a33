#if PostgreSQL
import FoundationEssentials
import Glibc
import StoreTables
import Verification

/// The thread that writes: all who wait go into one transaction, a savepoint each, behind whoever has the turn in other processes.
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
        let deadline = link.deadline
        while true {
            switch attempt(group, until: deadline) {
            case .stored:
                for errand in group { errand.end(nil) }
                return
            case .failed(let error, let wasRun):
                end(group, with: error, wasRun: wasRun)
                return
            case .again(let error, let wasRun):
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
        // Whoever came meanwhile would wait as long for the same.
        guard error.isOfConnection else { return }
        for errand in queue.takeAll() where errand.begin() { errand.end(error) }
    }

    private func attempt(_ group: [any Errand], until deadline: ContinuousClock.Instant) -> Attempt {
        let connection: ServerConnection
        do throws(ServerFailure) { connection = try link.connected(until: deadline) } catch {
            return .failed(error.error(from: link.address.name), wasRun: false)
        }
        do throws(ServerFailure) {
            try takeTurn(on: connection)
            guard try run(group, on: connection) else { return .stored }
        } catch {
            link.recover(from: error)
            let reason = error.error(from: link.address.name)
            if case .lost = error { return .again(reason, wasRun: false) }
            return error.isPassing ? .again(reason, wasRun: false) : .failed(reason, wasRun: false)
        }
        do throws(ServerFailure) {
            // A standby that was no longer waited for: whoever takes over may not have it.
            guard try connection.commit() == nil else { return .failed(.unknownOutcome(server: link.address.name), wasRun: true) }
            return .stored
        } catch {
            link.recover(from: error)
            let reason = error.error(from: link.address.name)
            guard case .lost = error else {
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
    private func takeTurn(on connection: ServerConnection) throws(ServerFailure) {
        connection.forget()
        try connection.query("BEGIN")
        number += 1
        let result = try connection.run(
            """
            WITH turn AS MATERIALIZED (SELECT one FROM audit_chain WHERE one = 1 FOR UPDATE)
            INSERT INTO writer (id, number, at) SELECT ?, ?, now() FROM turn
            ON CONFLICT (id) DO UPDATE SET number = excluded.number, at = excluded.at
            """, [.text(id), .integer(number)])
        guard result.changes == 1 else { throw .unfit(.damaged("the audit log has no name")) }
    }

    /// Runs all bodies; `false` when the only one failed, so that there is nothing to commit.
    private func run(_ group: [any Errand], on connection: ServerConnection) throws(ServerFailure) -> Bool {
        let transaction = TableTransaction(connection: connection, secrets: secrets)
        let isAlone = group.count == 1
        for (index, errand) in group.enumerated() {
            if !isAlone { try connection.query(index == 0 ? "SAVEPOINT caller" : "RELEASE caller; SAVEPOINT caller") }
            let error = errand.run(in: transaction)
            if let failure = connection.failure {
                if case .lost = failure { throw failure }
                guard !failure.isPassing else { throw failure }
                connection.forget()
                if error == nil { errand.spoil(failure.error(from: link.address.name)) }
            } else if error == nil {
                continue
            }
            try connection.query(isAlone ? "ROLLBACK" : "ROLLBACK TO caller")
            if isAlone { return false }
        }
        return true
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
