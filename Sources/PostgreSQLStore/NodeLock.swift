#if PostgreSQL
import Glibc
import StoreTables
import Verification

/// The name under which one process at a time writes to a store's schema: an advisory lock (PostgreSQL, 13.3.5) of the very session that
/// writes.
///
/// So what is committed is committed by whoever has the name then: a session that is gone takes the lock with it, and a new one writes nothing
/// before it has taken the lock again.
final class NodeLock {
    let name: String
    private let key: String
    /// The session that had it last, by number and beginning; it may linger at the server after its connection is lost.
    private var session: (number: Int64, began: String)?

    init(_ name: String, in schema: String) {
        self.name = name
        key = "\(schema)/\(name)"
    }

    /// Takes the lock for a new session, away from an earlier one of this process alone.
    ///
    /// - Throws: ``ServerFailure``, with ``Verification/StoreError/nameTaken(_:)`` when another process has it.
    func take(on connection: ServerConnection) throws(ServerFailure) {
        var isHeld = try lock(on: connection)
        var isLingering = false
        if !isHeld, let session {
            for _ in 0..<100 where !isHeld {
                let found = try connection.run(
                    "SELECT pg_terminate_backend(pid)::int::bigint FROM pg_stat_activity WHERE pid = ?::int AND backend_start::text = ?",
                    [.integer(session.number), .text(session.began)])
                usleep(20_000)
                isHeld = try lock(on: connection)
                isLingering = !found.isEmpty
                // It is gone, and another process was quicker.
                if !isLingering { break }
            }
        }
        // A server whose disk stalls ends nobody meanwhile.
        guard isHeld || !isLingering else { throw .lost("the former session of \(name) has not ended yet") }
        guard isHeld else { throw .unfit(.nameTaken(name)) }
        let own = try connection.run(
            "SELECT pid::bigint, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()", [])
        own.eachRow { row in session = (row.integer(at: 0) ?? 0, row.text(at: 1) ?? "") }
    }

    private func lock(on connection: ServerConnection) throws(ServerFailure) -> Bool {
        let result = try connection.run("SELECT pg_try_advisory_lock(\(Self.space), hashtext(?))::int::bigint", [.text(key)])
        var isHeld = false
        result.eachRow { row in isHeld = row.integer(at: 0) == 1 }
        return isHeld
    }

    /// `NODE`: other locks in the database have other names.
    private static let space = 1_313_817_669
}
#endif
