import Foundation
import PostgreSQLStore
import TestSupport
import Testing

@testable import tessera

/// Commands that are given the address of a database in place of a file.
struct DatabaseStoreTests {
    #if PostgreSQL
    @Test func `a customer is created in a database, and its audit log checked there`() async throws {
        let address = try await PrivatePostgreSQL.shared.address()
        let created = try await Program.run(["subscriber", "create", "alice", "--store", address, "--test"])
        #expect(created.status == 0, "\(created.complaints)")
        let shown = try await Program.run(["subscriber", "show", "alice", "--store", address, "--test"])
        #expect(shown.status == 0 && shown.text.contains("alice"), "\(shown.complaints)")
        let folder = try Folder()
        let key = folder.path("audit.pem")
        #expect(try await ChildProgram.run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]).status == 0)
        let anchored = try await Program.run(["verify", "anchor", address, "--key", key])
        #expect(anchored.status == 0, "\(anchored.complaints)")
        #expect(try await Program.run(["verify", "audit", address, "--key", key]).status == 0)
    }

    @Test func `a database that is not there is named, with the next step`() async throws {
        let outcome = try await Program.run(["verify", "audit", "postgresql:///bank?host=/nonexistent"])
        #expect(outcome.status == 3, "\(outcome.status)")
        let sentence = "the database server /nonexistent/bank is down or out of reach"
        #expect(outcome.complaints.contains(sentence), "\(outcome.complaints)")
        #expect(!outcome.complaints.contains("\u{FFFD}"), "libpq's second line begins with a tab: \(outcome.complaints)")
        #expect(outcome.complaints.contains("tessera: hint: start it, or look at its log"))
    }

    @Test func `a daemon waits for a server that restarts, and a person not so long`() {
        #expect(PostgreSQLLimits(of: "n1").recovery == PostgreSQLLimits().recovery && PostgreSQLLimits().recovery == .seconds(10))
        #expect(PostgreSQLLimits(of: nil).recovery == .seconds(2))
    }

    @Test func `a schema is never SQL`() async throws {
        let outcome = try await Program.run(["verify", "audit", "postgresql:///bank?schema=a\";DROP"])
        #expect(outcome.complaints.contains("needs a lower-case letter"), "\(outcome.complaints)")
    }
    #else
    @Test func `without the trait the error says how to build with it`() async throws {
        let outcome = try await Program.run(["verify", "audit", "postgresql://db.example/bank"])
        #expect(outcome.complaints.contains("swift build --traits PostgreSQL"), "\(outcome.complaints)")
    }
    #endif

    @Test(arguments: [
        "postgresql://alice:secret@db.example/bank", "postgres://db.example/bank?password=secret",
        "postgresql://alice:a?secret@db.example/bank", "postgresql://db.example/bank?pass%77ord=secret",
        "postgresql://alice:secret@db1.example:5432,db2.example:5432/bank?sslmode=verify-full",
    ])
    func `an address with a password is refused, and not repeated`(_ address: String) async throws {
        let outcome = try await Program.run(["verify", "audit", address])
        #expect(outcome.status == 2)
        #expect(outcome.complaints.contains("which every user of this machine could read") && outcome.complaints.contains("pgpass"))
        #expect(!outcome.complaints.contains("secret"))
    }
}
