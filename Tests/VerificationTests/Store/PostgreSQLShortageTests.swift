#if PostgreSQL
import Foundation
import TestSupport
import Testing
import Verification

@testable import PostgreSQLStore

/// A server that has no room says so in the store's own words, and goes on by itself when there is some again.
struct PostgreSQLShortageTests {
    private func write(_ store: PostgreSQLStore) async -> StoreError? {
        do throws(StoreError) { try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() } } catch {
            return error
        }
        return nil
    }

    /// Lets the server itself answer each write with a code (PostgreSQL, Appendix A), as it does where its disk or memory ends.
    @Test(arguments: [
        ("53100", "the disk of the store is full"), ("53200", "out of memory"), ("53300", "no connection left"),
        ("53400", "a limit that was set"), ("53000", "a limit that was set"),
    ])
    func `no disk, no memory, a limit: told apart, remembered until a write is stored`(_ code: String, _ words: String) async throws {
        let server = try await PrivatePostgreSQL.shared
        let schema = PrivatePostgreSQL.newSchema()
        let store = try await PostgreSQLStore.open(at: server.address(schema: schema), mark: .test, limits: .patient)
        #expect(await write(store) == nil)
        try await server.execute(
            """
            SET search_path TO \(schema);
            CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no room'' USING ERRCODE = ''\(code)''; END';
            CREATE TRIGGER no_room BEFORE UPDATE ON stranger EXECUTE FUNCTION no_room()
            """)
        let error = try #require(await write(store))
        #expect(error.description.contains(words), "\(error)")
        #expect(store.trouble == error)
        // Who reads is not concerned.
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 1)
        #expect(store.trouble == error)
        try await server.execute("DROP TRIGGER no_room ON \(schema).stranger")
        #expect(await write(store) == nil)
        #expect(store.trouble == nil)
    }

    /// Whoever waited for a reader's connection would wait for ten minutes.
    @Test(.timeLimit(.minutes(5))) func `no connection left for readers: what is judged beside the turn goes to the writer at once`()
        async throws
    {
        let server = try await PrivatePostgreSQL.start()
        try await server.execute("CREATE ROLE clerk LOGIN; GRANT CREATE ON DATABASE postgres TO clerk")
        var limits = PostgreSQLLimits.patient
        (limits.recovery, limits.readers) = (.seconds(600), 2)
        let address = server.address().replacing("user=tessera", with: "user=clerk")
        let store = try await PostgreSQLStore.open(at: address, mark: .test, limits: limits)
        #expect(await write(store) == nil)
        try await server.execute("ALTER ROLE clerk CONNECTION LIMIT 1")
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await store.write(
                        afterLooking: { (reader) throws(StoreError) in try reader.strangers() },
                        thinking: { (strangers, _) throws(StoreError) in strangers },
                        { (transaction, strangers) throws(StoreError) in
                            try transaction.countStranger()
                            return strangers
                        })
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // Each was looked at in its own turn.
        #expect(seen.sorted() == Array(1...6))
        #expect(store.trouble == nil)
        try await server.execute("ALTER ROLE clerk CONNECTION LIMIT -1")
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 7)
    }

    @Test func `no connection left: told at once to all who wait, and over when there is one`() async throws {
        let server = try await PrivatePostgreSQL.start()
        try await server.execute("CREATE ROLE clerk LOGIN; GRANT CREATE ON DATABASE postgres TO clerk")
        var limits = PostgreSQLLimits.patient
        (limits.recovery, limits.readers) = (.seconds(1), 1)
        let address = server.address().replacing("user=tessera", with: "user=clerk")
        let store = try await PostgreSQLStore.open(at: address, mark: .test, limits: limits)
        #expect(await write(store) == nil)
        try await server.execute("ALTER ROLE clerk CONNECTION LIMIT 0")
        let sessions = "FROM pg_stat_activity WHERE usename = 'clerk'"
        try await server.execute("SELECT pg_terminate_backend(pid) \(sessions)")
        try #require(await eventually { (try? await server.execute("SELECT count(*) \(sessions)")) == "0" })
        var error = await write(store)
        // On a busy machine all the time for a new connection may have gone by before one was asked for.
        if case .unreachable? = error { error = await write(store) }
        guard case .exhausted(.connections, let name, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(name.contains(server.folder.path) && reason.contains("too many connections for role"), "\(reason)")
        #expect(store.trouble == error)
        await #expect(throws: StoreError.self) { try await store.read { (reader) throws(StoreError) in try reader.strangers() } }
        try await server.execute("ALTER ROLE clerk CONNECTION LIMIT -1")
        #expect(await write(store) == nil)
        #expect(store.trouble == nil)
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 2)
    }
}
#endif
