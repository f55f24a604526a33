import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import Secrets
import TestSupport
import Testing
import Verification

/// What a clerk looks for in a store: customers, devices, operations, rows of the audit log.
@Suite struct StoreListCommandTests {
    private let folder: Folder
    private let policy = VerificationPolicy(admittedAfterEndOfLife: [.token])
    private let store: SQLiteStore

    init() throws {
        folder = try Folder()
        store = try SQLiteStore(at: folder.path("bank.sqlite"), mark: .test)
    }

    private func run(_ arguments: String...) async throws -> ChildProgram.Outcome {
        try await Program.run(arguments + ["--store", folder.path("bank.sqlite"), "--test", "--admit-retired"])
    }

    private func enrol(_ device: String, for subscriber: String, until end: Date? = nil) async throws {
        var generator = SystemRandomNumberGenerator()
        try await Enrolments(store: store, policy: policy).enrol(
            DeviceID(device), as: .token, for: SubscriberID(subscriber), with: .seed(SymmetricKey(size: .bits256)),
            id: EnrolmentID(using: &generator), isEmulated: true, life: EnrolmentLife(validUntil: end))
    }

    @Test func `customers are listed in pages, by the beginning of their names, and by who is blocked`() async throws {
        let subscribers = Subscribers(store: store, hasher: SecretHasher())
        for name in ["bob", "anna", "ann"] { try await subscribers.create(SubscriberID(name)) }
        let bob = try SubscriberID("bob")
        for _ in 0..<5 {
            try? await subscribers.confirm(HeldSecret(SecretBytes.copying("wrong".utf8)), of: bob)
        }
        struct Page: Decodable {
            struct Row: Decodable { let id: String, hasPassword: Bool, wrongAnswers: Int, isBlocked: Bool, blockedUntil: Date? }
            let subscribers: [Row], next: String?
        }
        let first: Page = try await run("subscriber", "list", "--limit", "2", "--json").json()
        #expect(first.subscribers.map(\.id) == ["ann", "anna"] && first.next == "anna")
        let second: Page = try await run("subscriber", "list", "--limit", "2", "--after", "anna", "--json").json()
        #expect(second.subscribers.map(\.id) == ["bob"] && second.next == nil)
        let some: Page = try await run("subscriber", "list", "--prefix", "an", "--json").json()
        #expect(some.subscribers.map(\.id) == ["ann", "anna"] && some.next == nil)
        let blocked: Page = try await run("subscriber", "list", "--blocked", "--json").json()
        #expect(blocked.subscribers.map(\.id) == ["bob"] && blocked.subscribers.first?.isBlocked == true)
        let table = try await run("subscriber", "list", "--limit", "2")
        #expect(table.text.contains("user ID") && table.text.hasSuffix("There are more: --after anna\n"), "\(table.text)")
        #expect(try await run("subscriber", "list", "--prefix", "z").text == "Nothing.\n")
        for wrong in [["--limit", "0"], ["--limit", "1001"], ["--prefix", "two words"], ["--after", ""]] {
            let arguments = ["subscriber", "list", "--store", folder.path("bank.sqlite"), "--test"] + wrong
            #expect(try await Program.run(arguments).status == 2, "\(wrong)")
        }
    }

