import Foundation
import TestSupport
import Testing

/// `tessera subscriber` and `tessera device`, as a clerk uses them.
@Suite struct SubscriberTests {
    private let folder: Folder
    private static let seed = "3132333435363738393031323334353637383930"

    init() throws {
        folder = try Folder()
        for (name, text) in [
            ("seed", Self.seed), ("activation", "4711A"), ("serial", "T-1"), ("short", "short"), ("password", "Pass-w0rd"),
            ("other", "N3u+Wort"), ("questions", "First school?\nBrill\nFirst pet?\nZoe\nStreet?\nAlzette\n"),
        ] { try folder.write(text, to: name) }
    }

    private func run(_ arguments: String..., input: String = "") async throws -> ChildProgram.Outcome {
        try await run(arguments, input: input)
    }

    private func run(_ arguments: [String], input: String = "") async throws -> ChildProgram.Outcome {
        try await Program.run(arguments + ["--store", folder.path("bank.sqlite"), "--test", "--admit-retired"], input: input)
    }

    private struct Ordered: Decodable {
        struct Order: Decodable { let id: String, next: String?, state: String }
        let order: Order
        let challengeCode: String
    }

    private struct Device: Decodable {
        let state: String, wrongAnswers: Int, suspendedBy: String?, name: String?, accounts: [String], validUntil: Date?
    }

    /// Alice, with an order for a Token.
    private func order() async throws -> Ordered {
        #expect(try await run("subscriber", "create", "alice").status == 0)
        return try await run(
            "device", "order", "token", "--for", "alice", "--identification", "branch", "--serial", "T-1", "--account", "A-1",
            "--activation-code-file", folder.path("activation"), "--json"
        ).json()
    }

    /// Takes a step from a file, and tells the next one.
    private func step(_ order: String, _ file: String) async throws -> String? {
        let outcome = try await run("device", "activate", order, "--file", folder.path(file), "--json")
        #expect(outcome.status == 0, "\(file): \(outcome.complaints)")
        return try outcome.json(Ordered.Order.self).next
    }

    /// Alice, with a Token that is active.
    private func activate() async throws -> Ordered {
        let ordered = try await order()
        let id = ordered.order.id
        let initial = try await run("subscriber", "initial-password", "alice").text
        try folder.write(initial, to: "initial")
        #expect(try await step(id, "activation") == "serialNumber")
        #expect(try await step(id, "serial") == "keys")
        let registered = try await run("device", "register", id, "T-1", "--seed-file", folder.path("seed"), "--emulated").text
        #expect(registered.hasPrefix("registered T-1\nNext: an approval by the device\n  tessera device activate \(id) --store "))
        let code = try await Program.run("token", "--secret-file", folder.path("seed"), "--once").text
        try folder.write(code, to: "code")
        #expect(try await step(id, "code") == "initialPassword")
        #expect(try await step(id, "initial") == "newPassword")
        #expect(try await step(id, "password") == "securityQuestions")
        #expect(try await step(id, "questions") == nil)
        return ordered
    }

    private func device(_ arguments: String...) async throws -> Device {
        let outcome = try await run(["device"] + arguments + ["--json"])
        #expect(outcome.status == 0, "\(arguments): \(outcome.complaints)")
        return try outcome.json()
    }

