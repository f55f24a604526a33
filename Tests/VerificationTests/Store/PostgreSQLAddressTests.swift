#if PostgreSQL
import Testing
import Verification

@testable import PostgreSQLStore

/// What an address says, and what a server's answer means.
struct PostgreSQLAddressTests {
    @Test func `the schema is ours, and everything else libpq's`() throws {
        let address = try PostgreSQLAddress("postgresql://tessera@db.example/bank?sslmode=verify-full&schema=branch_7&connect_timeout=3")
        #expect(address.schema == "branch_7")
        #expect(address.text == "postgresql://tessera@db.example/bank?sslmode=verify-full&connect_timeout=3")
        #expect(try PostgreSQLAddress("postgresql://db.example/bank?schema=one").text == "postgresql://db.example/bank")
        #expect(try PostgreSQLAddress("host=db.example dbname=bank").schema == "tessera")
    }

    @Test func `a question mark of a password is no end of the server`() throws {
        let address = try PostgreSQLAddress("postgresql://tessera:a?b@db.example/bank?schema=branch&sslmode=require")
        #expect(address.schema == "branch")
        #expect(address.text == "postgresql://tessera:a?b@db.example/bank?sslmode=require")
        #expect(address.name == "db.example/bank")
    }

    @Test func `several servers are asked one by one, each at its own port`() throws {
        let address = try PostgreSQLAddress("postgresql://tessera:secret@db1.example:5433,db2.example:5434/bank")
        #expect(address.hosts.map { $0.parameters.map(\.value) } == [["db1.example", "5433"], ["db2.example", "5434"]])
        #expect(address.name == "db1.example:5433,db2.example:5434/bank")
        let shared = try PostgreSQLAddress("host=a,b port=5555 dbname=bank")
        #expect(shared.hosts.map { $0.parameters.map(\.value) } == [["a", "5555"], ["b", "5555"]])
    }

    @Test(arguments: ["", "Bank", "7up", "a b", "a\"b", "ä", String(repeating: "a", count: 64)])
    func `a schema that would need quotes is refused`(_ schema: String) {
        #expect(throws: StoreError.self) { try PostgreSQLAddress("postgresql://db.example/bank?schema=" + schema) }
    }

    @Test func `what libpq does not understand is refused without being repeated`() {
        do throws(StoreError) {
            _ = try PostgreSQLAddress("postgresql://alice:secret@db.example/bank?nonsense=1")
            Issue.record("understood")
        } catch { #expect(!error.description.contains("secret")) }
    }

    @Test(arguments: ["57P01", "57P03", "08006", "25006"])
    func `a server that is going, coming or not the first one costs the connection`(_ code: String) {
        guard case .lost = ServerFailure(code: code, message: "") else {
            Issue.record("\(code)")
            return
        }
    }

    @Test func `a wrong role, password or database is told from a server that is away`() {
        let start = "connection to server at \"db\" (::1), port 5432 failed: "
        for reason in ["FATAL:  28P01: password authentication failed", "FATAL:  3D000: no such database", "FATAL:  42501: no CONNECT"] {
            guard
                case .unfit(.notAdmitted("db", start + reason)) = ServerFailure(
                    connecting: start + reason + "; LOCATION:  auth_failed, auth.c:335", to: "db", needsPassword: false)
            else {
                Issue.record("\(reason)")
                continue
            }
        }
        let crowded = start + "FATAL:  53300: too many"
        guard case .crowded("53300", crowded) = ServerFailure(connecting: crowded, to: "db", needsPassword: false) else {
            Issue.record("\(crowded)")
            return
        }
        for reason in ["FATAL:  57P03: starting up", "Connection refused", "session is read-only"] {
            guard case .lost(start + reason) = ServerFailure(connecting: start + reason, to: "db", needsPassword: false) else {
                Issue.record("\(reason)")
                continue
            }
        }
        guard case .unfit = ServerFailure(connecting: "fe_sendauth: no password supplied", to: "db", needsPassword: true) else {
            Issue.record("a password was missing")
            return
        }
    }

    @Test func `what may go well a moment later is told from what never will`() {
        for code in ["40001", "40P01"] { #expect(ServerFailure(code: code, message: "").isPassing) }
        for code in ["23505", "55P03", "57P01"] { #expect(!ServerFailure(code: code, message: "").isPassing) }
        let said: [(String, StoreError)] = [
            ("23505", .conflict("twice")), ("P0001", .conflict("twice")), ("55P03", .busy), ("53100", .full), ("XX001", .damaged("twice")),
            ("53200", .exhausted(.memory, server: "db", "twice")), ("53300", .exhausted(.connections, server: "db", "twice")),
            ("53400", .exhausted(.limit, server: "db", "twice")),
        ]
        for (code, error) in said { #expect(ServerFailure(code: code, message: "twice").error(from: "db") == error) }
    }

    @Test func `values are numbered in their order`() {
        #expect(ServerConnection.numbered("UPDATE a SET b = ?, c = ? WHERE d = ?") == "UPDATE a SET b = $1, c = $2 WHERE d = $3")
    }
}
#endif
