import Crypto
import DeviceProtocol
import Foundation
import OATH
import SQLiteStore
import Verification

/// Right codes of Tokens, submitted one after the other to a store that holds a crowd of subscribers, each with a Token of their own.
///
/// Whose Token answers next is drawn, so that the rows lie anywhere in the file. Making the crowd and beginning the logins is not measured.
final class CrowdedSubmissions: Workload {
    /// How many subscribers one transaction makes.
    private static let group = 1_000
    /// How much later a Token answers again, in seconds: two steps.
    private static let pause: TimeInterval = 60

    let name: String
    private let time = SharedTime()
    private let store: SQLiteStore
    private let operations: Operations
    private var order: [Int]
    private var begun = 0
    private var pending: [(operation: ChallengeID, code: String, at: Date)] = []

    /// Makes the crowd, and says how long that took and how much of the disk it takes.
    init(of crowd: Int, in folder: URL, report: (String) -> Void) async throws {
        name = "of \(crowd) subscribers"
        let path = folder.appending(path: "store.sqlite").path
        store = try SQLiteStore(at: path, mark: .test, protection: StoreKeys([SymmetricKey(size: .bits256)]))
        operations = try Operations(
            store: store, origin: "bank.example", policy: VerificationPolicy(admittedAfterEndOfLife: [.token]), now: { [time] in time.now })
        order = (0..<crowd).shuffled()
        let start = ContinuousClock.now
        for first in stride(from: 0, to: crowd, by: Self.group) {
            let (numbers, now) = (first..<min(first + Self.group, crowd), time.now)
            try await store.write { transaction throws(StoreError) in
                for number in numbers { try Self.enrol(number, at: now, in: transaction) }
            }
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        report("bench: \(crowd) subscribers in \((ContinuousClock.now - start).components.seconds) s, \(size >> 20) MiB")
    }

    func prepare(_ count: Int) async throws {
        pending.removeAll(keepingCapacity: true)
        var moment = time.now + Self.pause
        for _ in 0..<count {
            let place = begun % order.count
            // Everybody has answered once: from now on it is later.
            if place == 0, !pending.isEmpty { moment += Self.pause }
            let number = order[place]
            let operation = try await operations.begin(
                .login(Login(place: "Luxembourg", browser: "Firefox")), for: Self.subscriber(number), with: Self.token(number),
                idempotencyKey: "\(begun)", timeToLive: 86_400)
            pending.append((operation.id, try TOTP(key: Self.key(number)).code(at: moment), moment))
            begun += 1
        }
    }

    func run(_ count: Int) async throws {
        for (operation, code, moment) in pending {
            time.now = moment
            guard case .succeeded = try await operations.submit(.code(code), to: operation) else {
                throw BenchmarkError("a right code was refused")
            }
        }
    }

    /// One subscriber, as the life of an enrolment leaves them: person, device, and the row of the audit log.
    private static func enrol(_ number: Int, at now: Date, in transaction: any StoreTransaction) throws(StoreError) {
        var random = SystemRandomNumberGenerator()
        let (subscriber, device): (SubscriberID, DeviceID)
        do { (subscriber, device) = (try Self.subscriber(number), try token(number)) } catch { throw .unavailable("\(error)") }
        let enrolment = Enrolment(
            id: EnrolmentID(using: &random), subscriber: subscriber, device: device, product: .token, isEmulated: true,
            credential: .timedCode(TimedCode(key: KeyMaterial(key(number)))))
        try transaction.insert(Subscriber(id: subscriber))
        try transaction.insert(enrolment)
        try transaction.append(AuditEvent(.activated, of: enrolment, at: now))
    }

    private static func subscriber(_ number: Int) throws -> SubscriberID { try SubscriberID("subscriber-\(number)") }

    private static func token(_ number: Int) throws -> DeviceID { try DeviceID("TOKEN-\(number)") }

    /// A key that follows from the number, so that a million of them need not be kept.
    private static func key(_ number: Int) -> SymmetricKey {
        SymmetricKey(data: Array(SHA256.hash(data: Data("\(number)".utf8)).prefix(20)))
    }
}
