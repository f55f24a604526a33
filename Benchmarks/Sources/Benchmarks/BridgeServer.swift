import Bridge
import Crypto
import DeviceProtocol
import Foundation
import HTTPDoor
import Hummingbird
import Logging
import SQLiteStore
import ServiceLifecycle
import Verification

/// The bridge as `tessera serve` makes it, without readers: a store in SQLite, all routes, one door at a Unix socket.
///
/// It is told over standard input what to do, and says when it is done.
struct BridgeServer {
    private let enrolments: Enrolments
    private let services: [any Service]
    private let logger = Logger(label: "bridge") { _ in SwiftLogNoOpLogHandler() }

    /// A bridge whose store and socket lie in a folder.
    init(in folder: URL) throws {
        let bell = ChangeBell()
        let key = SymmetricKey(size: .bits256)
        let base = try SQLiteStore(at: folder.appending(path: "store").path, mark: .test, protection: StoreKeys([key]))
        let metrics = PrometheusMetrics()
        let store = RingingStore(ObservedStore(base, metrics: metrics, log: logger), bell: bell)
        let policy = VerificationPolicy(admittedAfterEndOfLife: [.token])
        let operations = try Operations(store: store, origin: "bank.example", policy: policy)
        let subscribers = Subscribers(store: store, hasher: SecretHasher(), policy: policy)
        enrolments = try Enrolments(store: store, policy: policy)
        let bank = BankSide(
            store: store, policy: policy, operations: operations, enrolments: enrolments, subscribers: subscribers,
            logins: Logins(of: subscribers, by: operations, decoyKey: key), transactions: Transactions(operations),
            permissions: Permissions(operations))
        let feed = Feed(of: bank, bell: bell, logger: logger)
        let runner = Runner(of: bank, devices: NoDevices(), holders: NoPeople(), feed: feed, node: "bench", logger: logger)
        let routes = Router(context: DoorContext.self)
        BankRoutes(of: bank, attached: runner) { metrics.exposition() }.add(to: routes)
        OperationRoutes(bank, runner: runner, feed: feed).add(to: routes)
        DeviceRoutes(feed).add(to: routes)
        EventRoutes(feed).add(to: routes)
        let place = DoorPlace.unix(UnixPlace(BridgeProcess.socket(in: folder), roles: [geteuid(): [.verifier, .observer]]))
        services = [feed, runner, Door(routes, at: place, logger: logger) { _ in Self.say("ready") }]
    }

    /// Serves, and does what the lines of standard input say, until it ends.
    func run() async throws {
        let group = ServiceGroup(configuration: .init(services: services, logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await line in Self.lines() {
                let words = line.split(separator: " ")
                if line == "usage" {
                    let usage = ProcessorTime.used()
                    Self.say("\(usage.user) \(usage.system)")
                } else if words.count == 3, words[0] == "enrol", let first = Int(words[1]), let end = Int(words[2]), first < end {
                    for number in first..<end { try await enrol(number) }
                    Self.say("done")
                } else {
                    throw BenchmarkError("what is \"\(line)\"?")
                }
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func enrol(_ number: Int) async throws {
        let token = BridgedToken(number)
        var random = SystemRandomNumberGenerator()
        try await enrolments.enrol(
            try DeviceID(token.device), as: .token, for: try SubscriberID(token.subscriber), with: .seed(token.key),
            id: EnrolmentID(using: &random), isEmulated: true)
    }

    /// The lines of standard input, read by a thread of its own: none that serves waits for them.
    private static func lines() -> AsyncStream<String> {
        AsyncStream { continuation in
            Thread.detachNewThread {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
        }
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}

/// A Token that both processes know by its number.
struct BridgedToken {
    let device: String
    let subscriber: String
    let key: SymmetricKey

    init(_ number: Int) {
        (device, subscriber) = ("TOKEN-\(number)", "subscriber-\(number)")
        key = SymmetricKey(data: Array(SHA256.hash(data: Data(device.utf8)).prefix(20)))
    }
}

/// Nothing is attached.
private struct NoDevices: DeviceSource {
    func devices() async throws(DeviceError) -> [any Device] { [] }
    func events() -> AsyncStream<DeviceEvent> { AsyncStream.makeStream().stream }
}

/// Nobody is there to be asked.
private struct NoPeople: HolderSource {
    func holder(for operation: Verification.Operation?, on device: DeviceDescriptor) -> any Holder { Nobody() }

    private struct Nobody: Holder {
        func show(_ prompt: Prompt) async {}
        func consent(to summary: Summary) async throws(HolderError) { throw .unavailable }
        func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .unavailable }
    }
}
