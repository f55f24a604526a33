import Crypto
import DeviceProtocol
import Foundation
import OATH
import SQLiteStore
import TestSupport
import Testing

@testable import Verification

/// What a clerk does now and then: epochs, rules, lists of transactions, resynchronisation, secret images.
@Suite struct ClerkTests {
    private let folder: Folder
    private static let seed = "3132333435363738393031323334353637383930"
    private let store: SQLiteStore
    private let policy = VerificationPolicy(admittedAfterEndOfLife: [.token])
    private let alice: SubscriberID
    private let token: DeviceID

    init() async throws {
        folder = try Folder()
        try folder.write(Self.seed, to: "seed")
        try folder.write(String(repeating: "07", count: 32), to: "decoy")
        (alice, token) = (try SubscriberID("alice"), try DeviceID("T-1"))
        store = try SQLiteStore(at: folder.path("bank.sqlite"), mark: .test)
        try await Subscribers(store: store, hasher: SecretHasher()).create(alice)
        try await Enrolments(store: store, policy: policy).enrol(
            token, as: .token, for: alice, with: .seed(SymmetricKey(data: Array("12345678901234567890".utf8))),
            id: #require(EnrolmentID(rawValue: "E-1")),
            isEmulated: true)
    }

    private func run(_ arguments: String...) async throws -> ChildProgram.Outcome {
        try await Program.run(arguments + ["--store", folder.path("bank.sqlite"), "--test", "--admit-retired"])
    }

    private func code(_ offset: TimeInterval, after now: Date) throws -> String {
        try TOTP(key: SymmetricKey(data: Array("12345678901234567890".utf8))).code(at: now.addingTimeInterval(offset))
    }

    @Test func `a Token that is eight steps off is found again by two codes, and a wrong pair counts`() async throws {
        let wrong = try await run("device", "resynchronise", "T-1", "000000", "000001")
        #expect(wrong.status == 1 && wrong.failure?.error == "the device \"T-1\" was not resynchronised with these codes")
        #expect(wrong.failure?.hint.contains("more than 10 steps off (5 min, at 30 s each)") == true, "\(wrong.complaints)")
        struct Device: Decodable { let state: String, wrongAnswers: Int }
        #expect(try await run("device", "show", "T-1", "--json").json(Device.self).wrongAnswers == 1)
        let now = Date()
        let (first, second) = (try code(210, after: now), try code(240, after: now))
        let right = try await run("device", "resynchronise", "T-1", first, second)
        #expect(right.status == 0, "\(right.complaints)")
        // Who types them in the next step is seven steps off, and a slow machine some more steps later.
        let telling = /(8 steps \(4 min\)|7 steps \(3 min 30 s\)|6 steps \(3 min\)|5 steps \(2 min 30 s\)) fast/
        #expect(right.text.hasPrefix("resynchronised: ") && right.text.matches(of: telling).count == 2, "\(right.text)")
        #expect(try await run("device", "resynchronise", "T-1", first, second).status == 1, "both are spent")
        #expect(try await run("device", "reset", "T-1", "--json").json(Device.self).wrongAnswers == 0)
        #expect(try await run("device", "suspend", "T-1", "--by", "bank").status == 0)
        let suspended = try await run("device", "reset", "T-1")
        #expect(suspended.status == 1 && suspended.failure?.error.contains("suspended") == true)
        #expect(suspended.failure?.hint.contains("\"tessera device resume\"") == true)
    }

