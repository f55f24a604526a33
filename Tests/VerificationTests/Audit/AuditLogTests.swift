import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import Synchronization
import TestSupport
import Testing
import Verification

/// What the audit log says of what happened, and its heads.
struct AuditLogTests {
    private let folder: TemporaryFolder
    private let bank: TestBank
    private let log: AuditLog

    init() throws {
        folder = try TemporaryFolder()
        let bank = try TestBank(store: SQLiteStore(at: folder.path("store"), mark: .test))
        self.bank = bank
        log = AuditLog(store: bank.store) { bank.clock.now }
    }

    @Test func `a decision and its row are one transaction`() async throws {
        let store = bank.store
        let one = try enrolment("T-9")
        await #expect(throws: StoreError.busy) {
            try await store.write { (transaction) throws(StoreError) in
                try transaction.insert(one)
                try transaction.append(AuditEvent(.activated, of: one, at: TestBank.start))
                throw .busy
            }
        }
        #expect(try await log.rows().isEmpty)
    }

    @Test func `an accepted answer is tied to what was asked, and the code is nowhere`() async throws {
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id)
        let code = try token.code(at: bank.clock.now)
        guard case .succeeded(let evidence) = try await bank.operations.submit(.code(code), to: operation.id) else {
            Issue.record("refused")
            return
        }
        let row = try #require(try await log.rows().last)
        #expect(row.kind == .accepted)
        #expect(row.operation == operation.id.bytes)
        #expect(row.detail == "challenge \(evidence.challengeDigest)")
        #expect(row.date == TestBank.start)
        #expect(!"\(row)".contains(code))
    }

    @Test func `a late answer, a suspension and a resumption have rows`() async throws {
        let token = try await bank.enrolToken()
        let late = try await bank.begin(.login(), with: token.id)
        bank.clock.advance(by: 200)
        #expect(try await bank.operations.submit(.code("1"), to: late.id) == .expired)
        try await bank.enrolments.suspend(token.id)
        try await bank.enrolments.resume(token.id)
        let rows = try await log.rows(after: 1)
        #expect(rows.map(\.kind) == [.refused, .suspended, .resumed])
        #expect(rows.map(\.detail) == ["expired, failures 0", "bank", "device, by the bank"])
    }

    @Test func `a clock that runs backwards is told once, and small steps are not`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        bank.clock.advance(by: -1)
        try await log.record(.configurationChanged, detail: "2")
        bank.clock.advance(by: -3_600)
        try await log.record(.configurationChanged, detail: "3")
        try await log.record(.configurationChanged, detail: "4")
        let rows = try await log.rows()
        #expect(rows.map(\.detail) == ["1", "2", "back 3600 s", "3", "4"])
        #expect(rows[2].kind == .clockJumped)
        #expect(try await log.check(keys: []).isIntact)
    }

    @Test func `one person has one reference, and another one after it was erased`() async throws {
        let token = try await bank.enrolToken()
        try await bank.enrolments.suspend(token.id)
        let (alice, now) = (bank.alice, bank.clock.now)
        try await bank.store.write { (transaction) throws(StoreError) in try transaction.eraseAuditPersons(of: alice, at: now) }
        try await bank.enrolments.resume(token.id)
        let references = try await log.rows().compactMap(\.reference)
        #expect(references.count == 3)
        #expect(references[0] == references[1])
        #expect(references[1] != references[2])
    }

    @Test func `a head is signed only when the log has grown`() async throws {
        let key = Curve25519.Signing.PrivateKey()
        #expect(try await log.anchor(with: key) == nil)
        try await log.record(.configurationChanged, detail: "1")
        let first = try #require(try await log.anchor(with: key))
        #expect(try await log.anchor(with: key) == first)
        try await log.record(.configurationChanged, detail: "2")
        #expect(try await log.anchor(with: key)?.number == 2)
        #expect(try await log.heads().map(\.row) == [1, 2])
        #expect(try await log.heads(after: 0).map(\.number) == [1, 2])
        #expect(try await log.heads(after: 0, limit: 1).map(\.number) == [1])
        #expect(try await log.heads(after: 1).map(\.number) == [2])
        #expect(try await log.heads(after: 2).isEmpty)
    }

    @Test func `heads are signed again and again until somebody ends it`() async throws {
        let (key, log, heads) = (Curve25519.Signing.PrivateKey(), log, Heads())
        let signing = Task { try await log.anchor(with: key, by: AnchorRule(age: 0), every: .milliseconds(5)) { heads.add($0) } }
        for number in 1...3 {
            try await log.record(.configurationChanged, detail: "\(number)")
            #expect(await eventually(within: .seconds(300)) { heads.rows.last == Int64(number) })
        }
        signing.cancel()
        try? await signing.value
        #expect(try await log.check(keys: [key.publicKey]).unanchoredSince == nil)
    }

    @Test func `a head is due when a row is old, when there are many, and when the clock was set back`() async throws {
        let clock = TestClock(TestBank.start)
        let log = AuditLog(store: try SQLiteStore(inMemory: .test)) { clock.now }
        let rule = AnchorRule(age: 60, rows: 3)
        #expect(try await !log.needsAnchor(by: rule), "there is nothing to sign")
        try await log.record(.configurationChanged, detail: "1")
        clock.advance(by: 59)
        #expect(try await !log.needsAnchor(by: rule))
        clock.advance(by: 1)
        #expect(try await log.needsAnchor(by: rule))
        try await log.anchor(with: Curve25519.Signing.PrivateKey())
        #expect(try await !log.needsAnchor(by: rule))
        for number in 2...3 { try await log.record(.configurationChanged, detail: "\(number)") }
        #expect(try await !log.needsAnchor(by: rule))
        try await log.record(.configurationChanged, detail: "4")
        #expect(try await log.needsAnchor(by: rule))
        try await log.anchor(with: Curve25519.Signing.PrivateKey())
        try await log.record(.configurationChanged, detail: "5")
        clock.advance(by: -1)
        #expect(try await log.needsAnchor(by: rule))
    }

    @Test func `heads from 16 at once are in order`() async throws {
        let (key, log) = (Curve25519.Signing.PrivateKey(), log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try await log.record(.configurationChanged, detail: "\(number)")
                    try await log.anchor(with: key)
                }
            }
            try await group.waitForAll()
        }
        let report = try await log.check(keys: [key.publicKey])
        #expect(report.isIntact && report.unanchoredSince == nil && report.rows == 16)
    }

    @Test func `a log of many batches is checked whole`() async throws {
        let now = bank.clock.now
        for _ in 0..<3 {
            try await bank.store.write { (transaction) throws(StoreError) in
                for number in 0..<4_000 { try transaction.append(AuditEvent(.configurationChanged, at: now, detail: "\(number)")) }
            }
        }
        var told: [Int64] = []
        let report = try await log.check(keys: []) { told.append($0) }
        #expect(report.isIntact && report.rows == 12_000)
        #expect(told == [5_000, 10_000, 12_000])
    }

    @Test func `openssl reads the keys, and finds the signature of a head right`() async throws {
        let file = folder.path("audit.pem")
        let made = try await ChildProgram.run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", file])
        #expect(made.status == 0, "\(made.complaints)")
        let key = try AuditKey.privateKey(pem: String(contentsOfFile: file, encoding: .utf8))
        try await log.record(.configurationChanged, detail: "1")
        let head = try #require(try await log.anchor(with: key))
        try Data(head.signedBytes).write(to: URL(filePath: folder.path("signed")))
        try Data(head.signature).write(to: URL(filePath: folder.path("signature")))
        try Data(AuditKey.pem(key.publicKey).utf8).write(to: URL(filePath: folder.path("public.pem")))
        let judged = try await ChildProgram.run(
            "openssl",
            [
                "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", folder.path("public.pem"), "-in", folder.path("signed"), "-sigfile",
                folder.path("signature"),
            ])
        #expect(judged.status == 0, "\(judged.complaints)")
        #expect(try AuditKey.privateKey(pem: AuditKey.pem(key)).rawRepresentation == key.rawRepresentation)
        #expect(try AuditKey.publicKey(pem: AuditKey.pem(key)).rawRepresentation == key.publicKey.rawRepresentation)
    }

    @Test(arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "key"])
    func `what is no key is refused`(_ text: String) {
        #expect(throws: AuditError.unreadableKey) { try AuditKey.privateKey(pem: text) }
        #expect(throws: AuditError.unreadablePublicKey) { try AuditKey.publicKey(pem: text) }
    }

    @Test func `the public half of a key checks, and signs nothing`() throws {
        let key = Curve25519.Signing.PrivateKey().publicKey
        #expect(throws: AuditError.publicHalf) { try AuditKey.privateKey(pem: AuditKey.pem(key)) }
        #expect(try AuditKey.publicKey(pem: AuditKey.pem(key)).rawRepresentation == key.rawRepresentation)
    }

    @Test func `heads go through JSON unchanged`() async throws {
        try await log.record(.configurationChanged, detail: "1")
        let head = try #require(try await log.anchor(with: Curve25519.Signing.PrivateKey()))
        #expect(try JSONDecoder().decode(AuditHead.self, from: JSONEncoder().encode(head)) == head)
    }
}

private final class Heads: Sendable {
    private let all = Mutex<[AuditHead]>([])
    var rows: [Int64] { all.withLock { $0.map(\.row) } }
    func add(_ head: AuditHead) { all.withLock { $0.append(head) } }
}
