#if PostgreSQL
import Glibc
import StoreTables
import Verification

/// A thread's way to the server: a connection that is made anew when it is gone.
final class ServerLink {
    let address: PostgreSQLAddress
    let limits: PostgreSQLLimits
    /// How long a server is left alone that had no connection left, by those who have another way.
    private static let crowdedFor: Duration = .seconds(1)

    private let isReadOnly: Bool
    private let lock: NodeLock?
    private var connection: ServerConnection?
    /// That there was no connection left, and until when nobody asks again who has another way.
    private var crowd: (failure: ServerFailure, end: ContinuousClock.Instant)?

    /// - Parameters:
    ///   - isReadOnly: whether a server will do that takes no changes.
    ///   - node: the name that every connection has to itself, among all processes.
    init(_ address: PostgreSQLAddress, _ limits: PostgreSQLLimits, isReadOnly: Bool = false, node: String? = nil) {
        self.address = address
        self.limits = limits
        self.isReadOnly = isReadOnly
        lock = node.map { NodeLock($0, in: address.schema) }
    }

    /// A new end of the time in which a server may come back.
    var deadline: ContinuousClock.Instant { .now.advanced(by: limits.recovery) }

    /// Whether there is a connection, which may have died without a word.
    var isConnected: Bool { connection != nil }

    /// The connection that there is, or a new one to a server that keeps what it acknowledges; tried again until the deadline.
    ///
    /// - Parameter bearsCrowds: whether a server that has no connection left is asked again, too.
    func connected(until deadline: ContinuousClock.Instant, bearsCrowds: Bool = true) throws(ServerFailure) -> ServerConnection {
        if let connection { return connection }
        if let crowd, !bearsCrowds, .now < crowd.end { throw crowd.failure }
        var pause: UInt32 = 50_000
        while true {
            do throws(ServerFailure) {
                let new = try ServerConnection.open(address, limits: limits, isReadOnly: isReadOnly)
                if !isReadOnly { try new.checkDurability() }
                try lock?.take(on: new)
                connection = new
                return new
            } catch {
                if case .crowded("53300", _) = error {
                    crowd = (error, .now + Self.crowdedFor)
                    guard bearsCrowds else { throw error }
                }
                guard error.mayReconnect, ContinuousClock.now < deadline else { throw error }
                // A server that comes back is not to be met by everybody at once, again and again.
                pause = min(pause * 2, 800_000)
                usleep(pause)
            }
        }
    }

    /// Gives the connection up.
    func drop() { connection = nil }

    /// Ends what `failure` interrupted: on a connection that still answers the transaction, on another the connection.
    func recover(from failure: ServerFailure) {
        if failure.isLost {
            drop()
        } else {
            connection?.forget()
            do { try connection?.query("ROLLBACK") } catch { drop() }
        }
        connection?.forget()
    }
}

extension ServerLink {
    /// Ends whoever has the turn to write and has not been heard of for as long as the server itself lets a session idle in a transaction.
    ///
    /// The server watches for that between commands alone, and not while a group of them is on its way (PostgreSQL 15,
    /// `idle_in_transaction_session_timeout`): a process that was stopped there would keep the turn for ever.
    func endStuckWriters() {
        guard let connection else { return }
        do throws(ServerFailure) {
            _ = try connection.run(
                """
                SELECT pg_terminate_backend(holder.pid)::int::bigint FROM audit_chain AS chain
                JOIN pg_locks AS held ON held.locktype = 'transactionid' AND held.granted AND held.transactionid = chain.xmax
                JOIN pg_stat_activity AS holder ON holder.pid = held.pid
                WHERE holder.wait_event_type = 'Client'
                    AND holder.query_start < clock_timestamp() - interval '\((limits.answer + limits.answer).milliseconds) milliseconds'
                """, [])
        } catch { recover(from: error) }
    }
}

extension ServerConnection {
    /// Reads back what the server promises of a commit.
    func checkDurability() throws(ServerFailure) {
        let result = try run(
            """
            SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('server_version_num')
            """, [])
        var settings: [String] = []
        result.eachRow { row in settings = (0..<3).map { row.text(at: $0) ?? "" } }
        guard settings.count == 3, let version = Int(settings[2]) else { throw .lost("it does not say how it is set up") }
        guard version >= 130_000 else { throw .unfit(.unavailable("PostgreSQL is older than 13")) }
        guard settings[0] == "on", ["on", "remote_apply"].contains(settings[1]) else {
            throw .unfit(.notDurable("fsync \(settings[0]), synchronous_commit \(settings[1])"))
        }
    }
}
#endif
