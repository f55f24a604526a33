import ArgumentParser
import Crypto
import DeviceProtocol
import Foundation
import OATH
import SQLiteStore
import Secrets
import Verification

/// `tessera subscriber timing`: how long refusals take, and how many logins a second there are.
struct SubscriberTiming: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timing", abstract: "Measure refusals of each reason, and logins a second, on this machine.",
        discussion: """
            A refusal must not tell by its time what was wrong. Each reason is tried in
            turn, round after round, in a store of its own that is removed at the end.
            Times are in milliseconds.

            Examples:
              tessera subscriber timing
              tessera subscriber timing --rounds 100 --json
            """)

    @Option(help: "How many rounds, 3 to 1000.")
    var rounds = 20
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (3...1000).contains(rounds) else { throw ValidationError("There are 3 to 1000 rounds, not \(rounds).") }
    }

    func run() async throws {
        let folder = try PassingFolder("tessera-timing")
        defer { folder.remove() }
        let bench = try await TimingBench(in: folder.url)
        var times: [TimingBench.Reason: [Double]] = [:]
        for _ in 0..<rounds {
            for reason in TimingBench.Reason.allCases.shuffled() {
                try Task.checkCancellation()
                times[reason, default: []].append(try await bench.time(reason))
            }
        }
        let rate = try await bench.loginsPerSecond()
        let rows = TimingBench.Reason.allCases.map { Row($0.rawValue, times[$0] ?? []) }
        try output.print(Report(refusals: rows, loginsPerSecond: rate)) {
            var table = Table(header: ["refused because of", "least", "median", "most"])
            table.numbers = [1, 2, 3]
            table.rows = rows.map { [$0.reason] + [$0.least, $0.median, $0.most].map { String(format: "%.1f", $0) } }
            return table.text + String(format: "\n\nlogins a second, all cores: %.1f", rate)
        }
    }

    private struct Report: Encodable {
        let refusals: [Row]
        let loginsPerSecond: Double
    }

    /// Times of one reason, in milliseconds.
    private struct Row: Encodable {
        let reason: String
        let least: Double
        let median: Double
        let most: Double

        init(_ reason: String, _ times: [Double]) {
            let sorted = times.sorted()
            self.reason = reason
            least = sorted.first ?? 0
            median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
            most = sorted.last ?? 0
        }
    }
}

/// A bank with customers, each of whom is refused for a reason of their own.
struct TimingBench {
    /// Why a login is refused.
    enum Reason: String, CaseIterable {
        case user = "an unknown user"
        case password = "a wrong password"
        case code = "a wrong code"
        case blocked = "a block"
        case suspended = "a suspended device"
    }

    private static let seed = SymmetricKey(data: Array("12345678901234567890".utf8))
    private static let password = "Pass-w0rd"
    private let desk: Desk
    private let logins: Logins
    private let totp: TOTP
    private let clock = DemoClock()

    init(in folder: URL) async throws {
        totp = try TOTP(key: Self.seed)
        let store = try SQLiteStore(at: folder.appending(path: "timing.sqlite").path, mark: .test)
        // A Token whose end of life is not named, because the measurement wants the cheapest check of a code.
        let token = ProductProfile(id: .token, kind: .token, method: ProductProfile.token.method, admitsUnboundApprovals: true)
        desk = try Desk(store: store, policy: VerificationPolicy(products: [token], blocking: BlockingRule(duration: 1e9)), now: clock.read)
        logins = Logins(of: desk.subscribers, by: desk.operations, decoyKey: SymmetricKey(size: .bits256))
        for reason in Reason.allCases where reason != .user { try await admit(Self.user(reason)) }
        for _ in 0..<5 { try await refuse(Self.user(.blocked), password: "Wrong-1x", code: "000000") }
        try await desk.enrolments.suspend(DeviceID("T-\(Self.user(.suspended))"))
    }

    private static func user(_ reason: Reason) -> String { reason.rawValue.split(separator: " ").last.map(String.init) ?? "" }

    /// A customer with a password and a Token.
    private func admit(_ user: String) async throws {
        let (id, device) = (try SubscriberID(user), try DeviceID("T-\(user)"))
        try await desk.subscribers.create(id)
        var random = SystemRandomNumberGenerator()
        try await desk.enrolments.enrol(
            device, as: .token, for: id, with: .seed(Self.seed), id: EnrolmentID(using: &random), isEmulated: true,
            life: EnrolmentLife(identification: .branch))
        let operation = try await desk.operations.begin(
            Subscribers.approvalOfPassword(for: id), for: id, with: device, idempotencyKey: "password")
        _ = try await desk.operations.submit(.code(totp.code(at: clock.now)), to: operation.id)
        try await desk.subscribers.resetPassword(
            of: id, to: HeldSecret(try SecretBytes.copying(Self.password.utf8)), approvedBy: operation.id)
    }

    /// How long one refusal takes, in milliseconds; a right login of the same person follows, so that nobody is blocked.
    func time(_ reason: Reason) async throws -> Double {
        clock.move(by: 90)
        let user = Self.user(reason)
        let right = try totp.code(at: clock.now)
        let wrong = String(right.reversed()) == right ? "000000" : String(right.reversed())
        let start = ContinuousClock.now
        switch reason {
        case .password: try await refuse(user, password: "Wrong-1x", code: right)
        case .code: try await refuse(user, password: Self.password, code: wrong)
        case .user, .blocked, .suspended: try await refuse(user, password: Self.password, code: right)
        }
        let time = (ContinuousClock.now - start) / .milliseconds(1)
        if reason == .password || reason == .code {
            clock.move(by: 90)
            _ = try await logIn(user, password: Self.password, code: totp.code(at: clock.now))
        }
        if reason == .suspended { try await forgive(user) }
        return time
    }

    /// How many right logins there are a second when all cores hash.
    func loginsPerSecond() async throws -> Double {
        let users = (0..<8).map { "customer-\($0)" }
        for user in users { try await admit(user) }
        clock.move(by: 90)
        let code = try totp.code(at: clock.now)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for user in users { group.addTask { _ = try await logIn(user, password: Self.password, code: code) } }
            try await group.waitForAll()
        }
        return Double(users.count) / ((ContinuousClock.now - start) / .seconds(1))
    }

    /// A person whose device is suspended collects wrong answers by being refused; the helpdesk opens them again.
    private func forgive(_ user: String) async throws {
        let id = try SubscriberID(user)
        let code = try await desk.recovery.helpdeskCode(for: .person(id))
        try await desk.recovery.open(.person(id), with: .helpdeskCode(code))
    }

    private func refuse(_ user: String, password: String, code: String) async throws {
        do throws(SubscriberError) { _ = try await logIn(user, password: password, code: code) } catch {
            guard error == .refused else { throw error }
            return
        }
        throw Failure("a login that had to be refused was not", hint: "repeat; if it stays, report it with the command", exit: .refused)
    }

    private func logIn(_ user: String, password: String, code: String) async throws(SubscriberError) -> Logins.Opened {
        let secret: HeldSecret
        let login: Login
        do {
            secret = HeldSecret(try SecretBytes.copying(password.utf8))
            login = try Login(place: "Luxembourg", browser: "Firefox")
        } catch { throw .noMemory }
        let attempt = try await logins.begin(as: user, with: .token, login: login)
        return try await logins.finish(attempt.id, as: user, password: secret, response: .code(code))
    }
}