    @Test func `a store whose file is not there is made by who makes a customer, and by nobody else`() async throws {
        let epoch = ["verify", "begin-epoch", "--restored"]
        for command in [["subscriber", "show", "alice"], ["subscriber", "transactions", "alice"], ["device", "show", "T-1"], epoch] {
            let outcome = try await Program.run(command + ["--store", folder.path("typo/bank.sqlite"), "--test"])
            #expect(outcome.status == 3 && outcome.failure?.error.contains("there is no file") == true, "\(command): \(outcome.complaints)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("typo")))
        let production = try await Program.run("subscriber", "create", "alice", "--store", folder.path("new.sqlite"))
        #expect(production.status == 2 && production.failure?.error == "a store for production needs keys", "\(production.complaints)")
        #expect(production.failure?.hint.contains("verify new-key") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path("new.sqlite")))
    }

    @Test func `where keys come next, the hint is of the device's own kind`() async throws {
        let token = try await order().order.id
        #expect(try await step(token, "activation") == "serialNumber")
        #expect(try await step(token, "serial") == "keys")
        let by = ["--for", "alice", "--identification", "branch", "--json"]
        let card = try await run(["device", "order", "smartcard"] + by).json(Ordered.self).order
        let activation = ["--activation-code-file", folder.path("activation")]
        let scan = try await run(["device", "order", "scan"] + by + activation).json(Ordered.self).order
        #expect(card.next == "keys")
        #expect(try await step(scan.id, "activation") == "keys")
        for (order, words, isRegistered) in [(token, "--seed-file", true), (card.id, "--signature", true), (scan.id, "paired", false)] {
            let outcome = try await run("device", "activate", order)
            #expect(outcome.status == 1 && outcome.failure?.error == "the device's keys come next", "\(outcome.complaints)")
            let hint = try #require(outcome.failure?.hint)
            #expect(hint.contains(words) && hint.contains("device register \(order)") == isRegistered, "\(hint)")
        }
    }

    @Test func `what comes next can be typed as it is printed`() async throws {
        try FileManager.default.createDirectory(atPath: folder.path("a bank's"), withIntermediateDirectories: false)
        let created = try await Program.run("subscriber", "create", "alice", "--store", folder.path("a bank's/store"), "--test")
        let next = try #require(created.text.firstMatch(of: /Next: tessera (.+)/)).output.1
        let words = try await ChildProgram.run("sh", ["-c", "printf '%s\\n' \(next)"]).text.split(separator: "\n").map(String.init)
        #expect(words.last == "--test" && words.contains(folder.path("a bank's/store")), "\(words)")
        let ordered = try await Program.run(words + ["--json"])
        #expect(ordered.status == 0, "\(ordered.complaints)")
        // The commands lead on: this kind's keys are registered by one.
        #expect(try ordered.json(Ordered.self).order.next == "keys")
        let nobody = try await Program.run("subscriber", "transactions", "bob", "--store", folder.path("a bank's/store"), "--test")
        #expect(nobody.status == 1 && nobody.failure?.error.contains("bob") == true, "\(nobody.complaints)")
    }

    @Test func `a Token is ordered, activated step by step, suspended, re-activated and revoked`() async throws {
        let ordered = try await activate()
        let done = try await run("device", "activate", ordered.order.id, "--status")
        #expect(done.text.hasSuffix("The order is active.\n"))
        let shown = try await run("subscriber", "show", "alice").text
        #expect(shown.contains("password       chosen") && shown.contains("questions      3") && shown.contains("T-1"))

        #expect(try await device("show", "T-1").state == "active")
        #expect(try await device("suspend", "T-1", "--by", "person").suspendedBy == "person")
        let wrong = try await run("device", "reactivate", "T-1", "--challenge-code", "--code-file", folder.path("serial"))
        #expect(wrong.status == 1)
        #expect(wrong.failure?.error == "the code is not accepted" && wrong.failure?.hint.contains("ask the helpdesk") == false)
        try folder.write(ordered.challengeCode, to: "challenge")
        #expect(try await device("reactivate", "T-1", "--challenge-code", "--code-file", folder.path("challenge")).state == "active")

        #expect(try await device("suspend", "T-1", "--by", "bank").state == "suspended")
        let first = try await run("device", "helpdesk-code", "T-1")
        #expect(first.text.wholeMatch(of: /[0-9]{8}\n/) != nil, "\(first.text)")
        #expect(first.complaints.hasPrefix("tessera: opens the device \"T-1\" of alice, once, until "), "\(first.complaints)")
        #expect(!first.complaints.contains("the code made before") && !first.complaints.contains("blocked"))
        let second = try await run("device", "helpdesk-code", "T-1")
        #expect(second.complaints.contains("the code made before, good until ") && second.text != first.text)
        try folder.write(second.text, to: "helpdesk")
        #expect(try await device("reactivate", "T-1", "--code-file", folder.path("helpdesk")).state == "active")

        #expect(try await device("suspend", "T-1", "--by", "fraud").suspendedBy == "fraud")
        let reset = try await run("device", "reset", "T-1")
        #expect(reset.failure?.hint.contains("\"tessera device resume\"") == true, "\(reset.complaints)")
        let fraud = try await run("device", "helpdesk-code", "T-1")
        #expect(fraud.failure?.hint == "only the bank re-activates it, after making sure of the person")
        #expect(try await device("resume", "T-1").state == "active")

        #expect(try await device("rename", "T-1", "--name", "key ring").name == "key ring")
        #expect(try await device("link", "T-1", "--account", "A-2").accounts == ["A-1", "A-2"])
        #expect(try await device("link", "T-1", "--account", "A-1", "--remove").accounts == ["A-2"])
        #expect(try await device("revoke", "T-1").state == "revoked")
        let over = try await run("device", "suspend", "T-1", "--by", "bank")
        #expect(over.status == 1)
        #expect(over.failure?.error == "an enrolment that is revoked cannot be suspended")
        #expect(over.failure?.hint == "order a new device: this enrolment is over")
        let notices = try await run("subscriber", "notices", "alice").text
        #expect(notices.contains("your device \"T-1\" is suspended: somebody else may have used it"))
    }

    @Test func `a password is asked for or read from files, never echoed, and each violation is told`() async throws {
        _ = try await activate()
        let short = try await run(
            "subscriber", "change-password", "alice", "--old-file", folder.path("password"), "--new-file", folder.path("short"))
        #expect(short.status == 1)
        #expect(short.failure?.error.contains("at least 6 characters") == true)
        let typed = try await run("subscriber", "change-password", "alice", input: "Pass-w0rd\nN3u+Wort\n")
        #expect(typed.status == 0, "\(typed.complaints)")
        #expect(typed.text == "changed\n")
        #expect(!typed.complaints.contains("w0rd") && !typed.complaints.contains("N3u"))
        let old = try await run(
            "subscriber", "change-password", "alice", "--old-file", folder.path("password"), "--new-file", folder.path("other"))
        #expect(old.failure?.error == "user ID, password or code is not right")
        for name in try folder.names where name.hasPrefix("bank.sqlite") {
            let bytes = try folder.read(name)
            #expect(bytes.range(of: Data("Pass-w0rd".utf8)) == nil && bytes.range(of: Data("N3u+Wort".utf8)) == nil, "\(name)")
        }
    }

    @Test func `an initial password says whose it is beside it, and who has chosen a password gets none`() async throws {
        #expect(try await run("subscriber", "create", "bob").status == 0)
        let made = try await run("subscriber", "initial-password", "bob")
        #expect(made.text.split(separator: "\n").count == 1)
        #expect(made.complaints == "tessera: the initial password of bob, for the letter:\n")
        #expect(try await run("subscriber", "initial-password", "bob", "--json").complaints.isEmpty)
        _ = try await activate()
        let refused = try await run("subscriber", "initial-password", "alice")
        #expect(refused.status == 1 && refused.text.isEmpty)
        #expect(refused.failure?.error.hasPrefix("the subscriber \"alice\" has a password of their own") == true, "\(refused.complaints)")
        #expect(refused.failure?.hint.contains("device") == true)
    }

    @Test func `a customer who is blocked comes back with the helpdesk's code`() async throws {
        _ = try await activate()
        for _ in 0..<5 {
            _ = try await run(
                "subscriber", "change-password", "alice", "--old-file", folder.path("other"), "--new-file", folder.path("password"))
        }
        struct Report: Decodable { let isBlocked: Bool, wrongAnswers: Int, blockedUntil: Date? }
        let blocked: Report = try await run("subscriber", "show", "alice", "--json").json()
        #expect(blocked.isBlocked && blocked.wrongAnswers == 5 && blocked.blockedUntil != nil)
        struct Secret: Decodable { let secret: String, goodUntil: Date }
        let code: Secret = try await run("subscriber", "helpdesk-code", "alice", "--json").json()
        try folder.write(code.secret, to: "helpdesk")
        #expect(try await run("subscriber", "unblock", "alice", "--code-file", folder.path("helpdesk")).text == "alice is open again\n")
        let open: Report = try await run("subscriber", "show", "alice", "--json").json()
        #expect(!open.isBlocked && open.wrongAnswers == 0)
        let needless = try await run("subscriber", "helpdesk-code", "alice")
        #expect(needless.complaints.contains("alice is not blocked"), "\(needless.complaints)")
        try folder.write(needless.text, to: "helpdesk")
        let told: Report = try await run("subscriber", "unblock", "alice", "--code-file", folder.path("helpdesk"), "--json").json()
        #expect(!told.isBlocked)
        let changed: Report = try await run(
            "subscriber", "change-password", "alice", "--old-file", folder.path("password"), "--new-file", folder.path("other"), "--json"
        ).json()
        #expect(changed.wrongAnswers == 0)
    }

    @Test func `a device shows that its owner is blocked, and that one code is not enough`() async throws {
        _ = try await activate()
        for _ in 0..<5 {
            _ = try await run(
                "subscriber", "change-password", "alice", "--old-file", folder.path("other"), "--new-file", folder.path("password"))
        }
        struct Shown: Decodable { let state: String, isSubscriberBlocked: Bool, subscriberBlockedUntil: Date?, driftSteps: Int }
        let shown: Shown = try await run("device", "suspend", "T-1", "--by", "bank", "--json").json()
        #expect(shown.state == "suspended" && shown.isSubscriberBlocked && shown.subscriberBlockedUntil != nil)
        let code = try await run("device", "helpdesk-code", "T-1")
        #expect(code.complaints.contains("alice is blocked, too"))
        #expect(code.complaints.contains("tessera subscriber helpdesk-code alice --store"), "\(code.complaints)")
        let resumed = try await run("device", "resume", "T-1").text
        #expect(resumed.contains("alice, who is blocked until ") && resumed.contains("active"), "\(resumed)")
    }

    @Test func `an order names the command that goes on with it, and one that was made before`() async throws {
        #expect(try await run("subscriber", "create", "alice").status == 0)
        let command = ["device", "order", "smartcard", "--for", "alice", "--identification", "branch"]
        let first = try await run(command)
        #expect(first.complaints.isEmpty, "\(first.complaints)")
        let id = try #require(first.text.firstMatch(of: /order +([0-9a-f]{32})/)).output.1
        #expect(first.text.contains("Next: the device's keys\n  tessera device register \(id) --authentication FILE "), "\(first.text)")
        let again = try await run(command)
        #expect(again.status == 0 && again.complaints.contains("alice has another open order for a \"smartcard\""))
        #expect(again.complaints.contains("tessera device cancel \(id) --store "))
        struct Orders: Decodable { let otherOpenOrders: [String] }
        let third: Orders = try await run(command + ["--json"]).json()
        #expect(third.otherOpenOrders.count == 2 && third.otherOpenOrders.contains(String(id)))
    }

    @Test func `where the initial password comes next, the command that makes one is named until there is one`() async throws {
        let id = try await order().order.id
        #expect(try await step(id, "activation") == "serialNumber")
        #expect(try await step(id, "serial") == "keys")
        struct Registered: Decodable { let device: String, order: Ordered.Order }
        let registered: Registered = try await run(
            "device", "register", id, "T-1", "--seed-file", folder.path("seed"), "--emulated", "--json"
        ).json()
        #expect(registered.device == "T-1" && registered.order.next == "approval")
        try folder.write(try await Program.run("token", "--secret-file", folder.path("seed"), "--once").text, to: "code")
        let approved = try await run("device", "activate", id, "--file", folder.path("code")).text
        #expect(approved.hasPrefix("Next: the initial password\n  tessera subscriber initial-password alice --store "), "\(approved)")
        #expect(try await run("subscriber", "initial-password", "alice").status == 0)
        let status = try await run("device", "activate", id, "--status").text
        #expect(status.contains("Next: the initial password\n  tessera device activate \(id) --store "), "\(status)")
    }

    @Test func `a refusal is the same to the byte whatever was wrong, also in JSON`() async throws {
        let ordered = try await activate()
        #expect(try await run("subscriber", "create", "bob").status == 0)
        try folder.write("00000000", to: "wrong")
        try folder.write(ordered.challengeCode, to: "challenge")
        let password = { (user: String, old: String) in
            try await run(
                "subscriber", "change-password", user, "--old-file", folder.path(old), "--new-file", folder.path("other"))
        }
        let device = { (arguments: [String]) in try await run(["device", "reactivate", "T-1", "--code-file"] + arguments) }
        var passwords: [ChildProgram.Outcome] = []
        passwords.append(try await password("bob", "password"))  // has none
        passwords.append(try await password("alice", "wrong"))
        var seen: [ChildProgram.Outcome] = []
        seen.append(try await run("subscriber", "unblock", "alice", "--code-file", folder.path("wrong")))  // no code was made
        _ = try await run("subscriber", "helpdesk-code", "alice")
        seen.append(try await run("subscriber", "unblock", "alice", "--code-file", folder.path("wrong")))
        #expect(try await self.device("suspend", "T-1", "--by", "person").state == "suspended")
        seen.append(try await device([folder.path("wrong"), "--challenge-code"]))
        seen.append(try await device([folder.path("wrong"), "--json"]))
        seen.append(try await device([folder.path("challenge"), "--challenge-code", "--json"]))  // blocked by now
        passwords.append(try await password("alice", "password"))
        for (outcomes, error) in [(passwords, "user ID, password or code is not right"), (seen, "the code is not accepted")] {
            #expect(Set(outcomes.map { [String($0.status), $0.text, $0.complaints] }).count == 1, "\(outcomes.map(\.complaints))")
            #expect(outcomes[0].status == 1 && outcomes[0].text.isEmpty)
            #expect(outcomes[0].failure?.error == error)
        }
    }

    @Test func `what is no store is refused, nobody waits for it, and it stays as it was`() async throws {
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        try folder.write("half of it", to: "half")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("half"))
        let commands = [["subscriber", "show", "alice", "--test", "--store"], ["verify", "audit"]]
        for command in commands {
            for name in [folder.path("pipe"), folder.path("half"), folder.url.path, "/dev/null", ""] {
                let outcome = try await Program.run(command + [name])
                #expect(outcome.status == 3, "\(name): \(outcome.complaints)")
                #expect(outcome.failure?.hint.contains("chmod") == false, "\(name)")
            }
        }
        #expect(try folder.read("half") == Data("half of it".utf8))
        #expect(!(try folder.names.contains { $0.hasPrefix("pipe-") }))
    }