    @Test func `a device's history names whose it was before`() async throws {
        let enrolments = try Enrolments(store: store, policy: policy)
        try await enrolments.revoke(token)
        let bob = try SubscriberID("bob")
        try await Subscribers(store: store, hasher: SecretHasher()).create(bob)
        try await enrolments.enrol(
            token, as: .token, for: bob, with: .seed(SymmetricKey(data: Array("12345678901234567890".utf8))),
            id: #require(EnrolmentID(rawValue: "E-2")), isEmulated: true)
        struct Shown: Decodable {
            struct Former: Decodable { let subscriber: String, state: String }
            let subscriber: String, history: [Former]?
        }
        let plain: Shown = try await run("device", "show", "T-1", "--json").json()
        #expect(plain.subscriber == "bob" && plain.history == nil)
        let whole: Shown = try await run("device", "show", "T-1", "--history", "--json").json()
        #expect(whole.history?.map(\.subscriber) == ["bob", "alice"] && whole.history?.map(\.state) == ["active", "revoked"])
        let text = try await run("device", "show", "T-1", "--history").text
        #expect(text.contains(/E-1 +alice +token +revoked/), "\(text)")
    }

    @Test func `an epoch is begun only for a store that was restored`() async throws {
        let unsaid = try await run("verify", "begin-epoch")
        #expect(unsaid.status == 2 && unsaid.complaints.contains("--restored"))
        struct Epoch: Decodable { let epoch: Int }
        #expect(try await run("verify", "begin-epoch", "--restored", "--after", "6", "--json").json(Epoch.self).epoch == 7)
        #expect(try await run("verify", "begin-epoch", "--restored", "--after", "65535").status == 1)
        #expect(try await AuditLog(store: store).rows().contains { $0.detail == "epoch 7" })
    }

    @Test func `rules are told in words, and what nobody can fulfil is refused`() async throws {
        try folder.write(
            #"""
            [{"name": "R-7", "account": "LU280019400644750000", "band": {"currency": "EUR", "above": "10000.00", "upTo": "50000.00"},
              "signatures": 2, "signers": [{"subscriber": "anna", "role": "Director"}, {"subscriber": "ben", "role": "Accountant"}],
              "atLeast": [{"count": 1, "of": ["anna"]}]}]
            """#, to: "rules.json")
        let told = try await Program.run("verify", "rules", folder.path("rules.json"))
        #expect(
            told.text == """
                LU28 0019 4006 4475 0000
                  R-7: above 10000.00 EUR up to 50000.00 EUR
                    2 of 2: anna (Director), ben (Accountant)
                    at least 1 of them: anna
                  all else is refused: no rule without a band covers it

                """, "\(told.text)\(told.complaints)")
        struct Rule: Decodable {
            struct Group: Decodable { let count: Int, of: [String] }
            let name: String, signatures: Int, atLeast: [Group]
        }
        let rules: [Rule] = try await Program.run("verify", "rules", folder.path("rules.json"), "--json").json()
        #expect(rules.map(\.name) == ["R-7"] && rules[0].signatures == 2 && rules[0].atLeast[0].of == ["anna"])
        let text = try String(decoding: folder.read("rules.json"), as: UTF8.self)
        for (old, new) in [
            ("\"signatures\": 2", "\"signatures\": 3"), ("[\"anna\"]", "[\"eve\"]"), ("\"atLeast\"", "\"atleast\""),
            ("\"signatures\": 2", "\"signatures\": 2, \"signatures\": 1"), ("\"account\"", "\"n\\u0061me\": \"R-7\", \"account\""),
        ] {
            try folder.write(text.replacing(old, with: new), to: "rules.json")
            let refused = try await Program.run("verify", "rules", folder.path("rules.json"))
            #expect(refused.status == 1 && refused.text.isEmpty && refused.failure != nil, "\(new)")
        }
    }

    @Test func `transactions are listed with who has signed and who may`() async throws {
        let transactions = Transactions(try Operations(store: store, origin: "bank.example", policy: policy))
        let payment = Challenge.Content.payment(
            try Payment(
                iban: IBAN("DE89370400440532013000"), amount: Amount(minorUnits: 1250, currency: Currency("EUR")), payee: "Anna Muster"))
        for number in 1...3 {
            _ = try await transactions.propose(
                payment, from: IBAN("LU280019400644750000"), by: alice, idempotencyKey: "\(number)")
        }
        struct Page: Decodable {
            struct Row: Decodable { let id: String, state: String, signatures: Int, awaited: [String] }
            let transactions: [Row]
            let next: Int64?
        }
        let first: Page = try await run("subscriber", "transactions", "alice", "--limit", "2", "--json").json()
        #expect(first.transactions.map(\.state) == ["toBeSigned", "toBeSigned"] && first.transactions[0].awaited == ["alice"])
        let next = try #require(first.next)
        let second: Page = try await run("subscriber", "transactions", "alice", "--limit", "2", "--after", "\(next)", "--json").json()
        #expect(second.transactions.count == 1 && second.next == nil)
        let table = try await run("subscriber", "transactions", "alice").text
        #expect(table.contains("Anna Muster") && table.contains("0 of 1") && table.contains(first.transactions[0].id))
        #expect(try await run("subscriber", "transactions", "alice", "--state", "submitted").text == "Nothing.\n")
        #expect(try await run("subscriber", "transactions", "alice", "--limit", "101").status == 2)
    }

    @Test func `a secret image is chosen in a session and shown, and a stranger's is always the same`() async throws {
        var generator = SystemRandomNumberGenerator()
        let opened = SessionToken(using: &generator)
        let session = Session(
            id: SessionID(opened), subscriber: alice, enrolment: try #require(EnrolmentID(rawValue: "E-1")), application: "own",
            startedAt: Date(),
            lastActive: Date())
        try await store.write { transaction throws(StoreError) in try transaction.insert(session) }
        try folder.write(opened.text, to: "session")
        let common = ["--session", folder.path("session"), "--decoy-key-file", folder.path("decoy")]
        func choose(_ arguments: [String]) async throws -> ChildProgram.Outcome {
            try await Program.run(
                ["subscriber", "choose-image"] + arguments + common + ["--store", folder.path("bank.sqlite"), "--test", "--json"])
        }
        struct Picture: Decodable { let name: String, french: String }
        let nine: [Picture] = try await choose(["--png", folder.path("nine.png")]).json()
        #expect(nine.count == 9)
        #expect(try folder.read("nine.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(try await choose([nine[3].name]).json(Picture.self).name == nine[3].name)
        let shown = try await run(
            "subscriber", "image", "alice", "--decoy-key-file", folder.path("decoy"), "--png", folder.path("image.png"), "--json")
        #expect(try shown.json(Picture.self).name == nine[3].name)
        #expect(try folder.read("image.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        let next: [Picture] = try await choose([]).json()
        let refused = try await choose([next[0].name])
        #expect(refused.status == 1 && refused.failure?.error == "the change of the secret image was not approved")
        let stranger = try await run("subscriber", "image", "nobody", "--decoy-key-file", folder.path("decoy"), "--json")
        #expect(
            stranger.output == (try await run("subscriber", "image", "nobody", "--decoy-key-file", folder.path("decoy"), "--json")).output)
    }
}
