#if PostgreSQL
import Crypto
import DeviceProtocol
import Foundation
import StoreTables
import TestSupport
import Testing
import Verification

@testable import PostgreSQLStore

/// What a session makes sure of by itself, what is made up for when a store is opened, and whom a server does not let in.
struct PostgreSQLSessionTests {
    @Test(arguments: [("off", "on"), ("local", "on"), ("remote_write", "on"), ("remote_apply", "remote_apply")])
    func `a commit waits for the disk, whatever the server's own setting`(_ given: String, _ effective: String) async throws {
        let address = try await PrivatePostgreSQL.shared.address() + "&options=-c%20synchronous_commit%3D\(given)"
        let settings = try await StoreThreads.run { () throws(StoreError) in
            let link = ServerLink(try PostgreSQLAddress(address), .patient)
            do throws(ServerFailure) {
                var settings: [String?] = []
                let sql = "SELECT current_setting('synchronous_commit'), current_setting('client_min_messages')"
                try link.connected(until: link.deadline).run(sql, []).eachRow { settings = [$0.text(at: 0), $0.text(at: 1)] }
                return settings
            } catch { throw error.error(from: "db") }
        }
        #expect(settings == [effective, "warning"])
    }

    @Test func `tables that were sealed and not yet written anew are written anew when the store is next opened`() async throws {
        let server = try await PrivatePostgreSQL.shared
        let schema = PrivatePostgreSQL.newSchema()
        let address = server.address(schema: schema)
        let keys = try StoreKeys([SymmetricKey(size: .bits256)])
        do {
            let bank = try TestBank(store: await PostgreSQLStore.open(at: address, mark: .test, limits: .patient))
            _ = try await bank.enrolToken()
        }
        let (file, mark) = ("SELECT pg_relation_filenode('\(schema).enrolment')", "SELECT rewritten FROM \(schema).protection")
        let clear = try await server.execute(file)
        _ = try await PostgreSQLStore.open(at: address, mark: .test, protection: keys, limits: .patient)
        let sealed = try await server.execute(file)
        #expect(sealed != clear)
        #expect(try await server.execute(mark) == "1")
        // Nothing to do.
        _ = try await PostgreSQLStore.open(at: address, mark: .test, protection: keys, limits: .patient)
        #expect(try await server.execute(file) == sealed)
        // What a crash between the two leaves; the table is in use for longer than a statement may wait otherwise.
        let end = "public.\(schema)_end"
        try await server.execute("UPDATE \(schema).protection SET rewritten = 0; CREATE TABLE \(end) (one int)")
        let using = Task {
            try await server.execute(
                """
                BEGIN; LOCK TABLE \(schema).device_order;
                DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM \(end)) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$; COMMIT
                """)
        }
        let locks = "SELECT count(*) FROM pg_locks WHERE relation = '\(schema).device_order'::regclass"
        try #require(await eventually { (try? await server.execute("\(locks) AND granted")) == "1" })
        var limits = PostgreSQLLimits.patient
        limits.lock = .seconds(1)
        let opening = Task { [limits] in
            _ = try await PostgreSQLStore.open(at: address, mark: .test, protection: keys, limits: limits)
        }
        let waits = "\(locks) AND NOT granted AND waitstart < clock_timestamp() - interval '2 seconds'"
        #expect(await eventually { (try? await server.execute(waits)) == "1" })
        try await server.execute("INSERT INTO \(end) VALUES (1)")
        try await opening.value
        _ = try await using.value
        #expect(try await server.execute(file) != sealed)
        #expect(try await server.execute(mark) == "1")
    }

