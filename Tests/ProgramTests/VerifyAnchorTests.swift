import Crypto
import Foundation
import SQLiteStore
import TestSupport
import Testing
import Verification

/// `tessera verify anchor`: again and again, into a file that only grows.
@Suite(.timeLimit(.minutes(10))) struct VerifyAnchorTests {
    private let folder: Folder
    private let key = Curve25519.Signing.PrivateKey()
    private let log: AuditLog

    init() throws {
        folder = try Folder()
        try folder.write(AuditKey.pem(key), to: "audit.pem")
        log = AuditLog(store: try SQLiteStore(at: folder.path("store.sqlite"), mark: .test))
    }

    private var command: [String] {
        ["verify", "anchor", folder.path("store.sqlite"), "--key", folder.path("audit.pem"), "--append", folder.path("heads.jsonl")]
    }

    private func heads() throws -> [AuditHead] { try ExportedHeads.read(Array(folder.read("heads.jsonl"))) }

    private func check() async throws -> ChildProgram.Outcome {
        try await Program.run(
            "verify", "audit", folder.path("store.sqlite"), "--key", folder.path("audit.pem"), "--heads", folder.path("heads.jsonl"))
    }

    @Test func `heads are appended while it follows, and Ctrl-C leaves no row without one`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        let program = try RunningProgram(command + ["--follow", "--every", "1", "--age", "0"], environment: [:])
        #expect(await program.says("anchored through row 1 by head 1"))
        try await log.record(.configurationChanged, detail: "2")
        #expect(await program.says("anchored through row 2 by head 2"))
        #expect(await eventually { (try? heads().map(\.row)) == [1, 2] })
        #expect(await program.handles(SIGINT))
        program.send(SIGINT)
        let outcome = try await program.end()
        #expect(outcome.status == 0, "its work was done")
        #expect(try await log.check(keys: [key.publicKey], exported: heads()).unanchoredSince == nil)
        #expect(try await check().status == 0)
    }

    @Test func `a row that is young enough waits, and is signed at the end`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        let program = try RunningProgram(command + ["--follow", "--every", "1", "--age", "86400"], environment: [:])
        #expect(await program.handles(SIGTERM))
        #expect(await program.says("following"))
        #expect(try await log.heads().isEmpty)
        program.send(SIGTERM)
        #expect(try await program.end().status == 0)
        #expect(try heads().map(\.row) == [1])
    }

    @Test func `what was signed and not exported before a crash is exported, behind a line that was cut`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        #expect(try await Program.run(command).status == 0)
        try await log.record(.configurationChanged, detail: "2")
        try await log.anchor(with: key)
        let whole = try folder.read("heads.jsonl")
        try (whole + whole.prefix(40)).write(to: folder.url.appending(path: "heads.jsonl"))
        #expect(try await Program.run(command).status == 0)
        #expect(try heads().map(\.number) == [1, 2])
        #expect(try folder.read("heads.jsonl").starts(with: whole + whole.prefix(40)), "it only grows")
        #expect(try await check().status == 0)
    }

    @Test func `more heads than are written at once are exported, and compared with the log`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        let store = try SQLiteStore(at: folder.path("store.sqlite"), mark: .test)
        try await store.write { (transaction) throws(StoreError) in
            for number in Int64(1)...2_500 {
                try transaction.append(
                    AuditHead(chain: [7], number: number, row: 1, hash: [9], milliseconds: number, key: [5], signature: [3]))
            }
        }
        #expect(try await Program.run(command).status == 0)
        let logged = try await log.heads()
        #expect(try heads() == logged && logged.count == 2_501)
        let whole = try folder.read("heads.jsonl")
        #expect(try await Program.run(command).status == 0)
        #expect(try folder.read("heads.jsonl") == whole, "nothing is exported twice")
        let lines = whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        try Data(lines.reversed().joined(separator: [UInt8(ascii: "\n")])).write(to: folder.url.appending(path: "heads.jsonl"))
        #expect(try await Program.run(command).status == 0, "their order is nobody's proof")
        try folder.write(String(decoding: try ExportedHeads.line(try changed(heads()[0])), as: UTF8.self), to: "heads.jsonl")
        #expect(try await Program.run(command).failure?.error.contains("a head 2501 that this log does not have") == true)
    }

    private func changed(_ head: AuditHead) -> AuditHead {
        AuditHead(
            chain: head.chain, number: head.number, row: head.row, hash: [1], milliseconds: head.milliseconds, key: head.key,
            signature: head.signature)
    }

    @Test func `another key signs where the log ends, also when nothing was added`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        let (first, other) = (key, Curve25519.Signing.PrivateKey())
        #expect(try await Program.run(command).text == "anchored through row 1 by head 1\n")
        #expect(try await Program.run(command).text == "anchored through row 1 by head 1\n")
        try folder.write(AuditKey.pem(other), to: "audit.pem")
        #expect(try await Program.run(command).text == "anchored through row 1 by head 2\n")
        let report = try await log.check(keys: [first.publicKey, other.publicKey], exported: heads())
        #expect(report.isIntact && report.anchored == 1)
        #expect(try heads().map(\.key) == [first, other].map { Array($0.publicKey.rawRepresentation) })
    }

    @Test(arguments: ["", "[]", "{\"chain\": \"half"])
    func `a file without a head proves nothing, and one with heads is said to have been compared`(_ text: String) async throws {
        try await log.record(.configurationChanged, detail: "1")
        #expect(try await Program.run(command).status == 0)
        let whole = try await check()
        #expect(whole.status == 0 && whole.text.contains("compared with 1 head that was kept elsewhere"), "\(whole.text)")
        try folder.write(text, to: "heads.jsonl")
        let empty = try await check()
        #expect(empty.status == 2 && empty.failure?.error.contains("holds no head") == true, "\(empty.complaints)")
    }

    @Test(arguments: ["[]\n", nil])
    func `to a JSON list nothing is appended, and it stays a list`(_ text: String?) async throws {
        try await log.record(.configurationChanged, detail: "1")
        let list = folder.path("heads.jsonl")
        if let text {
            try folder.write(text, to: "heads.jsonl")
        } else {
            let outcome = try await Program.run(
                "verify", "anchor", folder.path("store.sqlite"), "--key", folder.path("audit.pem"), "--output", list)
            #expect(outcome.status == 0)
        }
        let before = try folder.read("heads.jsonl")
        let outcome = try await Program.run(command)
        #expect(outcome.status == 2 && outcome.failure?.error.contains("is a JSON list") == true, "\(outcome.complaints)")
        #expect(try folder.read("heads.jsonl") == before)
    }

    @Test func `a file with another log's heads is refused`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        #expect(try await Program.run(command).status == 0)
        let other = AuditLog(store: try SQLiteStore(at: folder.path("other.sqlite"), mark: .test))
        try await other.record(.configurationChanged, detail: "1")
        let outcome = try await Program.run(
            "verify", "anchor", folder.path("other.sqlite"), "--key", folder.path("audit.pem"), "--append", folder.path("heads.jsonl"))
        #expect(outcome.status == 1 && outcome.failure?.error.contains("a head 1 that this log does not have") == true)
        #expect(try await other.heads().isEmpty)
    }

    @Test(arguments: [["--follow", "--output", "x"], ["--every", "0"], ["--age", "-1"], ["--rows", "0"]])
    func `what cannot be meant is a matter of usage`(_ more: [String]) async throws {
        #expect(try await Program.run(command + more).status == 2)
    }
}