    @Test func `devices are listed as they stand now, by state, product and end`() async throws {
        try await enrol("T-1", for: "alice")
        try await enrol("T-2", for: "bob")
        try await enrol("T-3", for: "bob", until: Date(timeIntervalSinceNow: -86_400))
        try await Enrolments(store: store, policy: policy).suspend(DeviceID("T-2"), by: .fraud)
        struct Page: Decodable {
            struct Row: Decodable { let device: String, subscriber: String, state: String, suspendedBy: String?, enrolment: String }
            let devices: [Row], next: String?
        }
        func list(_ arguments: String...) async throws -> Set<String> {
            let outcome = try await Program.run(
                ["device", "list"] + arguments + ["--store", folder.path("bank.sqlite"), "--test", "--json"])
            return Set(try outcome.json(Page.self).devices.map { "\($0.device) \($0.state)" })
        }
        #expect(try await list() == ["T-1 active", "T-2 suspended", "T-3 expired"])
        #expect(try await list("--state", "active") == ["T-1 active"])
        #expect(try await list("--state", "suspended", "--product", "token") == ["T-2 suspended"])
        #expect(try await list("--product", "scan") == [])
        #expect(try await list("--ends-within", "90") == [], "what is over ends no more")
        #expect(try await list("--ends-within", "90", "--state", "expired") == ["T-3 expired"])
        #expect(try await list("--ends-within", "2000") == ["T-1 active", "T-2 suspended"])
        #expect(try await list("--ends-before", "2999-01-01") == ["T-1 active", "T-2 suspended"])
        let first: Page = try await run("device", "list", "--limit", "2", "--json").json()
        let next = try #require(first.next)
        #expect(first.devices.count == 2 && next == first.devices.last?.enrolment)
        let second: Page = try await run("device", "list", "--limit", "2", "--after", next, "--json").json()
        #expect(second.devices.count == 1 && second.next == nil)
        #expect(try await run("device", "list").text.contains("suspended by fraud"))
        let unknown = try await run("device", "list", "--product", "abacus")
        #expect(unknown.status == 2 && unknown.failure?.error == "there is no product \"abacus\"")
        #expect(try await run("device", "list", "--ends-within", "9", "--ends-before", "2999-01-01").status == 2)
    }

