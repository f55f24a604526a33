import DeviceProtocol
import Foundation
public import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization
import Verification

/// Tells clients what happens: each change of an operation, from the store, and what devices and persons do, from the Runner.
///
/// Changes are told in the order of their numbers, with the state at the time of telling. So whoever comes again with the number that they
/// saw last is told once of each operation that changed since.
public actor Feed: Service {
    let bank: BankSide
    let bell: ChangeBell
    nonisolated let board: Board
    nonisolated let forms: OperationForms
    let limits: FeedLimits
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// What happened to devices and was not told yet, in its order.
    private nonisolated let inbox = Mutex<[DeviceHappening]>([])
    /// The change up to which listeners were told; `nil` while nobody listens.
    private var told: Int64?
    private var listeners: [UInt64: (caller: String, continuation: AsyncStream<ByteBuffer>.Continuation)] = [:]
    private var waiters: [ChallengeID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    private var lastNumber: UInt64 = 0
    private var isOver = false

    /// A feed of what happens in `bank`.
    ///
    /// - Parameters:
    ///   - bell: is rung after each transaction, by a ``RingingStore`` under `bank`.
    ///   - clock: measures how often other processes' changes are looked for.
    public init(
        of bank: BankSide, bell: ChangeBell, limits: FeedLimits = FeedLimits(), clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.bank = bank
        self.bell = bell
        self.limits = limits
        self.clock = clock
        self.logger = logger
        board = Board(from: bank.operations.now().timeIntervalSince1970)
        forms = OperationForms(bank: bank, board: board)
    }

    /// Tells, until the service ends.
    public func run() async throws {
        let (bell, clock, period) = (bell, clock, limits.look)
        await withTaskGroup { group in
            group.addTask {
                for await _ in bell.rings().cancelOnGracefulShutdown() { await self.look() }
            }
            group.addTask {
                while (try? await clock.pause(for: period)) != nil, !Task.isShuttingDownGracefully { bell.ring() }
            }
            group.addTask { [limits] in
                while (try? await clock.pause(for: limits.beat)) != nil, !Task.isShuttingDownGracefully { await self.beat() }
            }
            await group.next()
            group.cancelAll()
        }
        end()
    }

    /// Lets every stream and every wait end, since nobody tells any more.
    private func end() {
        isOver = true
        for listener in listeners.values { listener.continuation.finish() }
        for waiting in waiters.values { for waiter in waiting.values { waiter.finish() } }
        (listeners, waiters) = ([:], [:])
    }

    // MARK: Listening

    /// Lets a caller listen, from behind the change that they saw last; `nil` for from now on.
    func listen(as caller: String, after last: Int64?) async throws(StoreError) -> FeedListener {
        var now = try await position()
        var latest = now
        if let last, last > now {
            // Another process may have gone on since the last look, and have told of it.
            latest = try await lastChange()
            await look()
            now = try await position()
        }
        lastNumber += 1
        let number = lastNumber
        let (live, continuation) = AsyncStream.makeStream(of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(limits.buffer))
        if isOver { continuation.finish() } else { listeners[number] = (caller, continuation) }
        continuation.onTermination = { _ in Task { await self.forget(number) } }
        // Who saw more than there is saw another store.
        let isTooFarBehind = last.map { $0 > latest || now - $0 > limits.replay } ?? false
        return FeedListener(
            position: isTooFarBehind ? now : last ?? now, joinedAt: now, isTooFarBehind: isTooFarBehind, live: live)
    }

    /// Whether somebody listens for this caller, whose leases are renewed by that.
    func isListening(_ caller: String) -> Bool { listeners.values.contains { $0.caller == caller } }

    /// How many listen.
    var listenerCount: Int { listeners.count }

    /// How many operations are waited for.
    var waiterCount: Int { waiters.count }

    /// What changed between two numbers, one page of it, as events.
    func page(after position: Int64, upTo end: Int64) async throws(StoreError) -> [FeedEvent] {
        try await forms.changes(after: position, limit: limits.page).filter { $0.change <= end }.compactMap(event)
    }

    private func forget(_ number: UInt64) {
        listeners[number] = nil
        rest()
    }

    /// Forgets where the feed stood when nobody listens any more.
    private func rest() {
        if listeners.isEmpty, waiters.isEmpty { told = nil }
    }

    /// The change up to which the feed has told.
    private func position() async throws(StoreError) -> Int64 {
        if let told { return told }
        let last = try await lastChange()
        // Somebody else may have come meanwhile.
        if let told { return told }
        told = last
        return last
    }

    private func lastChange() async throws(StoreError) -> Int64 {
        try await bank.store.lookUp { (reader) throws(StoreError) in try reader.lastChange() }
    }

    // MARK: Waiting

    /// Rings for each change of one operation, its prompts included, from now on; it ends with the feed.
    func news(of id: ChallengeID) async throws(StoreError) -> AsyncStream<Void> {
        _ = try await position()
        lastNumber += 1
        let number = lastNumber
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        if isOver { continuation.finish() } else { waiters[id, default: [:]][number] = continuation }
        continuation.onTermination = { _ in Task { await self.stopWaiting(number, for: id) } }
        return stream
    }

    private func stopWaiting(_ number: UInt64, for id: ChallengeID) {
        waiters[id]?[number] = nil
        if waiters[id]?.isEmpty == true { waiters[id] = nil }
        rest()
    }

    // MARK: Telling

    /// Tells what happened to a device; it is not kept.
    func tell(_ happening: DeviceHappening) {
        inbox.withLock { $0.append(happening) }
        tellHappenings()
    }

    /// Tells it soon, in the order of the calls of this and of ``tell(_:)``.
    nonisolated func post(_ happening: DeviceHappening) {
        inbox.withLock { $0.append(happening) }
        Task { await tellHappenings() }
    }

    private func tellHappenings() {
        let happenings = inbox.withLock { inbox in
            let all = inbox
            inbox = []
            return all
        }
        for happening in happenings {
            for id in happening.about { wake(id) }
            guard !listeners.isEmpty, let data = try? happening.line() else { continue }
            send(FeedEvent(id: nil, name: .device, data: data))
        }
    }

    /// Looks for changes, and tells them.
    private func look() async {
        guard !listeners.isEmpty || !waiters.isEmpty else { return }
        do throws(StoreError) {
            var position = try await position()
            while true {
                let changes = try await forms.changes(after: position, limit: limits.page)
                // All have left meanwhile, or new ones have come who are told from another change on.
                guard told == position else { return bell.ring() }
                for change in changes {
                    wake(change.operation.id)
                    if let event = event(change) { send(event) }
                    position = change.change
                }
                // Before anything is waited for: who comes then is told live of what lies behind it.
                told = position
                if changes.count < limits.page { break }
            }
            // Nothing changes in the store by itself when a time is over. What is ended here is told in the look that its transaction
            // rings for, and so is the next page of it.
            do throws(VerificationError) { try await bank.operations.endExpired(limit: limits.page) } catch {
                if case .store(let reason) = error { throw reason }
            }
        } catch { logger.warning("the feed cannot look at the store", metadata: ["reason": "\(error)"]) }
    }

    private func wake(_ id: ChallengeID) { for waiter in waiters[id, default: [:]].values { waiter.yield() } }

    private func event(_ form: OperationForm) -> FeedEvent? {
        (try? form.line()).map { FeedEvent(id: form.change, name: .operation, data: $0) }
    }

    /// Says nothing, so that a quiet stream stays open.
    private func beat() { write(ByteBuffer(string: ": nothing new\n\n")) }

    private func send(_ event: FeedEvent) { write(event.frame) }

    private func write(_ frame: ByteBuffer) {
        for (number, listener) in listeners {
            // Whoever reads too slowly is let go: they come again with the number that they saw last, and lose nothing.
            if case .dropped = listener.continuation.yield(frame) {
                listener.continuation.finish()
                listeners[number] = nil
                logger.notice("a slow listener was dropped", metadata: ["caller": "\(listener.caller)"])
            }
        }
    }
}