    @Test func `who and what is not there is named, with the next step`() async throws {
        _ = try await order()
        for (arguments, status, error) in [
            (["subscriber", "create", "alice"], 1, "the subscriber \"alice\" exists already"),
            (["subscriber", "show", "bob"], 1, "there is no subscriber \"bob\""),
            (["subscriber", "notices", "bob"], 1, "there is no subscriber \"bob\""),
            (["device", "show", "T-9"], 1, "no device \"T-9\" is enrolled"),
            (["device", "helpdesk-code", "T-9"], 1, "no device \"T-9\" is enrolled"),
            (["device", "cancel", "0000"], 1, "there is no order 0000"),
            (["device", "order", "abacus", "--for", "alice", "--identification", "branch"], 2, "there is no product \"abacus\""),
        ] {
            let outcome = try await run(arguments)
            #expect(outcome.status == status)
            #expect(outcome.failure?.error == error)
            #expect(outcome.failure?.hint.isEmpty == false)
        }
        #expect(try await run("subscriber", "create", "two words").status == 2)
        #expect(try await run("device", "suspend", "T-1", "--by", "weather").status == 2)
        let production = try await Program.run("subscriber", "show", "alice", "--store", folder.path("bank.sqlite"))
        #expect(production.status == 3)
        #expect(production.failure?.hint == "open it with --test, or use another store for production")
    }