    @Test func `a customer's operations are listed with how they ended, and no secret`() async throws {
        let (alice, token) = (try SubscriberID("alice"), try DeviceID("T-1"))
        try await Subscribers(store: store, hasher: SecretHasher()).create(alice)
        try await enrol("T-1", for: "alice")
        let operations = try Operations(store: store, origin: "bank.example", policy: policy)
        let login = Challenge.Content.login(try Login(place: "Luxembourg", browser: "Firefox"))
        var begun: [String] = []
        for number in 1...3 {
            let operation = try await operations.begin(login, for: alice, with: token, idempotencyKey: "key-\(number)")
            begun.insert("\(operation.id)", at: 0)
            if number == 1 { #expect(try await operations.submit(.code("no code"), to: operation.id) == .refused) }
        }
        struct Page: Decodable {
            struct Row: Decodable { let id: String, kind: String, device: String, state: String, digest: String, begunAt: Date }
            let operations: [Row], next: Int64?
        }
        let first: Page = try await run("subscriber", "operations", "alice", "--limit", "2", "--json").json()
        #expect(first.operations.map(\.id) == Array(begun[..<2]) && first.operations.map(\.state) == ["pending", "pending"])
        #expect(first.operations.allSatisfy { $0.kind == "login" && $0.device == "T-1" && $0.digest.count == 64 })
        let next = try #require(first.next)
        let second = try await run("subscriber", "operations", "alice", "--limit", "2", "--after", "\(next)", "--json")
        let page = try second.json(Page.self)
        #expect(page.operations.map(\.state) == ["refused"] && page.next == nil)
        #expect(!second.text.contains("no code") && !second.text.contains("key-1"))
        #expect(try await run("subscriber", "operations", "alice", "--state", "refused").text.contains(begun[2]))
        #expect(try await run("subscriber", "operations", "alice", "--state", "failed").text == "Nothing.\n")
        #expect(try await run("subscriber", "operations", "nobody").failure?.error == "there is no subscriber \"nobody\"")
    }

    @Test func `rows of the audit log are printed without the store's keys, those about one thing alone`() async throws {
        let path = folder.path("sealed.sqlite")
        let sealed = try SQLiteStore(at: path, mark: .test, protection: StoreKeys([SymmetricKey(size: .bits256)]))
        let (alice, token) = (try SubscriberID("alice"), try DeviceID("T-1"))
        let operation = try ChallengeID(Array(repeating: 0xAB, count: 16))
        // Behind the row that says that the store is sealed.
        let start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 3_600).rounded(.down))
        try await sealed.write { (transaction) throws(StoreError) in
            try transaction.append(AuditEvent(.activated, at: start, subscriber: alice, device: token, detail: "token"))
            try transaction.append(AuditEvent(.configurationChanged, at: start + 60, detail: "policy"))
            try transaction.append(
                AuditEvent(.refused, at: start + 120, subscriber: alice, device: token, operation: operation, detail: "failures 1"))
            try transaction.append(AuditEvent(.configurationChanged, at: start + 180, subscriber: alice, detail: "security questions"))
        }
        struct Page: Decodable {
            struct Row: Decodable {
                let number: Int64, at: Date, kind: String, subscriber: String?, device: String?, operation: String?, detail: String
                let isErased: Bool
            }
            let rows: [Row], next: Int64?
        }
        func numbers(_ arguments: String...) async throws -> [Int64] {
            let outcome = try await Program.run(["verify", "log", path, "--json"] + arguments)
            #expect(outcome.status == 0, "\(outcome.complaints)")
            return try outcome.json(Page.self).rows.map(\.number)
        }
        #expect(try await numbers() == [1, 2, 3, 4, 5])
        #expect(try await numbers("--subscriber", "alice") == [2, 4, 5])
        #expect(try await numbers("--device", "T-1") == [2, 4])
        #expect(try await numbers("--operation", String(repeating: "ab", count: 16)) == [4])
        #expect(try await numbers("--kind", "configuration-changed", "--subscriber", "alice") == [5])
        #expect(try await numbers("--since", "\(Int(start.timeIntervalSince1970) + 60)") == [3, 4, 5])
        #expect(try await numbers("--since", "2999-01-01") == [])
        #expect(try await numbers("--after", "3") == [4, 5])
        let page: Page = try await Program.run("verify", "log", path, "--subscriber", "alice", "--limit", "2", "--json").json()
        #expect(page.rows.map(\.detail) == ["token", "failures 1"] && page.next == 4)
        #expect(page.rows[1].at == start + 120 && page.rows[1].kind == "refused" && page.rows[1].device == "T-1")
        let table = try await Program.run("verify", "log", path, "--limit", "4").text
        #expect(table.contains((start + 120).formatted(.iso8601)) && table.contains("failures 1"), "\(table)")
        #expect(table.hasSuffix("There are more: --after 4\n"))
        try await sealed.write { (transaction) throws(StoreError) in try transaction.eraseAuditPersons(of: alice, at: start + 240) }
        #expect(try await numbers("--subscriber", "alice") == [])
        #expect(try await Program.run("verify", "log", path).text.contains("(erased)"))
        for wrong in [["--kind", "Refused"], ["--operation", "ab"], ["--since", "noon"], ["--after", "-1"]] {
            #expect(try await Program.run(["verify", "log", path] + wrong).status == 2, "\(wrong)")
        }
    }

    @Test func `who gave a command is written down, and behind sudo for whom`() async throws {
        try await enrol("T-1", for: "alice")
        let store = ["--store", folder.path("bank.sqlite"), "--test"]
        for (command, sudo) in [(["suspend", "T-1", "--by", "bank"], "anna"), (["resume", "T-1"], #"ACME\Åsa K"#)] {
            let outcome = try await Program.run(["device"] + command + store, environment: ["SUDO_USER": sudo])
            #expect(outcome.status == 0, "\(outcome.complaints)")
        }
        let caller = "uid \(geteuid())"
        let rows = try await AuditLog(store: self.store).rows()
        #expect(rows.map(\.kind) == [.activated, .suspended, .resumed])
        #expect(rows.map(\.requester?.caller) == [nil, caller, caller])
        #expect(rows.map(\.requester?.clerk) == [nil, "anna", #"ACME\%C3%85sa%20K"#])
        func log(_ arguments: String...) async throws -> ChildProgram.Outcome {
            try await Program.run(["verify", "log", folder.path("bank.sqlite")] + arguments)
        }
        let table = try await log("--caller", caller, "--kind", "suspended").text
        #expect(table.contains(caller) && table.contains("anna") && !table.contains("resumed"), "\(table)")
        #expect(try await log("--clerk", "bob").text == "Nothing.\n")
        for wrong in [["--clerk", "two words"], ["--caller", ""]] {
            #expect(try await Program.run(["verify", "log", folder.path("bank.sqlite")] + wrong).status == 2, "\(wrong)")
        }
    }
}
