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
        #expect(outcome.complaints.contains("T-17, line \(line + 1): the device \"T-17\" is enrolled already"), "\(outcome.complaints)")
        #expect(outcome.complaints.contains("10 enrolled; once that is mended, the same command goes on"))
        let enrolments = try Enrolments(store: open())
        for number in 0..<30 where number != 17 {
            let found = try await enrolments.enrolments(of: SubscriberID("user-\(number)")).count
            #expect(found == (number < 10 ? 1 : 0), "user-\(number)")
        }
        #expect(try await Subscribers(store: open(), hasher: SecretHasher()).subscriber(SubscriberID("user-12")) == nil)
    }

    @Test func `what cannot be a Token's key is refused before the first is enrolled`() async throws {
        let changes: [(String, (inout KeyPackage) -> Void)] = [
            ("its codes are not those of a \"token\"", { $0.key?.responseFormat = ResponseFormat(length: 8) }),
            ("its codes are not those of a \"token\"", { $0.key?.timeInterval = 60 }),
            (
                "its codes are not those of a \"token\"",
                {
                    $0.key?.algorithm = .hotp; $0.key?.counter = 1; $0.key?.timeInterval = nil
                }
            ),
            ("its codes are not those of a \"token\"", { $0.key?.suite = "HMAC-SHA256" }),
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
        let first = try await AuditLog(store: reader).check(keys: []).rows
        #expect(first.isMultiple(of: 10))
        if outcome.status == 130 { #expect(outcome.complaints.contains("\(first) enrolled; run the same command again")) }
        let report: Report = try await run("--create", "--json").json()
        #expect(report.known == Int(first) && report.enrolled == 1_500 - Int(first))
    }
}