    @Test func `a retired product is ordered only where that is admitted`() async throws {
        #expect(try await run("subscriber", "create", "alice").status == 0)
        let outcome = try await Program.run(
            "device", "order", "token", "--for", "alice", "--identification", "branch", "--activation-code-file", folder.path("activation"),
            "--store", folder.path("bank.sqlite"), "--test")
        #expect(outcome.status == 1)
        #expect(outcome.failure?.error.contains("stopped working on 2024-12-31") == true)
        #expect(outcome.failure?.hint.contains("--admit-retired") == true, "\(outcome.complaints)")
    }

    @Test func `an order is cancelled, and then over`() async throws {
        let ordered = try await order()
        #expect(try await run("device", "cancel", ordered.order.id).text == "cancelled\n")
        let outcome = try await run("device", "activate", ordered.order.id, "--file", folder.path("activation"))
        #expect(outcome.failure?.error == "there is no step left")
        let twice = try await run("device", "cancel", ordered.order.id)
        let reason = "the order \(ordered.order.id) cannot be cancelled: it is over already, cancelled or ended by wrong codes"
        #expect(twice.status == 1 && twice.failure?.error == reason, "\(twice.complaints)")
        let other = try await run(
            "device", "order", "smartcard", "--for", "alice", "--identification", "branch", "--json"
        ).json(Ordered.self)
        #expect(try await run("device", "cancel", other.order.id, "--json").json(Ordered.Order.self).state == "revoked")
    }