    @Test func `a store that is not whole is not audited`() async throws {
        let server = try await PrivatePostgreSQL.shared
        let schema = PrivatePostgreSQL.newSchema()
        _ = try await PostgreSQLStore.open(at: server.address(schema: schema), mark: .test, limits: .patient)
        try await server.execute("DELETE FROM \(schema).migration WHERE number > 1")
        for isReadOnly in [true, false] {
            await #expect(
                throws: StoreError.unavailable("an older version of the program has written it, and it was not opened since")
            ) {
                _ = try await PostgreSQLStore.open(
                    auditing: server.address(schema: schema), isReadOnly: isReadOnly, limits: .patient)
            }
        }
    }

    @Test(arguments: ["user=nobody-here", "dbname=no-such-database&user=tessera"])
    func `a role or a database that the server does not know is said at once, with the next step`(_ wrong: String) async throws {
        let address = try await PrivatePostgreSQL.shared.address().replacing("user=tessera", with: wrong)
        do throws(StoreError) {
            _ = try await PostgreSQLStore.open(at: address, mark: .test, limits: .patient)
            Issue.record("let in")
        } catch {
            guard case .notAdmitted(_, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("does not exist") && !reason.contains("LOCATION"), "\(reason)")
        }
    }

    @Test func `a role that does not own the tables works with the grants of the page, and cannot undo the rules`() async throws {
        let server = try await PrivatePostgreSQL.shared
        let schema = PrivatePostgreSQL.newSchema()
        let keys = try StoreKeys([SymmetricKey(size: .bits256)])
        _ = try await PostgreSQLStore.open(at: server.address(schema: schema), mark: .test, protection: keys, limits: .patient)
        let page = try String(
            contentsOf: Fixture.folder.deletingLastPathComponent().appending(path: "Docs/Store.md"), encoding: .utf8)
        let grants = try #require(
            page.components(separatedBy: "```sql\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
                .first { $0.contains("GRANT") })
        try await server.execute(grants.replacing("tessera", with: schema))
        let address = server.address(schema: schema).replacing("user=tessera", with: "user=teller")
        let store = try await PostgreSQLStore.open(at: address, mark: .test, protection: keys, limits: .patient)
        let bank = try TestBank(store: store)
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id)
        let code = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(code), to: operation.id).name == "succeeded")
        try await store.write { [alice = bank.alice] (transaction) throws(StoreError) in
            try transaction.countStranger()
            try transaction.eraseAuditPersons(of: alice, at: TestBank.start)
        }
        #expect(try await store.rotateKeys() == 0)
        #expect(try await AuditLog(store: store).check(keys: []).isIntact)
        let role = "SET ROLE teller; SET search_path TO \(schema);"
        for sql in [
            "UPDATE subscriber SET version = 1 WHERE false", "UPDATE approval SET version = 1 WHERE false",
            "UPDATE device_order SET version = 1 WHERE false", "DELETE FROM session WHERE false", "DELETE FROM writer WHERE false",
        ] { try await server.execute("\(role) \(sql)") }
        for sql in [
            "DROP TRIGGER audit_is_never_changed ON audit", "ALTER TABLE audit DISABLE TRIGGER ALL", "UPDATE audit SET detail = ''",
            "DELETE FROM audit", "TRUNCATE audit", "UPDATE audit_chain SET one = 1", "DELETE FROM protection",
        ] {
            await #expect(throws: PrivatePostgreSQLError.self, "\(sql)") { try await server.execute("\(role) \(sql)") }
        }
    }

    @Test func `whose commit failed hears so, but not who had refused by himself`() async throws {
        for (own, heard) in [(StoreError.conflict("mine"), StoreError.conflict("mine")), (nil, .unknownOutcome(server: "db"))] {
            let (queue, errand) = (
                ErrandQueue(), PendingErrand<Int> { (_) throws(StoreError) in if let own { throw own } else { return 1 } }
            )
            let caller = Task { () async -> StoreError? in
                do throws(StoreError) { _ = try await errand.outcome(of: queue.append) } catch { return error }
                return nil
            }
            try #require(await eventually { !queue.takeAll().isEmpty })
            #expect(errand.begin())
            #expect(errand.run(in: TableTransaction(connection: NoConnection(), secrets: StoredSecrets(protection: nil))) == own)
            errand.end(unlessItFailed: .unknownOutcome(server: "db"))
            #expect(await caller.value == heard)
        }
    }
}
#endif
