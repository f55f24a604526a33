#if PostgreSQL
import Foundation
import StoreTables
import TestSupport
import Testing
import Verification

@testable import PostgreSQLStore

/// A node's name is a lock of the session that writes.
struct PostgreSQLNodeTests {
    private func open(_ address: String, as node: String?) async throws(StoreError) -> PostgreSQLStore {
        try await PostgreSQLStore.open(at: address, mark: .test, node: node, limits: .patient)
    }

    @discardableResult
    private func count(in store: PostgreSQLStore) async throws(StoreError) -> Int {
        try await store.write { (transaction) throws(StoreError) in
            try transaction.countStranger()
            return try transaction.strangers()
        }
    }

    /// Ends the sessions that hold a name in this schema, as a network does that breaks.
    private func cut(_ node: String, in address: String, of server: PrivatePostgreSQL) async throws {
        let schema = try #require(address.split(separator: "schema=").last)
        let held = """
            FROM pg_locks WHERE locktype = 'advisory' AND classid = 1313817669
            AND objid::bigint = hashtext('\(schema)/\(node)')::bigint & 4294967295
            """
        #expect(try await server.execute("SELECT count(pg_terminate_backend(pid)) \(held)") == "1")
        try #require(await eventually { (try? await server.execute("SELECT count(*) \(held)")) == "0" })
    }

    @Test func `one process has a name at a time, for as long as it has the store open`() async throws {
        let address = try await PrivatePostgreSQL.shared.address()
        do {
            let first = try await open(address, as: "n1")
            await #expect(throws: StoreError.nameTaken("n1")) { try await open(address, as: "n1") }
            let (other, nameless) = (try await open(address, as: "n2"), try await open(address, as: nil))
            try await count(in: other)
            try await count(in: nameless)
            #expect(try await count(in: first) == 3)
        }
        #expect(await eventually { (try? await open(address, as: "n1")) != nil })
    }

    @Test func `whoever loses its session loses the name, and writes no more once another has it`() async throws {
        let server = try await PrivatePostgreSQL.shared
        let address = server.address()
        let first = try await open(address, as: "n1")
        try await count(in: first)
        try await cut("n1", in: address, of: server)
        let second = try await open(address, as: "n1")
        await #expect(throws: StoreError.nameTaken("n1")) { try await count(in: first) }
        await #expect(throws: StoreError.nameTaken("n1")) { try await first.holdName() }
        #expect(try await count(in: second) == 2)
        // Nobody was quicker: it goes on by itself.
        try await cut("n1", in: address, of: server)
        #expect(try await count(in: second) == 3)
        await #expect(throws: StoreError.nameTaken("n1")) { try await count(in: first) }
    }

    @Test func `a session of one's own that lingers does not keep one out`() async throws {
        let address = try PostgreSQLAddress(try await PrivatePostgreSQL.shared.address())
        let taken = try await StoreThreads.run { () throws(StoreError) -> StoreError? in
            do throws(ServerFailure) {
                func connect() throws(ServerFailure) -> ServerConnection {
                    try ServerConnection.open(address, limits: .patient, isReadOnly: false)
                }
                let (lingering, new, foreign) = (try connect(), try connect(), try connect())
                let lock = NodeLock("n1", in: address.schema)
                try lock.take(on: lingering)
                // A busy server takes its time to end a session.
                let end = ContinuousClock.now + .patient
                var isTaken = false
                while !isTaken {
                    do throws(ServerFailure) {
                        try lock.take(on: new)
                        isTaken = true
                    } catch { guard error.isLost, .now < end else { throw error } }
                }
                do throws(ServerFailure) { try NodeLock("n1", in: address.schema).take(on: foreign) } catch {
                    return withExtendedLifetime(lingering) { error.error(from: "db") }
                }
                return nil
            } catch { throw error.error(from: "db") }
        }
        #expect(taken == StoreError.nameTaken("n1"))
    }
}
#endif
