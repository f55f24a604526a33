import CPeers
import Crypto
import DeviceProtocol
import Foundation
import OATH
import SQLiteStore
import Secrets
import Verification

/// Logins that succeed, at the same time: user ID, password and a Token's code, checked in one go.
///
/// Everybody has a Token of their own and the same hash of the same password; making them and beginning their logins is not measured.
final class PasswordLogins: Workload {
    private static let password = "Pass-w0rd"

    let name = "Logins.finish"
    private let time = SharedTime()
    private let store: SQLiteStore
    private let enrolments: Enrolments
    private let logins: Logins
    private let record: Subscriber.Record
    private var made = 0
    private var pending: [(user: String, id: ChallengeID, code: String)] = []

    init(in folder: URL) async throws {
        store = try SQLiteStore(
            at: folder.appending(path: "store.sqlite").path, mark: .test, protection: StoreKeys([SymmetricKey(size: .bits256)]))
        let policy = VerificationPolicy(admittedAfterEndOfLife: [.token])
        enrolments = try Enrolments(store: store, policy: policy, now: { [time] in time.now })
        let operations = try Operations(store: store, origin: "bank.example", policy: policy, now: { [time] in time.now })
        let hasher = SecretHasher()
        logins = Logins(
            of: Subscribers(store: store, hasher: hasher, policy: policy, now: { [time] in time.now }), by: operations,
            decoyKey: SymmetricKey(size: .bits256))
        // Whom a bank moves here from elsewhere has a hash already; a record is read as it would be written.
        let hash = try await hasher.hash(Self.secret())
        var fields = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Subscriber.Record())) as? [String: Any] ?? [:]
        fields["password"] = hash.text
        record = try JSONDecoder().decode(Subscriber.Record.self, from: JSONSerialization.data(withJSONObject: fields))
    }

    func prepare(_ count: Int) async throws {
        pending.removeAll(keepingCapacity: true)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<count {
            made += 1
            let key = SymmetricKey(size: .init(bitCount: 160))
            let (device, subscriber) = (try DeviceID("TOKEN-\(made)"), Subscriber(id: try SubscriberID("user-\(made)"), record: record))
            try await store.write { transaction throws(StoreError) in try transaction.insert(subscriber) }
            try await enrolments.enrol(
                device, as: .token, for: subscriber.id, with: .seed(key), id: EnrolmentID(using: &random), isEmulated: true,
                life: EnrolmentLife(identification: .branch))
            let attempt = try await logins.begin(
                as: subscriber.id.rawValue, with: .token, login: Login(place: "Luxembourg", browser: "Firefox"))
            pending.append((subscriber.id.rawValue, attempt.id, try TOTP(key: key).code(at: time.now)))
        }
    }

    func run(_ count: Int) async throws {
        let (logins, pending, callers) = (logins, pending, 2 * ProcessInfo.processInfo.activeProcessorCount)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for index in stride(from: caller, to: pending.count, by: callers) {
                        let (user, id, code) = pending[index]
                        _ = try await logins.finish(id, as: user, password: try Self.secret(), response: .code(code))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func secret() throws -> HeldSecret { HeldSecret(try SecretBytes.copying(password.utf8)) }
}

/// libcrypto's scrypt alone, with the parameters of a password, on all cores.
final class BareScrypt: Workload {
    let name = "libcrypto scrypt"

    func run(_ count: Int) async throws {
        let (cost, cores) = (ScryptCost.standard, ProcessInfo.processInfo.activeProcessorCount)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for core in 0..<cores {
                group.addTask {
                    for _ in stride(from: core, to: count, by: cores) { try Self.hash(cost) }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func hash(_ cost: ScryptCost) throws {
        let (password, salt) = (Array("Pass-w0rd".utf8CString), [UInt8](repeating: 7, count: 16))
        var key = [UInt8](repeating: 0, count: 32)
        let done = unsafe EVP_PBE_scrypt(
            password, password.count - 1, salt, salt.count, 1 << cost.logN, UInt64(cost.blockSize), UInt64(cost.parallelisation),
            64 << 20, &key, key.count)
        try BenchmarkError.check(done == 1, "EVP_PBE_scrypt")
        keep(key[0])
    }
}
