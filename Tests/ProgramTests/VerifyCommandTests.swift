import Crypto
import DeviceProtocol
import CoreFoundation
import Foundation
import SQLiteStore
import TestSupport
import Testing
import Verification

/// `tessera verify`: the log of a store, its heads, its keys.
struct VerifyCommandTests {
    private struct Answer: Decodable {
        struct Finding: Decodable {
            let row: Int64
            let finding: String
        }
        let intact: Bool
        let rows: Int64
        let anchored: Int64
        let unanchoredSince: Int64?
        let findings: [Finding]
    }

    private let folder: Folder
    private var store: String { folder.path("store.sqlite") }
    private var key: String { folder.path("audit.pem") }

    init() throws {
        folder = try Folder()
        try folder.write(AuditKey.pem(Curve25519.Signing.PrivateKey()), to: "audit.pem")
    }

    private func verify(_ arguments: String...) async throws -> ChildProgram.Outcome { try await Program.run(["verify"] + arguments) }

    /// A store whose log has some rows.
    private func fill(_ count: Int = 5, protection: StoreKeys? = nil) async throws {
        let log = AuditLog(store: try SQLiteStore(at: store, mark: .test, protection: protection))
        for number in 1...count { try await log.record(.configurationChanged, detail: "policy \(number)") }
    }

    /// Does with SQLite's own program what no rule of the tables allows.
    private func tamper(_ sql: String) async throws {
        let script = """
            DROP TRIGGER IF EXISTS audit_is_never_changed; DROP TRIGGER IF EXISTS audit_is_never_cut;
            DROP TRIGGER IF EXISTS audit_head_is_never_cut; \(sql)
            """
        let outcome = try await ChildProgram.run("sqlite3", [store, script])
        try #require(outcome.status == 0, "\(outcome.complaints)")
    }

    @Test func `a log is intact, unanchored, and then anchored`() async throws {
        try await fill()
        let first = try await verify("audit", store, "--key", key)
        #expect(first.status == 0)
        #expect(first.text.contains("✔ 5 rows") && first.text.contains("unanchored since row 1"), "\(first.text)")
        let anchored = try await verify("anchor", store, "--key", key, "--output", folder.path("heads.json"))
        #expect(anchored.text == "anchored through row 5 by head 1\n")
        let second: Answer = try await verify(
            "audit", store, "--key", key, "--heads", folder.path("heads.json"), "--json"
        ).json()
        #expect(second.intact && second.rows == 5 && second.anchored == 5 && second.unanchoredSince == nil)
        try await fill(2)
        #expect(try await verify("audit", store, "--key", key).text.contains("unanchored since row 6"))
    }

    @Test func `a changed row is named, and the end is 1`() async throws {
        try await fill()
        try await tamper("UPDATE audit SET detail = 'nothing' WHERE number = 3;")
        let outcome = try await verify("audit", store)
        #expect(outcome.status == 1)
        #expect(outcome.text.contains("✘ row 3 is not what was written there"))
        let answer: Answer = try await verify("audit", store, "--json").json()
        #expect(!answer.intact && answer.findings.map(\.row) == [3])
    }

    @Test func `a tail that was cut with its heads is told by exported heads`() async throws {
        try await fill()
        _ = try await verify("anchor", store, "--key", key, "--output", folder.path("heads.json"))
        try await tamper("DELETE FROM audit WHERE number > 2; DELETE FROM audit_head;")
        #expect(try await verify("audit", store, "--key", key).status == 0)
        let outcome = try await verify("audit", store, "--key", key, "--heads", folder.path("heads.json"))
        #expect(outcome.status == 1)
        #expect(outcome.text.contains("row 3 and all behind it are cut off, at least through row 5"))
    }

