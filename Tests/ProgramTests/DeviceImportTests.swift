import Crypto
import DeviceProtocol
import Foundation
import OATH
import PSKC
import SQLiteStore
import TestSupport
import Testing
import Verification

/// `tessera device import`: many keys into a store.
@Suite(.timeLimit(.minutes(10))) struct DeviceImportTests {
    private let folder: Folder
    private let store: String

    private struct Report: Decodable, Equatable {
        var dryRun = false
        var keys = 0
        var enrolled = 0
        var known = 0
        var created = 0
        var withoutOwner = 0
        var ownersWithoutKey = 0
    }

    init() throws {
        folder = try Folder()
        store = folder.path("bank.sqlite")
    }

    private static func serial(_ number: Int) -> String { "T-\(number)" }
    private static func seed(_ number: Int) -> SymmetricKey {
        SymmetricKey(data: Array(SHA256.hash(data: Array("\(number)".utf8)).prefix(20)))
    }

    /// A container of Tokens' keys, and a file that says whose they are.
    private func write(_ numbers: Range<Int>, owners: Range<Int>? = nil, change: (inout [KeyPackage]) -> Void = { _ in }) throws {
        var packages = numbers.map { number in
            var device = DeviceInfo()
            (device.manufacturer, device.serialNumber) = ("Maker", Self.serial(number))
            var key = PSKCKey(id: Self.serial(number), algorithm: .totp, secret: Self.seed(number))
            key.responseFormat = ResponseFormat(length: 6)
            key.timeInterval = 30
            return KeyPackage(device: device, key: key)
        }
        change(&packages)
        try Data(KeyContainer(packages: packages).plainDocument()).write(to: folder.url.appending(path: "keys.xml"))
        let lines = (owners ?? numbers).map { "\(Self.serial($0)),user-\($0)" }
        try folder.write((["serial,user"] + lines).joined(separator: "\n"), to: "owners.csv")
    }

    private static func policy(_ change: (inout KeyPolicy) -> Void) -> KeyPolicy {
        var policy = KeyPolicy()
        change(&policy)
        return policy
    }

    private func command(_ arguments: [String]) -> [String] {
        [
            "device", "import", folder.path("keys.xml"), "--owners", folder.path("owners.csv"), "--store", store, "--test",
            "--admit-retired", "--emulated",
        ] + arguments
    }

    private func run(_ arguments: String...) async throws -> ChildProgram.Outcome { try await Program.run(command(arguments)) }

    private func open() throws -> SQLiteStore { try SQLiteStore(at: store, mark: .test) }

    @Test func `a thousand keys are enrolled, and their codes are accepted`() async throws {
        try write(0..<1_000)
        let report: Report = try await run("--create", "--json").json()
        #expect(report == Report(keys: 1_000, enrolled: 1_000, created: 1_000))
        let policy = VerificationPolicy(admittedAfterEndOfLife: [.token])
        let operations = try Operations(store: open(), origin: "bank.example", policy: policy)
        for number in [0, 499, 500, 999] {
            let begun = try await operations.begin(
                .login(Login(place: "", browser: "")), for: SubscriberID("user-\(number)"), with: DeviceID(Self.serial(number)),
                idempotencyKey: "1")
            let code = try TOTP(key: Self.seed(number)).code(at: Date())
            #expect(try await operations.submit(.code(code), to: begun.id).name == "succeeded")
        }
        let audit = try await AuditLog(store: open()).check(keys: [])
        #expect(audit.isIntact && audit.rows >= 1_000)
    }

    @Test func `a second run enrols nobody twice, and what was added since`() async throws {
        try write(0..<20)
        #expect(try await run("--create").status == 0)
        #expect(try await run("--create", "--json").json() == Report(keys: 20, known: 20))
        try write(10..<30)
        #expect(try await run("--create", "--json").json() == Report(keys: 20, enrolled: 10, known: 10, created: 10))
        #expect(try await Enrolments(store: open()).enrolments(of: SubscriberID("user-15")).count == 1)
    }

    @Test func `a dry run writes nothing, and tells what would be refused`() async throws {
        try write(0..<20, owners: 5..<25)
        let missing = try await run("--create", "--dry-run")
        #expect(missing.status == 3 && !FileManager.default.fileExists(atPath: store), "\(missing.complaints)")
        _ = try open()
        #expect(
            try await run("--create", "--dry-run", "--group", "2", "--json").json()
                == Report(dryRun: true, keys: 20, enrolled: 15, created: 15, withoutOwner: 5, ownersWithoutKey: 5))
        #expect(try await Enrolments(store: open()).enrolments(of: SubscriberID("user-6")).isEmpty)
        let refused = try await run("--dry-run")
        #expect(refused.status == 1)
        #expect(refused.failure?.error.hasPrefix("T-5, line ") == true, "\(refused.complaints)")
        #expect(refused.failure?.error.hasSuffix("there is no subscriber \"user-5\"") == true)
        #expect(!refused.complaints.contains("run the same command again"))
    }

    @Test func `a refusal names serial number and line, and leaves whole groups`() async throws {
        try write(0..<30)
        let (other, taken) = (try SubscriberID("other"), try DeviceID("T-17"))
        try await Enrolments(store: open(), policy: VerificationPolicy(admittedAfterEndOfLife: [.token])).enrol(
            taken, as: .token, for: other, with: .seed(Self.seed(17)), id: #require(EnrolmentID(rawValue: "E-1")), isEmulated: true)
        let outcome = try await run("--create", "--group", "10")
        #expect(outcome.status == 1)
        let text = try String(contentsOfFile: folder.path("keys.xml"), encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(
            text.indices.filter { text[$0].contains("<KeyPackage") || text[$0].contains(":KeyPackage>") }.dropFirst(17).first)
        let place = "T-17, line \(line + 1) of \"\(folder.path("keys.xml"))\""
        #expect(outcome.complaints.contains("\(place): the device \"T-17\" is enrolled already"), "\(outcome.complaints)")
        #expect(outcome.complaints.contains("10 enrolled; once that is mended, the same command goes on"))
        let enrolments = try Enrolments(store: open())
        for number in 0..<30 where number != 17 {
            let found = try await enrolments.enrolments(of: SubscriberID("user-\(number)")).count
            #expect(found == (number < 10 ? 1 : 0), "user-\(number)")
        }
        #expect(try await Subscribers(store: open(), hasher: SecretHasher()).subscriber(SubscriberID("user-12")) == nil)
    }

    @Test func `what cannot be a Token's key is refused before the first is enrolled`() async throws {
        let token = "a \"token\" has TOTP with SHA-1, 6 digits, 30 s"
        let changes: [(String, (inout KeyPackage) -> Void)] = [
            ("it has TOTP with SHA-1, 8 digits, 30 s; \(token)", { $0.key?.responseFormat = ResponseFormat(length: 8) }),
            ("it has TOTP with SHA-1, 6 digits, 60 s; \(token)", { $0.key?.timeInterval = 60 }),
            (
                "it has HOTP with SHA-1, 6 digits; \(token)",
                {
                    $0.key?.algorithm = .hotp; $0.key?.counter = 1; $0.key?.timeInterval = nil
                }
            ),
            ("it has TOTP with SHA-256, 6 digits, 30 s; \(token)", { $0.key?.suite = "HMAC-SHA256" }),
            ("it has neither TOTP nor HOTP; \(token)", { $0.key?.algorithm = .ocra }),
            ("no product has such codes", { $0.key?.timeInterval = 60 }),
            (
                "the key is not for one-time codes (KeyUsage)",
                { $0.key?.policy = Self.policy { $0.usages = [.challengeResponse, .unlock] } }
            ),
            (
                "its codes go with a PIN that only the maker knows how to check (PINUsageMode)",
                {
                    var pin = PINPolicy()
                    pin.usageMode = .append
                    $0.key?.policy = Self.policy { $0.pin = pin }
                }
            ),
            (
                "the key is good for a number of codes only (NumberOfTransactions)",
                { $0.key?.policy = Self.policy { $0.numberOfTransactions = 1 } }
            ),
            (
                "its codes are not plain decimal digits",
                { $0.key?.responseFormat = ResponseFormat(encoding: .hexadecimal, length: 6) }
            ),
            ("its codes are not plain decimal digits", { $0.key?.responseFormat = ResponseFormat(length: 6, hasCheckDigit: true) }),
            ("the key is not valid now", { $0.device?.expiryDate = Date(timeIntervalSince1970: 1_600_000_000) }),
            ("the key is not valid now", { $0.device?.startDate = Date(timeIntervalSince1970: 4_000_000_000) }),
            ("the key has no serial number that a device can have", { $0.device?.serialNumber = nil }),
            ("T-0 is in the file twice", { $0.device?.serialNumber = "T-0" }),
        ]
        for (reason, change) in changes {
            try write(0..<3) { change(&$0[2]) }
            let outcome = try await run("--create")
            #expect(outcome.status == 1 && outcome.complaints.contains(reason), "\(reason): \(outcome.complaints)")
        }
        try write(0..<3) { $0[2].key?.secret = SymmetricKey(size: .init(bitCount: 64)) }
        #expect(try await run("--create").complaints.contains("T-2, line"))
        #expect(try await Enrolments(store: open()).enrolments(of: SubscriberID("user-0")).isEmpty)
    }

    @Test func `the odd ones are named, and a file says what became of each`() async throws {
        struct Odd: Decodable {
            let serialsWithoutOwner: [String], serialsWithoutKey: [String], unidentified: Int, withoutPassword: Int
        }
        try write(0..<12, owners: 2..<14)
        let file = folder.path("report.csv")
        let refused = try await run("--report", file)
        let place = "T-2, line 2 of \"\(folder.path("owners.csv"))\""
        #expect(refused.failure?.error == "\(place): there is no subscriber \"user-2\"", "\(refused.complaints)")
        #expect(refused.failure?.hint.contains("--create") == true)
        func rows() throws -> [Substring] { try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") }
        let broken = try rows()
        #expect(broken.contains(#"T-2,user-2,"refused: there is no subscriber ""user-2""""#), "\(broken)")
        #expect(broken.contains("T-3,user-3,not enrolled"))

        let odd: Odd = try await run("--create", "--report", file, "--json").json()
        #expect(odd.serialsWithoutOwner == ["T-0", "T-1"] && odd.serialsWithoutKey == ["T-12", "T-13"])
        #expect(odd.unidentified == 10 && odd.withoutPassword == 10)
        let report = try rows()
        #expect(report.count == 15 && report[0] == "serial,user,outcome")
        #expect(report.contains("T-0,,without owner") && report.contains("T-5,user-5,enrolled"))
        #expect(report.contains("T-12,user-12,without key"))
        let again = try await run("--create", "--report", file).text
        #expect(again.contains("keys without owner  2: T-0, T-1\nowners without key  2: T-12, T-13\n"), "\(again)")
        #expect(again.contains("10 cannot log in yet: nobody said how their holders were identified"), "\(again)")
        #expect(again.contains("10 cannot log in yet: their holders have no password"))
        #expect(try rows().contains("T-5,user-5,enrolled before"))
        #expect(try await run("--report", folder.path("owners.csv")).status == 2)
    }

    @Test func `how people were identified is said for all, before they log in`() async throws {
        struct Odd: Decodable { let unidentified: Int }
        try write(0..<3)
        #expect(try await run("--create", "--identification", "video", "--json").json(Odd.self).unidentified == 0)
        let enrolments = try await Enrolments(store: open()).enrolments(of: SubscriberID("user-1"))
        #expect(enrolments.map(\.life.identification) == [.video])
    }

    @Test func `a retired product is imported only where that is admitted, and the option is named`() async throws {
        try write(0..<1)
        let outcome = try await Program.run(command(["--create"]).filter { $0 != "--admit-retired" })
        #expect(outcome.status == 1 && outcome.failure?.hint.contains("--admit-retired") == true, "\(outcome.complaints)")
    }

    @Test func `a file of owners with a mistake is refused with its line`() async throws {
        try write(0..<3)
        for (text, reason) in [
            ("serial,user\nT-0,user-0\nT-1", "line 3 of"), ("T-0,user-0\nT-0,user-1\n", "line 2 of"), ("T-0,user 0", "line 1 of"),
            ("T-0,\"user-0\",x", "line 1 of"), ("T-1,user-1\nT-0,\"user-0\"", "line 2 of"),
        ] {
            try folder.write(text, to: "owners.csv")
            let outcome = try await run("--create")
            #expect(outcome.status == 2 && outcome.complaints.contains(reason), "\(text): \(outcome.complaints)")
        }
    }

    @Test func `Ctrl-C leaves whole groups, and a second run goes on`() async throws {
        try write(0..<1_500)
        let program = try RunningProgram(command(["--create", "--group", "10"]), environment: [:])
        let reader = try open()
        #expect(
            await eventually {
                (try? await AuditLog(store: reader).rows(limit: 1).isEmpty) == false
            })
        program.send(SIGINT)
        let outcome = try await program.end()
        #expect([130, 0].contains(outcome.status), "\(outcome.complaints)")
        let rows = try await AuditLog(store: reader).check(keys: []).rows
        // Each device's owner is created with it.
        #expect(rows.isMultiple(of: 20))
        let first = rows / 2
        if outcome.status == 130 { #expect(outcome.complaints.contains("\(first) enrolled; run the same command again")) }
        let report: Report = try await run("--create", "--json").json()
        #expect(report.known == Int(first) && report.enrolled == 1_500 - Int(first))
    }
}
