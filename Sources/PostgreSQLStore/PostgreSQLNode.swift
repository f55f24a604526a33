#if PostgreSQL
import StoreTables
import Synchronization
public import Verification

/// The name under which one process at a time works with a store's schema, held by a session of the server until that ends.
///
/// An advisory lock (PostgreSQL, 13.3.5). A session whose machine is gone ends when the server misses its answers, half a minute later.
public final class PostgreSQLNode: Sendable {
    private let link: Mutex<ServerLink>
    private let key: String

    private init(_ link: sending ServerLink, key: String) {
        self.link = Mutex(link)
        self.key = key
    }

    /// Takes a name; `nil` when another process has it.
    ///
    /// - Parameters:
    ///   - address: as for ``PostgreSQLStore/open(at:mark:protection:limits:)``.
    ///   - limits: how long each wait may last.
    /// - Throws: ``Verification/StoreError``: out of reach.
    public static func take(
        _ name: String, at address: String, limits: PostgreSQLLimits = PostgreSQLLimits()
    ) async throws(StoreError) -> PostgreSQLNode? {
        let address = try PostgreSQLAddress(address)
        let node = PostgreSQLNode(ServerLink(address, limits), key: "\(address.schema)/\(name)")
        return try await node.isHeld() ? node : nil
    }

    /// Whether the name is held; where the session is gone, it is taken by a new one, unless another process was quicker.
    ///
    /// - Throws: ``Verification/StoreError``: out of reach.
    public func isHeld() async throws(StoreError) -> Bool {
        try await StoreThreads.run { () throws(StoreError) in
            try self.link.withLock { (link) throws(StoreError) in try Self.lock(self.key, over: link) }
        }
    }

    private static func lock(_ key: String, over link: ServerLink) throws(StoreError) -> Bool {
        // The second time over a new connection, where the first one turned out to be gone.
        for isLast in [false, true] {
            do throws(ServerFailure) {
                let connection = try link.connected(until: link.deadline)
                try connection.query("SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3")
                // The session that has the lock is given it again.
                let result = try connection.run(
                    "SELECT pg_try_advisory_lock(\(space), hashtext(?))::int::bigint", [.text(key)])
                var isHeld = false
                result.eachRow { row in isHeld = row.integer(at: 0) == 1 }
                return isHeld
            } catch {
                link.recover(from: error)
                guard !isLast, case .lost = error else { throw error.error(from: link.address.name) }
            }
        }
        return false
    }

    /// `NODE`: other locks in the database have other names.
    private static let space = 1_313_817_669
}
#endif
