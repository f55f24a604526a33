import Crypto
import DeviceProtocol
import Foundation
import OATH
import Verification

/// Right codes of Tokens, submitted: each is checked, consumed, audited and made durable in one transaction.
///
/// Every code is of a Token of its own; enrolling it and beginning its login is not measured.
final class DurableSubmissions: Workload {
    let name = "Operations.submit"
    private let callers: Int
    private let now = Date()
    private let enrolments: Enrolments
    private let operations: Operations
    private let prefix: String
    private var made = 0
    private var pending: [(operation: ChallengeID, code: String)] = []

    /// - Parameters:
    ///   - store: where they become durable; its seeds are sealed, as in production.
    ///   - callers: how many submit at the same time.
    ///   - prefix: tells apart the Tokens of several processes.
    init(in store: any Store, callers: Int, prefix: String = "") throws {
        self.callers = callers
        self.prefix = prefix
        let policy = VerificationPolicy(admittedAfterEndOfLife: [.token])
        let clock: @Sendable () -> Date = { [now] in now }
        enrolments = try Enrolments(store: store, policy: policy, now: clock)
        operations = try Operations(store: store, origin: "bank.example", policy: policy, now: clock)
    }

    func prepare(_ count: Int) async throws {
        pending.removeAll(keepingCapacity: true)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<count {
            made += 1
            let key = SymmetricKey(size: .init(bitCount: 160))
            let (device, subscriber) = (try DeviceID("TOKEN-\(prefix)\(made)"), try SubscriberID("subscriber-\(prefix)\(made)"))
            try await enrolments.enrol(
                device, as: .token, for: subscriber, with: .seed(key), id: EnrolmentID(using: &random), isEmulated: true)
            let operation = try await operations.begin(
                .login(Login(place: "Luxembourg", browser: "Firefox")), for: subscriber, with: device, idempotencyKey: "\(made)")
            pending.append((operation.id, try TOTP(key: key).code(at: now)))
        }
    }

    func run(_ count: Int) async throws {
        let (operations, pending, callers) = (operations, pending, callers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for index in stride(from: caller, to: min(count, pending.count), by: callers) {
                        let (operation, code) = pending[index]
                        guard case .succeeded = try await operations.submit(.code(code), to: operation) else {
                            throw BenchmarkError("a right code was refused")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
