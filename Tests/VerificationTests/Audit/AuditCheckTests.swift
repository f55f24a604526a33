import Crypto
import DeviceProtocol
import Foundation
import GRDB
import SQLiteStore
import TestSupport
import Testing
import Verification

/// Whatever is done to the file of a store, the check of its audit log tells, and names the row.
struct AuditCheckTests {
    private static let key = Curve25519.Signing.PrivateKey()

    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("store")
    }

    /// A store of a bank with some history: 12 rows, a head after the first 6, a head at the end.
    private func history() async throws -> [AuditHead] {
        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test))
        let log = AuditLog(store: bank.store) { bank.clock.now }
        let (token, scan) = (try await bank.enrolToken(), try await bank.enrolScan())
        for _ in 0..<2 {
            bank.clock.advance(by: 60)
            let right = try await bank.begin(.login(), with: token.id)
            _ = try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: right.id)
            let wrong = try await bank.begin(.payment(), with: scan.id)
            _ = try await bank.operations.submit(.code("0"), to: wrong.id)
        }
        _ = try await log.anchor(with: Self.key)
        for _ in 0..<3 {
            let wrong = try await bank.begin(.login(), with: scan.id)
            _ = try await bank.operations.submit(.code("0"), to: wrong.id)
        }
        try await bank.enrolments.resume(scan.id)
        try await log.record(.configurationChanged, detail: "policy 2")
        _ = try await log.anchor(with: Self.key)
        return try await log.heads()
    }

    private func report(exported: [AuditHead] = [], keys: [Curve25519.Signing.PublicKey] = [key.publicKey]) async throws -> AuditReport {
        try await AuditLog(store: SQLiteStore(at: path, mark: .test)).check(keys: keys, exported: exported)
    }

    /// Does what no rule of the tables allows.
    private func tamper(_ sql: String, _ arguments: StatementArguments = []) throws {
        let intruder = try DatabaseQueue(path: path)
        try intruder.writeWithoutTransaction { database in
            let triggers = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
            try database.execute(sql: sql, arguments: arguments)
        }
    }

    @Test func `a log as it was written is intact, and anchored by its last head`() async throws {
        let heads = try await history()
        #expect(heads.map(\.row) == [6, 12])
        let report = try await report(exported: heads)
        #expect(report.isIntact)
        #expect(report.rows == 12)
        #expect(report.anchored == 12)
        #expect(report.unanchoredSince == nil)
    }

    @Test func `every event has its row, with whom and what`() async throws {
        _ = try await history()
        let rows = try await AuditLog(store: SQLiteStore(at: path, mark: .test)).rows()
        #expect(
            rows.map(\.kind.rawValue) == [
                "activated", "activated", "accepted", "refused", "accepted", "refused", "refused", "refused", "blocked", "refused",
                "resumed", "configuration changed",
            ])
        #expect(rows.map(\.number) == Array(1...12))
        #expect(rows.prefix(11).allSatisfy { $0.person?.subscriber == "alice" })
        #expect(rows[8].person?.device == "S-1" && rows[8].detail == "device, for a time")
        #expect(rows[11].person == nil && rows[11].reference == nil)
    }

    @Test func `rows behind the last head are unanchored, and without a key all are`() async throws {
        _ = try await history()
        let log = AuditLog(store: try SQLiteStore(at: path, mark: .test))
        try await log.record(.configurationChanged, detail: "policy 3")
        #expect(try await report().unanchoredSince == 13)
        #expect(try await report(keys: []).unanchoredSince == 1)
        #expect(try await report(keys: []).isIntact)
    }

    @Test func `a changed column is told, in every row and every column`() async throws {
        let exported = try await history()
        let columns = [
            "at": "at + 1", "kind": "kind || 'x'", "reference": "CASE WHEN reference IS NULL THEN zeroblob(32) ELSE zeroblob(32) END",
            "operation": "CASE WHEN operation IS NULL THEN zeroblob(16) ELSE NULL END", "detail": "detail || ' '", "hash": "randomblob(32)",
        ]
        let original = try Data(contentsOf: try copy())
        for row in 1...12 {
            for (column, change) in columns.sorted(by: { $0.key < $1.key }) {
                try restore(original)
                try tamper("UPDATE audit SET \(column) = \(change) WHERE number = ?", [row])
                let report = try await report(exported: exported)
                #expect(report.findings.contains { $0.row == row }, "\(column) of row \(row): \(report.findings)")
                #expect(report.findings.first?.row == Int64(row), "\(column) of row \(row)")
            }
        }
    }

    @Test func `a row that is gone is told, whichever it is`() async throws {
        let exported = try await history()
        let original = try Data(contentsOf: try copy())
        for row in 1...12 {
            try restore(original)
            try tamper("DELETE FROM audit WHERE number = ?", [row])
            let findings = try await report(exported: exported).findings
            #expect(findings.first?.row == Int64(row), "row \(row): \(findings)")
        }
    }

    @Test func `rows in another order are told`() async throws {
        let exported = try await history()
        let original = try Data(contentsOf: try copy())
        for row in 1..<12 {
            try restore(original)
            try tamper("UPDATE audit SET number = -1 WHERE number = \(row)")
            try tamper("UPDATE audit SET number = \(row) WHERE number = \(row + 1)")
            try tamper("UPDATE audit SET number = \(row + 1) WHERE number = -1")
            #expect(try await report(exported: exported).findings.first?.row == Int64(row))
        }
    }

    @Test func `a row in between is told`() async throws {
        let exported = try await history()
        let original = try Data(contentsOf: try copy())
        for row in 2...12 {
            try restore(original)
            try tamper("UPDATE audit SET number = -number WHERE number >= \(row)")
            try tamper("UPDATE audit SET number = 1 - number WHERE number < 0")
            try tamper(
                """
                INSERT INTO audit SELECT \(row), at, kind, reference, operation, detail, hash, caller, clerk
                FROM audit WHERE number = \(row - 1)
                """)
            #expect(try await report(exported: exported).findings.first?.row == Int64(row))
        }
    }

    @Test func `a tail that was cut is told by the heads, here or elsewhere`() async throws {
        let exported = try await history()
        let original = try Data(contentsOf: try copy())
        for row in 1...12 {
            try restore(original)
            try tamper("DELETE FROM audit WHERE number >= \(row)")
            let cut = AuditFinding(row: Int64(row), .cut(through: 12))
            #expect(try await report().findings.contains(cut))
            // Whoever cuts the heads off as well is found by whoever kept them.
            try tamper("DELETE FROM audit_head")
            #expect(try await report(exported: exported).findings.contains(cut))
        }
    }

    @Test func `a log that was written anew, with hashes that fit, is told by its heads`() async throws {
        let exported = try await history()
        let original = try Data(contentsOf: try copy())
        for changed in 1...12 {
            try restore(original)
            try rewrite(from: changed)
            let findings = try await report(exported: exported).findings
            let (good, head) = changed <= 6 ? (Int64(0), Int64(6)) : (6, 12)
            #expect(findings.first == AuditFinding(row: head, .rewritten(after: good)), "row \(changed): \(findings)")
            // The hashes fit each other: without a key nobody can tell, and nothing is said to be anchored.
            let blind = try await report(keys: [])
            #expect(blind.isIntact && blind.unanchoredSince == 1)
            // Heads by somebody else's key do not help.
            try tamper("DELETE FROM audit_head")
            _ = try await AuditLog(store: SQLiteStore(at: path, mark: .test)).anchor(with: Curve25519.Signing.PrivateKey())
            #expect(try await report(exported: exported).findings.contains { $0.kind == .falseHead(number: 1) })
            #expect(try await report(exported: exported).findings.contains(AuditFinding(row: head, .rewritten(after: good))))
        }
    }

    @Test(arguments: ["chain", "row", "hash", "at", "key", "signature", "number"])
    func `a changed head is told`(_ column: String) async throws {
        _ = try await history()
        for number in 1...2 {
            let change = ["row", "at", "number"].contains(column) ? "\(column) + 7" : "randomblob(length(\(column)))"
            let copy = try Data(contentsOf: try copy())
            try tamper("UPDATE audit_head SET \(column) = \(change) WHERE number = ?", [number])
            #expect(try await report().findings.contains { if case .falseHead = $0.kind { true } else { false } }, "\(number)")
            try restore(copy)
        }
    }

    @Test func `personal data of somebody else is told, and erased data is not missed`() async throws {
        let exported = try await history()
        let original = try Data(contentsOf: try copy())
        for change in ["subscriber = 'bob'", "device = device || 'x'", "salt = randomblob(16)"] {
            try restore(original)
            try tamper("UPDATE audit_person SET \(change) WHERE device LIKE 'S-1%'")
            #expect(try await report(exported: exported).findings.first == AuditFinding(row: 2, .otherPerson), "\(change)")
        }
        try restore(original)
        let store = try SQLiteStore(at: path, mark: .test)
        let alice = try SubscriberID("alice")
        try await store.write { (transaction) throws(StoreError) in try transaction.eraseAuditPersons(of: alice, at: TestBank.start + 120) }
        let report = try await report(exported: exported)
        #expect(report.isIntact)
        let rows = try await AuditLog(store: store).rows()
        #expect(rows.allSatisfy { $0.person == nil })
    }

    @Test func `a head of another store vouches for nothing`() async throws {
        _ = try await history()
        let other = AuditLog(store: try SQLiteStore(inMemory: .test))
        try await other.record(.configurationChanged, detail: "policy 1")
        let foreign = try #require(try await other.anchor(with: Self.key))
        #expect(try await report(exported: [foreign]).findings == [AuditFinding(row: 1, .falseExport(number: 1))])
    }

    @Test func `the tables themselves refuse to change or cut the log`() async throws {
        _ = try await history()
        let intruder = try DatabaseQueue(path: path)
        for sql in [
            "UPDATE audit SET detail = ''", "DELETE FROM audit", "DELETE FROM audit_head", "UPDATE audit_head SET row = 1",
            "UPDATE audit_chain SET id = zeroblob(32)", "INSERT OR REPLACE INTO audit_chain VALUES (1, zeroblob(32))",
            "INSERT OR REPLACE INTO audit SELECT 3, at, kind, reference, operation, detail, hash, caller, clerk FROM audit WHERE number = 4",
        ] {
            #expect(throws: DatabaseError.self, "\(sql)") { try intruder.write { try $0.execute(sql: sql) } }
        }
    }

    // MARK: The file

    /// The whole store in its one file.
    private func copy() throws -> URL {
        try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        return URL(filePath: path)
    }

    private func restore(_ contents: Data) throws {
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: contents)
        try handle.close()
    }

    /// Changes one row and gives it and all behind it hashes that fit, as whoever knows the format can.
    private func rewrite(from changed: Int) throws {
        try tamper("UPDATE audit SET detail = 'nothing happened' WHERE number = \(changed)")
        func part(_ bytes: [UInt8]) -> [UInt8] { withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init) + bytes }
        func number(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
        let intruder = try DatabaseQueue(path: path)
        try intruder.write { database in
            let chain = try Data.fetchOne(database, sql: "SELECT id FROM audit_chain") ?? Data()
            var hash = Array(SHA256.hash(data: part(Array("tessera/audit-genesis/1".utf8)) + part(Array(chain))))
            for row in try Row.fetchAll(database, sql: "SELECT * FROM audit ORDER BY number") {
                let parts: [[UInt8]] = [
                    Array("tessera/audit/1".utf8), hash, number(row["number"]), number(row["at"]), Array((row["kind"] as String).utf8),
                    Array(row["reference"] as Data? ?? Data()), Array(row["operation"] as Data? ?? Data()),
                    Array((row["detail"] as String).utf8),
                ]
                hash = Array(SHA256.hash(data: parts.flatMap(part)))
                try database.execute(sql: "UPDATE audit SET hash = ? WHERE number = ?", arguments: [Data(hash), row["number"] as Int64])
            }
        }
    }
}