    @Test func `an order whose device is in use is not cancelled, and says what ends the device`() async throws {
        let outcome = try await run("device", "cancel", activate().order.id)
        #expect(outcome.status == 1 && outcome.failure?.error.contains("it is activated") == true, "\(outcome.complaints)")
        #expect(outcome.failure?.hint.contains("device revoke") == true)
    }

    @Test func `timing measures every reason of a refusal, and leaves nothing behind`() async throws {
        struct Report: Decodable {
            struct Row: Decodable { let reason: String, least: Double, median: Double, most: Double }
            let refusals: [Row], loginsPerSecond: Double
        }
        let report: Report = try await Program.run(
            "subscriber", "timing", "--rounds", "3", "--json", environment: ["TMPDIR": folder.url.path]
        )
        .json()
        #expect(report.refusals.count == 5)
        #expect(report.refusals.allSatisfy { 0 < $0.least && $0.least <= $0.median && $0.median <= $0.most })
        #expect(report.loginsPerSecond > 0)
        #expect(try folder.names.allSatisfy { !$0.hasPrefix("tessera-timing") })
        #expect(try await Program.run("subscriber", "timing", "--rounds", "2").status == 2)
    }

    @Test func `the products are listed with what is known and how well`() async throws {
        struct Product: Decodable {
            struct Fact: Decodable { let about: String, known: String, confidence: String, source: String }
            let product: String, limitPerSubscriber: Int?, activationDays: Int, validityYears: Int, facts: [Fact]
        }
        let products: [Product] = try await Program.run("device", "products", "--json").json()
        #expect(products.map(\.product) == ["token", "scan", "mobile", "smartcard", "stick"])
        #expect(products.map(\.limitPerSubscriber) == [nil, 1, 2, nil, nil])
        #expect(products.allSatisfy { $0.activationDays == 60 && $0.validityYears == 3 })
        #expect(products[0].facts.contains { $0.known == "SHA-1" && $0.confidence == "inferred" })
        let text = try await Program.run("device", "products").text
        #expect(text.contains("inferred") && text.contains("60 days from the order"))
    }
}
