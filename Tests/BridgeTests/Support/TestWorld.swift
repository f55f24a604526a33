import CardApplications
import Crypto
import DeviceProtocol
import Devices
import Emulation
import Foundation
import HTTPDoor
import ISO7816
import Logging
import SQLiteStore
import ScanChallenge
import Synchronization
import TestSupport
import Testing
import Verification

@testable import Bridge

/// What stays when a daemon is killed: the store, the cards, the people, the time.
final class TestWorld: Sendable {
    static let pin = "123456"
    let store: SQLiteStore
    let authority: TestAuthority
    let issuer: ScanIssuer
    let policy: VerificationPolicy
    let readers = VirtualReaders()
    let alice: SubscriberID
    private let start = Date()
    private let movement = Mutex(TimeInterval(0))
    private let stepped = Mutex(TimeInterval(0))

    init() throws {
        store = try SQLiteStore(inMemory: .test)
        authority = try TestAuthority(now: Date())
        issuer = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        policy = VerificationPolicy(
            anchors: try TrustAnchors(roots: [], testRoots: [authority.root]), admittedAfterEndOfLife: [.token])
        alice = try SubscriberID("alice")
    }

    /// How far its time was moved.
    var moved: TimeInterval { movement.withLock { $0 } }

    var now: Date { start + moved + stepped.withLock { $0 } }

    /// Sets the clock on the wall alone.
    func moveTimeOfDay(by seconds: TimeInterval) { stepped.withLock { $0 += seconds } }

    func move(by seconds: TimeInterval) { movement.withLock { $0 += seconds } }

    /// Makes a card, puts it into a reader of its own and enrols it.
    func enrolCard(in reader: String = "Reader 00") async throws -> (card: VirtualCard, id: DeviceID) {
        let card = try VirtualCard.piv(holder: "Alice Test", keys: .p256, pin: Self.pin, authority: authority, now: now)
        try readers.attach(reader)
        try readers.insert(card, in: reader)
        let device = try await CardDevice.opening(reader: reader, of: readers, isEmulated: true)
        try await enrol(device)
        return (card, device.descriptor.id)
    }

    /// Enrols a card that is in some reader.
    func enrol(_ device: CardDevice) async throws {
        var random = SystemRandomNumberGenerator()
        let pair = CardCertificates(
            authentication: try #require(try await device.certificate(for: .authentication)),
            signature: try #require(try await device.certificate(for: .signature)))
        let enrolments = try Enrolments(store: store, policy: policy) { self.now }
        try await enrolments.enrol(
            device.descriptor.id, as: .smartcard, for: alice, with: .certificates(pair), id: EnrolmentID(using: &random), isEmulated: true)
    }

    static func payment() throws -> Challenge.Content {
        .payment(
            try Payment(iban: IBAN("LU280019400644750000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")), payee: "Anna"))
    }
}

/// One life of the daemon over a world, without its doors.
final class TestDaemon: Sendable {
    let world: TestWorld
    let cut: CutStore
    let bank: BankSide
    let feed: Feed
    let runner: Runner
    let person: TestPerson
    private let task: Task<Void, Never>

    static let core = Caller("core", roles: Set(Role.allCases))

    /// - Parameter cards: where its cards are; the world's own readers without.
    init(
        _ world: TestWorld, node: String = "n1", person: TestPerson = TestPerson(), cards: (any CardSource)? = nil,
        limits change: (inout FeedLimits) -> Void = { _ in }, running changeRunner: (inout RunnerLimits) -> Void = { _ in }
    ) throws {
        self.world = world
        self.person = person
        cut = CutStore(world.store)
        let bell = ChangeBell()
        let store = RingingStore(cut, bell: bell)
        let now: @Sendable () -> Date = { world.now }
        let operations = try Operations(store: store, origin: "bank.example", issuer: world.issuer, policy: world.policy, now: now)
        let subscribers = Subscribers(store: store, hasher: SecretHasher(), policy: world.policy, now: now)
        bank = BankSide(
            store: store, policy: world.policy, operations: operations,
            enrolments: try Enrolments(store: store, policy: world.policy, now: now), subscribers: subscribers,
            logins: Logins(of: subscribers, by: operations, decoyKey: SymmetricKey(size: .bits256)), transactions: Transactions(operations),
            permissions: Permissions(operations))
        var feedLimits = FeedLimits()
        feedLimits.look = .milliseconds(50)
        change(&feedLimits)
        var limits = RunnerLimits()
        (limits.tick, limits.grace) = (.milliseconds(20), .seconds(30))
        changeRunner(&limits)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let feed = Feed(of: bank, bell: bell, limits: feedLimits, logger: logger)
        let runner = Runner(
            of: bank, devices: CardDevices(of: cards ?? world.readers, isEmulated: true), holders: person, feed: feed, node: node,
            limits: limits, clock: WorldClock(world: world), logger: logger)
        (self.feed, self.runner) = (feed, runner)
        task = Task {
            await withTaskGroup { group in
                group.addTask { try? await feed.run() }
                group.addTask { try? await runner.run() }
            }
        }
    }

    deinit { task.cancel() }

    /// Kills it: from now on nothing that it does is stored.
    func kill() {
        cut.cut()
        task.cancel()
    }

    /// Stops it as a service is stopped.
    func stop() async {
        task.cancel()
        await task.value
    }

    /// Begins an operation for an attached device, and hands it to the Runner.
    func begin(
        on device: DeviceID, by caller: Caller = core, lease: Int? = nil, key: String = UUID().uuidString, timeToLive: Int = 3_600
    ) async throws -> ChallengeID {
        let content = try TestWorld.payment()
        return try await runner.queue(for: caller, on: device, lease: lease) { [self] attachment throws(VerificationError) in
            try await bank.operations.begin(
                content, for: world.alice, with: device, idempotencyKey: key, timeToLive: timeToLive, attachment: attachment)
        }.id
    }

    /// Waits until a device is there, and has said how it is: from then on its commands are those of operations alone.
    func isReady(_ device: DeviceID) async -> Bool {
        await eventually { await self.runner.isAttached(device) && self.feed.board.device(device)?.status != nil }
    }

    func prompt(of id: ChallengeID) -> PromptForm? { feed.board.notes(on: id).prompt }

    /// Waits until the person is asked this.
    func isAsked(_ kind: PromptForm.Kind, for id: ChallengeID) async -> Bool {
        await eventually { self.prompt(of: id)?.kind == kind }
    }

    func state(of id: ChallengeID) async throws -> Verification.Operation.State {
        try await world.store.read { (reader) throws(StoreError) in try reader.operation(id)?.state ?? .ended(.indeterminate) }
    }

    func outcome(of id: ChallengeID) async throws -> String? {
        if case .ended(let outcome) = try await state(of: id) { outcome.name } else { nil }
    }

    /// Waits for the outcome that the store has.
    func ends(_ id: ChallengeID, as name: String) async throws -> Bool {
        let isOver = try await eventually { try await self.outcome(of: id) != nil }
        let found = try await outcome(of: id)
        if found != name { Issue.record("it is \(try await state(of: id))") }
        return isOver && found == name
    }
}
