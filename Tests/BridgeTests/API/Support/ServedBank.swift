import AsyncHTTPClient
import Bridge
import Crypto
import DeviceProtocol
import Foundation
import HTTPDoor
import Hummingbird
import Logging
import OATH
import Pictures
import SQLiteStore
import ScanChallenge
import Secrets
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Verification

/// A bank over a store of its own, behind a door at a socket, with a clock that tests turn by hand.
struct ServedBank: Sendable {
    static let password = "Pass-w0rd"

    let bank: BankSide
    let clock: TurnedClock
    let issuer: ScanIssuer
    private let routes: BankRoutes
    private let bell: ChangeBell
    private let folder: ServedFolder

    /// A bank without customers.
    ///
    /// - Parameters:
    ///   - isDrawing: whether it has a renderer for secret images.
    ///   - policy: admits the Token, whose end of life has passed, or ``admit(_:token:)`` makes nobody a customer.
    init(
        attached: (any AttachedAnswers)? = nil, rules: SignatureRules = SignatureRules(), metrics: (@Sendable () async -> String)? = nil,
        auditKeys: [Curve25519.Signing.PublicKey] = [], isDrawing: Bool = true,
        policy: VerificationPolicy = VerificationPolicy(admittedAfterEndOfLife: [.token]),
        clock: TurnedClock = TurnedClock(Date(timeIntervalSince1970: 1_800_000_000))
    ) throws {
        let folder = try ServedFolder()
        let bell = ChangeBell()
        let store = RingingStore(try SQLiteStore(at: folder.path("store"), mark: .test), bell: bell)
        let now: @Sendable () -> Date = { clock.now }
        let issuer = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        let key = SymmetricKey(data: Array(repeating: 7, count: 32))
        let pictures = try SecretImageSet(SecretPicture.all.map(\.name), decoyKey: key)
        let operations = try Operations(store: store, origin: "bank.example", issuer: issuer, policy: policy, now: now)
        let subscribers = Subscribers(store: store, hasher: SecretHasher(), policy: policy, now: now)
        bank = BankSide(
            store: store, policy: policy, operations: operations,
            enrolments: try Enrolments(store: store, policy: policy, now: now), subscribers: subscribers,
            logins: Logins(of: subscribers, by: operations, decoyKey: key, pictures: pictures),
            transactions: Transactions(operations, rules: rules), permissions: Permissions(operations, rules: rules),
            secretImages: SecretImages(store: store, set: pictures, policy: policy, now: now), auditKeys: auditKeys,
            renderer: try isDrawing ? SecretImageRenderer() : nil, now: now)
        routes = BankRoutes(of: bank, attached: attached, metrics: metrics)
        self.clock = clock
        self.issuer = issuer
        self.folder = folder
        self.bell = bell
    }

    /// Opens the door, lends a client to `body`, and closes the door.
    func served<R: Sendable>(
        as roles: Set<Role> = [.administrator, .verifier, .observer], _ body: @Sendable (BankClient) async throws -> R
    ) async throws -> R {
        let path = folder.path("door/s")
        return try await served(at: .unix(UnixPlace(path, roles: [geteuid(): roles]))) { _ in
            try await body(BankClient(socket: path))
        }
    }

    /// Opens a door anywhere.
    func served<R: Sendable>(at place: DoorPlace, _ body: (DoorAddress) async throws -> R) async throws -> R {
        let router = Router(context: DoorContext.self)
        routes.add(to: router)
        let quiet = Logger(label: "served") { _ in SwiftLogNoOpLogHandler() }
        let feed = Feed(of: bank, bell: bell, logger: quiet)
        let runner = Runner(of: bank, devices: NoDevices(), holders: NoPeople(), feed: feed, node: "served", logger: quiet)
        OperationRoutes(bank, runner: runner, feed: feed).add(to: router)
        DeviceRoutes(feed).add(to: router)
        EventRoutes(feed).add(to: router)
        let (addresses, told) = AsyncStream.makeStream(of: DoorAddress.self)
        let services = ServiceGroup(
            services: [feed, runner, Door(router, at: place, logger: quiet) { told.yield($0) }], gracefulShutdownSignals: [], logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { told.finish() }
                try await services.run()
            }
            var iterator = addresses.makeAsyncIterator()
            guard let address = await iterator.next() else {
                try await group.next()
                throw ServedBankError.doorStayedClosed
            }
            do {
                let result = try await body(address)
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                return result
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    /// Makes somebody a customer with a password and a Token that opens everything.
    @discardableResult
    func admit(_ name: String = "alice", token: String? = nil) async throws -> ServedToken {
        let id = try SubscriberID(name)
        try await bank.subscribers.create(id)
        let device = try await enrolToken(token ?? "T-\(name)", for: id)
        let approval = try await bank.operations.begin(
            Subscribers.approvalOfPassword(for: id), for: id, with: device.id, idempotencyKey: UUID().uuidString)
        #expect(try await bank.operations.submit(.code(try device.code(at: clock.now)), to: approval.id).name == "succeeded")
        try await bank.subscribers.resetPassword(
            of: id, to: HeldSecret(try SecretBytes.copying(Self.password.utf8)), approvedBy: approval.id)
        clock.advance(by: 30)
        return device
    }

    func enrolToken(_ name: String, for id: SubscriberID) async throws -> ServedToken {
        let token = ServedToken(id: try DeviceID(name), seed: Array(SHA256.hash(data: Data(name.utf8)).prefix(20)))
        var generator = SystemRandomNumberGenerator()
        try await bank.enrolments.enrol(
            token.id, as: .token, for: id, with: .seed(SymmetricKey(data: token.seed)), id: EnrolmentID(using: &generator),
            isEmulated: true)
        try await bank.enrolments.identify(token.id, by: .branch)
        return token
    }
}

enum ServedBankError: Error { case doorStayedClosed }

/// A clock that tests turn by hand.
final class TurnedClock: Sendable {
    private let time: Mutex<Date>

    init(_ start: Date) { time = Mutex(start) }

    var now: Date { time.withLock { $0 } }
    func advance(by seconds: TimeInterval) { time.withLock { $0 = $0.addingTimeInterval(seconds) } }
}

/// What a Token does: it shows a code of the time.
struct ServedToken: Sendable {
    let id: DeviceID
    let seed: [UInt8]

    func code(at date: Date) throws -> String { try TOTP(key: SymmetricKey(data: seed)).code(at: date) }

    /// A code that no step nearby has.
    func wrongCode(at date: Date) throws -> String {
        let near = try (-20...20).map { try code(at: date.addingTimeInterval(30 * Double($0))) }
        return try #require((0..<1000).lazy.map { String(format: "%06d", $0) }.first { !near.contains($0) })
    }
}

/// A folder that only this user can enter, removed with this value.
final class ServedFolder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "bridge-\(UUID().uuidString.prefix(8))")

    init() throws {
        try FileManager.default.createDirectory(
            at: url.appending(path: "door"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
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