    @Test func `what is missing or wrong is named, with the next step`() async throws {
        let none = try await verify("audit", store)
        #expect(none.status == 3 && none.complaints.contains("there is no file"))
        try await fill()
        try folder.write("no key", to: "other.pem")
        let noKey = try await verify("audit", store, "--key", folder.path("other.pem"))
        #expect(noKey.status == 2 && noKey.complaints.contains("openssl pkey"))
        let noHeads = try await verify("audit", store, "--key", key, "--heads", folder.path("other.pem"))
        #expect(noHeads.status == 2 && noHeads.complaints.contains("no list of heads"))
        #expect(try await verify("audit", store, "--heads", folder.path("heads.json")).status == 2)
    }

    @Test func `keys are drawn, changed, and the old one is needed no more`() async throws {
        let keys = folder.path("store.keys")
        let first = try await verify("new-key", keys)
        #expect(first.status == 0)
        try await fill(protection: StoreKeys(file: keys))
        let second = try await verify("new-key", keys)
        #expect(try StoreKeys(file: keys).current.description + "\n" == second.text)
        let later = try await verify("new-key", "--last", keys)
        #expect(try StoreKeys(file: keys).current.description + "\n" == second.text)
        #expect(first.text != second.text && second.text != later.text)
        let rotated = try await verify("rotate-keys", store, "--keys", keys)
        #expect(rotated.text.contains("0 secrets are sealed anew, under key \(second.text.dropLast())"), "\(rotated.complaints)")
        let lines = try String(contentsOfFile: keys, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        let alone = try await Program.run(
            "verify", "rotate-keys", store, "--keys-variable", "TESSERA_TEST_KEYS", environment: ["TESSERA_TEST_KEYS": lines[0]])
        #expect(alone.status == 0)
        let old = try await Program.run(
            "verify", "rotate-keys", store, "--keys-variable", "TESSERA_TEST_KEYS", environment: ["TESSERA_TEST_KEYS": lines[1]])
        #expect(old.status == 3 && old.complaints.contains("which is not among those given"))
        #expect(try await verify("audit", store).status == 0)
    }

    @Test func `a store that had no keys is said to be sealed, whatever was counted`() async throws {
        try await fill()
        _ = try await verify("new-key", folder.path("store.keys"))
        let current = try StoreKeys(file: folder.path("store.keys")).current
        let first = try await verify("rotate-keys", store, "--keys", folder.path("store.keys"))
        #expect(
            first.text == "what lay in the clear until now is sealed, under key \(current); the store opens with its keys alone\n",
            "\(first.complaints)")
        let second = try await verify("rotate-keys", store, "--keys", folder.path("store.keys"))
        #expect(second.text.hasPrefix("0 secrets are sealed anew, under key \(current)"), "\(second.complaints)")
    }

    @Test func `of keys that are drawn at once, none is lost`() async throws {
        let keys = folder.path("store.keys")
        let names = try await withThrowingTaskGroup(of: ChildProgram.Outcome.self) { group in
            for number in 0..<6 {
                group.addTask { try await Program.run(["verify", "new-key", keys] + (number % 2 == 0 ? ["--last"] : [])) }
            }
            return try await group.reduce(into: [String]()) { names, outcome in
                #expect(outcome.status == 0, "\(outcome.complaints)")
                names.append(String(outcome.text.dropLast()))
            }
        }
        let kept = try String(contentsOfFile: keys, encoding: .utf8).split(separator: "\n").map { line in
            StoreKeys.name(of: SymmetricKey(data: try #require(Data(base64Encoded: String(line))))).description
        }
        #expect(kept.sorted() == names.sorted() && names.count == 6)
        #expect(try folder.names == ["audit.pem", "store.keys"])
    }

    @Test(.enabled(if: geteuid() == 0, "a file can be given away by root alone"))
    func `a key that root draws leaves the file to the service that reads it`() async throws {
        let keys = folder.path("store.keys")
        #expect(try await verify("new-key", keys).status == 0)
        try #require(chown(keys, 65_534, 65_533) == 0)
        let outcome = try await verify("new-key", keys)
        #expect(outcome.status == 0, "\(outcome.complaints)")
        var status = stat()
        let isThere = lstat(keys, &status) == 0
        #expect(isThere && status.st_uid == 65_534 && status.st_gid == 65_533 && status.st_mode & 0o777 == 0o600)
    }
}
