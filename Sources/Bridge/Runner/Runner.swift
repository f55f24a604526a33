public import DeviceProtocol
import Foundation
public import HTTPDoor
import HTTPTypes
public import Logging
import Secrets
public import ServiceLifecycle
public import Verification

/// Lets attached devices answer: one fair queue a device, one request after another, each to its outcome.
///
/// An operation has three commits: it was created; it is `working`, before the device does what must not be repeated; it has its outcome.
/// Until the second it can be cancelled, outlives a restart and a pulled card; after it, it runs to its outcome.
public actor Runner: AttachedAnswers, Service {
    let bank: BankSide
    let source: any DeviceSource
    let holders: any HolderSource
    let feed: Feed
    let board: Board
    /// The name under which this process claims operations; it keeps it over a restart.
    let node: String
    let limits: RunnerLimits
    let clock: any Clock<Duration>
    /// How long it is there, by its clock.
    let uptime: @Sendable () -> Duration
    let logger: Logger
    var present: [DeviceID: any Device] = [:]
    var queues: [DeviceID: DeviceQueue] = [:]
    var jobs: [UInt64: Job] = [:]
    private var byOperation: [ChallengeID: UInt64] = [:]
    /// Who waits for news of which operation, and how often at once.
    private var attending: [ChallengeID: [String: Int]] = [:]
    var arrivals: [UInt64: CheckedContinuation<Void, Never>] = [:]
    /// Who is asking a device how it is.
    var statuses: [DeviceID: Task<Void, Never>] = [:]
    /// The claims of other nodes.
    var watchedClaims = ClaimWatch()
    /// How many places in a queue are kept for requests that are on their way into the store, of which caller.
    private var kept: [DeviceID: [String: Int]] = [:]
    private var lastNumber: UInt64 = 0
    var isEnding = false

    /// A Runner of the devices in `source`.
    ///
    /// - Parameters:
    ///   - holders: gives the person of each operation.
    ///   - feed: is told of prompts and queues; made over the same bank.
    ///   - node: the name under which operations are claimed; another for each process that shares the store, and the same after a restart.
    ///   - clock: measures pauses, and how long callers are silent.
    public init(
        of bank: BankSide, devices source: any DeviceSource, holders: any HolderSource, feed: Feed, node: String,
        limits: RunnerLimits = RunnerLimits(), clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.bank = bank
        self.source = source
        self.holders = holders
        self.feed = feed
        board = feed.board
        self.node = node
        self.limits = limits
        self.clock = clock
        uptime = clock.stopwatch()
        self.logger = logger
    }

    /// Takes up what was left, then runs devices until the service ends.
    ///
    /// A shutdown leaves claimed devices a little time; a task that is cancelled leaves them at once.
    ///
    /// - Throws: ``Verification/StoreError`` when what was left cannot be read.
    public func run() async throws {
        try await recover()
        await withTaskGroup { group in
            group.addTask { [source] in
                for await event in source.events().cancelOnGracefulShutdown() { await self.handle(event) }
                // A source without devices that come and go ends at once; what is there stays.
                try? await gracefulShutdown()
            }
            group.addTask { [clock, limits] in
                while (try? await clock.pause(for: limits.tick)) != nil, !Task.isShuttingDownGracefully { await self.tick() }
            }
            group.addTask { [clock, limits] in
                while (try? await clock.pause(for: limits.sweep)) != nil, !Task.isShuttingDownGracefully { await self.sweep() }
            }
            await group.next()
            group.cancelAll()
        }
        await end()
    }

    // MARK: Requests

    /// Whether this process runs a device for an operation, or is about to.
    func isRunning(_ id: ChallengeID) -> Bool { byOperation[id] != nil }

    /// Whether an operation on this device is for an attached one: it is there now.
    public func isAttached(_ device: DeviceID) -> Bool { present[device] != nil }

    /// Begins an operation that this caller lets wait for an attached device, and queues it; its place is kept from before it is stored, so
    /// that no more get in however many come at once.
    ///
    /// - Parameters:
    ///   - lease: how long the caller may be silent, in seconds; `nil` for the usual time.
    ///   - begin: stores it with this attachment.
    /// - Throws: ``Problem`` 429 `tooManyRequests` when as many of the caller's wait for this device as may; what `begin` throws.
    public func queue(
        for caller: Caller, on device: DeviceID, lease: Int? = nil,
        _ begin: @Sendable (Attachment) async throws(VerificationError) -> Verification.Operation
    ) async throws -> Verification.Operation {
        try requirePlace(for: caller, on: device)
        kept[device, default: [:]][caller.name, default: 0] += 1
        defer {
            let left = (kept[device]?[caller.name] ?? 0) - 1
            kept[device]?[caller.name] = left > 0 ? left : nil
            if kept[device]?.isEmpty == true { kept[device] = nil }
        }
        let operation = try await begin(
            Attachment(caller: caller.name, clerk: Requester.current?.clerk, node: node, lease: lease ?? limits.lease))
        take(operation)
        return operation
    }

    private func requirePlace(for caller: Caller, on device: DeviceID) throws(Problem) {
        let waiting = (queues[device]?.count(of: caller.name) ?? 0) + (kept[device]?[caller.name] ?? 0)
        guard waiting < limits.waiting else { throw .tooManyWait(for: device, behind: queues[device]?.current?.caller) }
    }

    /// Queues an operation for the attached device that it was stored for; one that is queued already, or over, stays as it is.
    public func take(_ operation: Verification.Operation) {
        // What waits for a device of another node is that node's to run, wherever the request came again.
        guard let attachment = operation.attachment, attachment.node == node, operation.state == .pending,
            byOperation[operation.id] == nil, !isEnding
        else { return }
        let lease = Lease(of: attachment.lease, at: uptime())
        enqueue(
            of: Requester(stored: attachment.caller, clerk: attachment.clerk), on: operation.device, .operation(operation), lease: lease,
            expiresAt: operation.challenge.expiresAt)
    }

    /// Lets an operation that was begun elsewhere, to sign a transaction for one, wait for its attached device.
    ///
    /// - Returns: the operation, which says how it waits.
    /// - Throws: ``Verification/VerificationError``; ``Problem`` 429.
    public func attach(_ id: ChallengeID, on device: DeviceID, by caller: Caller, lease: Int? = nil) async throws -> Verification.Operation
    {
        try await queue(for: caller, on: device, lease: lease) { [operations = bank.operations] attachment throws(VerificationError) in
            try await operations.attach(id, attachment)
        }
    }

    /// Takes a request back, also while a prompt is shown or a card command runs.
    ///
    /// - Throws: ``Verification/VerificationError/working(_:)`` once the device may have done what must not be repeated: the person can
    ///   still decline; ended before; the store's own.
    @discardableResult
    public func cancel(_ id: ChallengeID) async throws(VerificationError) -> Verification.Operation {
        // The store decides who came first, the claim or this.
        let operation = try await bank.operations.cancel(id)
        stop(id)
        return operation
    }

    /// Lets go of an operation that was answered otherwise.
    public func stop(_ id: ChallengeID) {
        guard let number = byOperation[id], let job = jobs[number] else { return }
        halt(job, .over)
    }

    /// The caller of an operation was heard of; what others look at is no sign of the caller's life.
    public func renewLease(of id: ChallengeID, by caller: Caller) {
        guard let number = byOperation[id], let job = jobs[number], job.caller == caller.name else { return }
        let now = uptime()
        job.change { $0.lease?.renew(at: now) }
    }

    /// The caller waits for news of an operation, and is not silent until ``leave(_:by:)``.
    func attend(_ id: ChallengeID, by caller: Caller) { attending[id, default: [:]][caller.name, default: 0] += 1 }

    /// The caller waits no more.
    func leave(_ id: ChallengeID, by caller: Caller) {
        let left = (attending[id]?[caller.name] ?? 0) - 1
        attending[id]?[caller.name] = left > 0 ? left : nil
        if attending[id]?.isEmpty == true { attending[id] = nil }
        renewLease(of: id, by: caller)
    }

    /// Whether a caller waits for news of an operation.
    func isAttended(_ id: ChallengeID?, by caller: String) -> Bool { id.flatMap { attending[$0]?[caller] } != nil }

    /// Queues for the attached device, lets it answer, and gives the response without submitting it.
    ///
    /// - Throws: ``DeviceProtocol/DeviceError``: `removed` when no such device is attached, the device's own, or the person's; ``Problem`` 429
    ///   `tooManyRequests` when as many of the caller's wait for this device as may.
    public func answer(
        _ presentation: Presentation, for id: ChallengeID?, on device: DeviceID, by caller: Caller
    ) async throws -> Response {
        guard present[device] != nil, !isEnding else { throw DeviceError(.removed, device.rawValue) }
        // One that was attached has its answer submitted, and is asked for once.
        if let id, byOperation[id] != nil {
            throw DeviceError(.heldByAnotherProgram, device.rawValue, detail: "it is being asked for this challenge already")
        }
        try requirePlace(for: caller, on: device)
        let now = bank.operations.now()
        var expiresAt = now.addingTimeInterval(TimeInterval(limits.answer))
        if case .plain(let challenge) = presentation { expiresAt = min(expiresAt, challenge.expiresAt) }
        let answer = Handover<Response, DeviceError>()
        let requester = Requester(stored: caller.name, clerk: Requester.current?.clerk)
        let job = enqueue(of: requester, on: device, .answer(id, presentation, answer), lease: nil, expiresAt: expiresAt)
        do throws(DeviceError) {
            return try await answer.take(onCancel: DeviceError(.cancelled, device.rawValue))
        } catch {
            halt(job, .over)
            throw error
        }
    }

    // MARK: Queues

    @discardableResult
    private func enqueue(of requester: Requester, on device: DeviceID, _ work: Job.Work, lease: Lease?, expiresAt: Date) -> Job {
        lastNumber += 1
        let job = Job(lastNumber, of: requester, on: device, work, lease: lease, expiresAt: expiresAt)
        jobs[job.number] = job
        if let id = job.id { byOperation[id] = job.number }
        queues[device, default: DeviceQueue()].append(job.number, of: job.caller)
        advance(device)
        return job
    }

    /// Ends a job for this reason: the one that has the device when it has returned, another at once.
    func halt(_ job: Job, _ reason: Job.Stop) {
        job.stop(reason)
        arrivals.removeValue(forKey: job.number)?.resume()
        if queues[job.device]?.current?.job != job.number { remove(job) }
    }

    /// Forgets a job and gives the device to the next.
    func remove(_ job: Job) {
        guard jobs.removeValue(forKey: job.number) != nil else { return }
        var changed: [ChallengeID] = []
        if let id = job.id {
            byOperation[id] = nil
            if board.note(id, { $0 = Board.Notes() }) { changed.append(id) }
        }
        if case .answer(_, _, let answer) = job.work { answer.fail(DeviceError(.cancelled, job.device.rawValue)) }
        queues[job.device]?.remove(job.number)
        advance(job.device, behind: changed)
        if let device = present[job.device] { refreshStatus(of: device) }
    }

    /// Gives a free device to the next one, and tells everybody where they stand.
    private func advance(_ device: DeviceID, behind changed: [ChallengeID] = []) {
        if !isEnding, let number = queues[device]?.next(), let job = jobs[number] {
            // This may be the task of whoever was in front.
            Task { await Requester.$current.withValue(job.requester) { await self.perform(job) } }
        }
        guard let queue = queues[device] else { return }
        let places = queue.places
        var changed = changed
        for (number, place) in places {
            guard let id = jobs[number]?.id else { continue }
            if board.note(id, { $0.place = place }) { changed.append(id) }
        }
        board.change(device) { ($0.owner, $0.waiting) = (queue.current?.caller, places.count - (queue.current == nil ? 0 : 1)) }
        if queue.isEmpty { queues[device] = nil }
        var happening = DeviceHappening(.queue, device)
        happening.queue = DeviceForm.Queue(waiting: places.count - (queue.current == nil ? 0 : 1), owner: queue.current?.caller)
        happening.about = changed
        feed.post(happening)
    }
}

extension Problem {
    fileprivate static func tooManyWait(for device: DeviceID, behind owner: String?) -> Problem {
        Problem(
            .tooManyRequests, "tooManyRequests", "too many requests of this caller wait for \"\(device)\"",
            userAction: "wait for the outcome of the others, or cancel some", isRetryable: true, holder: owner,
            headers: [.retryAfter: "5"])
    }
}

extension Clock where Duration == Swift.Duration {
    /// Tells how long ago this was called.
    fileprivate func stopwatch() -> @Sendable () -> Duration {
        let start = now
        return { start.duration(to: self.now) }
    }

    /// Sleeps; throws when the task is cancelled.
    func pause(for duration: Duration) async throws { try await sleep(for: duration) }
}
