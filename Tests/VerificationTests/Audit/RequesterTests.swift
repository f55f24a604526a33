import Crypto
import DeviceProtocol
import Foundation
import GRDB
import Testing

@testable import SQLiteStore
@testable import Verification

/// The rows of the audit log say who asked for what they tell.
struct RequesterTests {
    private static func named(_ caller: String, _ clerk: String? = nil) throws -> Requester {
        try #require(Requester(caller: caller, clerk: clerk))
    }

    @Test(arguments: StoreKind.allCases)
    func `rows say who asked, and for whom; what nobody asked for says nothing`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let log = AuditLog(store: try await place.open())
        let (core, anna) = (try Self.named("token core"), try Self.named("token core", "anna.k"))
        for requester in [nil, core, anna, nil] {
            try await Requester.$current.withValue(requester) { try await log.record(.configurationChanged, detail: "policy") }
        }
        #expect(try await log.rows().map(\.requester) == [nil, core, anna, nil])
        func numbers(_ filter: AuditFilter) async throws -> [Int64] { try await log.rows(matching: filter).entries.map(\.number) }
        #expect(try await numbers(AuditFilter(caller: "token core")) == [2, 3])
        #expect(try await numbers(AuditFilter(clerk: "anna.k")) == [3])
        #expect(try await numbers(AuditFilter(caller: "token", clerk: "anna.k")) == [])
        #expect(try await log.check(keys: []).isIntact)
    }

    @Test(arguments: StoreKind.allCases)
    func `whoever shares a commit with others is written down for their own rows alone`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let log = AuditLog(store: try await place.open())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let requester = number % 4 == 0 ? nil : try Self.named("caller \(number)", number % 4 == 1 ? "clerk-\(number)" : nil)
                    try await Requester.$current.withValue(requester) { try await log.record(.configurationChanged, detail: "\(number)") }
                }
            }
            try await group.waitForAll()
        }
        let rows = try await log.rows()
        #expect(rows.count == 64)
        for row in rows {
            let number = try #require(Int(row.detail))
            #expect(row.requester?.caller == (number % 4 == 0 ? nil : "caller \(number)"))
            #expect(row.requester?.clerk == (number % 4 == 1 ? "clerk-\(number)" : nil))
        }
        #expect(try await log.check(keys: []).isIntact)
    }

    @Test func `what a device answers is written down for whoever handed it in`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let right = try await bank.begin(.login(), with: token.id)
        let core = try Self.named("token core", "7")
        try await Requester.$current.withValue(core) {
            _ = try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: right.id)
        }
        let rows = try await AuditLog(store: bank.store).rows()
        #expect(rows.last?.kind == .accepted && rows.last?.requester == core)
        #expect(rows.first?.requester == nil)
    }

    @Test func `a clock that was set is nobody's request, whoever finds it`() async throws {
        let bank = try TestBank()
        let core = try Self.named("token core")
        try await Requester.$current.withValue(core) {
            for back in [0, -60] as [TimeInterval] {
                try await AuditLog(store: bank.store) { TestBank.start + back }.record(.configurationChanged, detail: "policy")
            }
        }
        let rows = try await AuditLog(store: bank.store).rows()
        #expect(rows.map(\.kind) == [.configurationChanged, .clockJumped, .configurationChanged])
        #expect(rows.map(\.requester) == [core, nil, core])
    }

    @Test func `a transaction whose time is over was closed by nobody, whoever looks at it`() async throws {
        let firm = try await TestFirm()
        _ = try await firm.propose(timeToLive: 60)
        firm.bank.clock.advance(by: 60)
        let observer = try Self.named("token observer", "bob")
        let states = try await Requester.$current.withValue(observer) {
            try await firm.transactions.transactions(of: firm.people[0]).entries.map(\.state.name)
        }
        #expect(states == [.expired])
        let last = try #require(try await AuditLog(store: firm.bank.store).rows().last)
        #expect(last.kind == .closed && last.requester == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `who has a store sealed is written down`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        try await place.open().insert(try enrolment("T-1"))
        let core = try Self.named("uid 0", "anna")
        let store = try await Requester.$current.withValue(core) {
            try await place.open(protection: StoreKeys([SymmetricKey(size: .bits256)]))
        }
        let last = try #require(try await AuditLog(store: store).rows().last)
        #expect(last.detail.hasPrefix("secrets sealed") && last.requester == core)
    }

    @Test(arguments: StoreKind.allCases)
    func `those who share a commit with one that fails keep their names`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<32 {
                group.addTask {
                    let event = AuditEvent(.configurationChanged, at: TestBank.start, detail: "\(number)")
                    await Requester.$current.withValue(Requester(caller: "caller \(number)")) {
                        _ = try? await store.write { (transaction) throws(StoreError) in
                            try transaction.append(event)
                            if number % 5 == 0 { throw StoreError.conflict("on purpose") }
                        }
                    }
                }
            }
        }
        let rows = try await AuditLog(store: store).rows()
        #expect(Set(rows.map(\.detail)) == Set((0..<32).filter { $0 % 5 != 0 }.map { "\($0)" }))
        #expect(rows.allSatisfy { $0.requester?.caller == "caller \($0.detail)" })
    }

    @Test(arguments: [
        "caller = 'token other'", "clerk = 'bob'", "clerk = NULL", "clerk = ''", "caller = NULL", "caller = NULL, clerk = NULL",
        "caller = 'token coreanna', clerk = NULL", "detail = detail || 'x'",
    ])
    func `whoever changes who asked is found`(_ change: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("store")
        let requester = try Self.named("token core", "anna")
        do {
            let log = AuditLog(store: try SQLiteStore(at: path, mark: .test))
            for _ in 1...3 {
                try await Requester.$current.withValue(requester) { try await log.record(.configurationChanged, detail: "policy") }
            }
            #expect(try await log.check(keys: []).isIntact)
        }
        let intruder = try DatabaseQueue(path: path)
        try await intruder.write { try $0.execute(sql: "DROP TRIGGER audit_is_never_changed; UPDATE audit SET \(change) WHERE number = 2") }
        let report = try await AuditLog(store: SQLiteStore(at: path, mark: .test)).check(keys: [])
        #expect(!report.isIntact && report.findings.first?.row == 2, "\(report.findings)")
    }

    @Test(arguments: [nil, "anna.k"])
    func `the hash of a row is what its documentation says`(_ clerk: String?) async throws {
        let store = try SQLiteStore(inMemory: .test)
        let requester = try Self.named("token core", clerk)
        let log = AuditLog(store: store)
        try await Requester.$current.withValue(requester) { try await log.record(.configurationChanged, detail: "policy") }
        let chain = try await store.read { (reader) throws(StoreError) in try reader.auditChain() }
        let row = try #require(try await log.rows().first)
        func hash(_ parts: [[UInt8]]) -> [UInt8] {
            let framed = parts.flatMap { part in withUnsafeBytes(of: UInt32(part.count).bigEndian, Array.init) + part }
            return Array(SHA256.hash(data: framed))
        }
        func number(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
        let texts = ["configuration changed", "", "", "policy", "token core"] + (clerk.map { [$0] } ?? [])
        let before = hash([Array("tessera/audit-genesis/1".utf8), chain.id])
        #expect(
            row.hash
                == hash([Array("tessera/audit/2".utf8), before, number(1), number(row.milliseconds)] + texts.map { Array($0.utf8) }))
    }

    @Test func `whoever says of a row that somebody asked is found`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("store")
        try await AuditLog(store: SQLiteStore(at: path, mark: .test)).record(.configurationChanged, detail: "policy")
        let intruder = try DatabaseQueue(path: path)
        try await intruder.write { try $0.execute(sql: "DROP TRIGGER audit_is_never_changed; UPDATE audit SET caller = 'token core'") }
        let report = try await AuditLog(store: SQLiteStore(at: path, mark: .test)).check(keys: [])
        #expect(report.findings.first?.row == 1, "\(report.findings)")
    }

    @Test func `rows of a version that did not know stay valid, and others follow them`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("old")
        do {
            let old = try DatabaseQueue(path: path)
            try Schema.migrator(mark: .test).migrate(old, upTo: "10: unfinished operations of a person")
            try await old.write { database in
                let id = try #require(try Data.fetchOne(database, sql: "SELECT id FROM audit_chain"))
                let event = PreparedEvent(AuditEvent(.configurationChanged, at: TestBank.start, detail: "policy"), about: nil)
                let row = AuditRow(event, askedBy: nil, behind: AuditChain(id: Array(id)))
                try database.execute(
                    sql: "INSERT INTO audit (number, at, kind, detail, hash) VALUES (1, ?, ?, ?, ?)",
                    arguments: [row.milliseconds, row.kind.rawValue, row.detail, Data(row.hash)])
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let log = AuditLog(store: try SQLiteStore(at: path, mark: .test)) { TestBank.start }
        let requester = try Self.named("uid 0", "anna")
        try await Requester.$current.withValue(requester) { try await log.record(.configurationChanged, detail: "policy 2") }
        #expect(try await log.rows().map(\.requester) == [nil, requester])
        #expect(try await log.check(keys: []).isIntact)
    }

    @Test(arguments: ["", "two words", "tab\t", "é", "\u{7F}", "\u{0}", String(repeating: "x", count: 65)])
    func `what cannot name a clerk is refused`(_ name: String) { #expect(Requester(caller: "token core", clerk: name) == nil) }

    @Test func `a clerk has up to 64 characters`() throws {
        let longest = String(repeating: "x", count: 64)
        #expect(try Self.named("token core", longest).clerk == longest)
    }
}
