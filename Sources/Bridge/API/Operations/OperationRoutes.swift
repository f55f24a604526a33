import DeviceProtocol
import Foundation
public import HTTPDoor
import HTTPTypes
public import Hummingbird
import ServiceLifecycle
import Verification

/// Operations: begun, waited for, answered, taken back.
public struct OperationRoutes: Sendable {
    let bank: BankSide
    let runner: Runner
    let feed: Feed
    let clock: any Clock<Duration>

    /// The longest wait of a long poll.
    static let longestWait: Int64 = 60

    /// Routes over one bank.
    ///
    /// - Parameters:
    ///   - runner: lets attached devices answer.
    ///   - feed: tells when something has changed.
    public init(_ bank: BankSide, runner: Runner, feed: Feed, clock: any Clock<Duration> = ContinuousClock()) {
        self.bank = bank
        self.runner = runner
        self.feed = feed
        self.clock = clock
    }

    /// Puts them behind a door, under `/v1/operations`.
    public func add(to routes: Router<DoorContext>) {
        routes.add(.post, "v1/operations", for: .deviceUser, .verifier, takes: .body, answer: begin)
        routes.add(.get, "v1/operations", for: .deviceUser, .verifier, .observer, takes: .query, answer: list)
        routes.add(.get, "v1/operations/:id", for: .deviceUser, .verifier, .observer, takes: .query, answer: look)
        routes.add(.post, "v1/operations/:id/responses", for: .verifier, .administrator, takes: .body, answer: submit)
        routes.add(.post, "v1/operations/:id/cancel", for: .deviceUser, .verifier, .administrator, answer: cancel)
        routes.add(.post, "v1/operations/:id/attach", for: .deviceUser, takes: .body, answer: attach)
        routes.add(.post, "v1/operations/:id/lease", for: .deviceUser, answer: renew)
        addPictures(to: routes)
    }

    // MARK: Requests

    @Sendable private func begin(_ ask: Ask) async throws -> Response {
        let key = try ask.idempotencyKey()
        let asked = try await ask.body(OperationRequest.self)
        try ask.caller.require(toBegin: asked)
        // Who may not use devices has the answer from elsewhere.
        let wait = ask.caller.roles.contains(.deviceUser) ? try await wait(asked, by: ask.caller) : nil
        let begin: @Sendable (Attachment?) async throws(VerificationError) -> Verification.Operation = {
            [bank] (attachment) async throws(VerificationError) in
            try await bank.operations.begin(
                asked.content, for: asked.subscriber, with: asked.device, idempotencyKey: key, timeToLive: asked.timeToLive,
                role: asked.role, attachment: attachment)
        }
        guard let wait else { return try await feed.forms.begun(begin(nil)) }
        return try await feed.forms.begun(runner.queue(for: ask.caller, on: asked.device, lease: wait.lease, begin))
    }

    /// How an operation waits for its attached device.
    private struct Wait {
        /// How long its caller may be silent, in seconds; `nil` for the usual time.
        let lease: Int?
    }

    /// How an operation waits for its device; `nil` for one that is never attached.
    ///
    /// A card that is not there is waited for until the operation expires: it may come back here, or sign elsewhere meanwhile, for a
    /// client that was never told to give signs of life.
    private func wait(_ asked: OperationRequest, by caller: Caller) async throws -> Wait? {
        if await runner.isAttached(asked.device) { return Wait(lease: asked.lease) }
        guard try await isAttachable(asked.device) == false else { return Wait(lease: asked.lease ?? asked.timeToLive) }
        // Who is no verifier has no other answer than an attached device's: what a person typed would count against them.
        try caller.require(anyOf: [.verifier])
        guard asked.lease == nil else { throw Problem(neverAttached: asked.device) }
        return nil
    }

    /// Whether a device is attached, or can be: what nobody has enrolled may yet turn out to be a card.
    private func mayBeAttached(_ device: DeviceID) async throws -> Bool {
        if await runner.isAttached(device) { return true }
        return try await isAttachable(device) != false
    }

    /// Whether a device is enrolled as one that is attached when it answers, a card or a stick; `nil` for one that is not enrolled.
    private func isAttachable(_ device: DeviceID) async throws(StoreError) -> Bool? {
        try await bank.store.lookUp { [products = bank.policy.products] (reader) throws(StoreError) in
            guard let product = try reader.enrolment(of: device)?.product else { return nil }
            return products.first { $0.id == product }?.method == .signature
        }
    }

    @Sendable private func list(_ ask: Ask) async throws -> Response {
        let query = try ask.query("subscriber", "cursor", "limit")
        guard let name = query["subscriber"] else { throw Problem.invalidRequest("subscriber is missing in the query") }
        let (subscriber, page) = (try SubscriberID(name), try PageAsk(query))
        let found = try await bank.operations.operations(
            of: subscriber, after: page.cursor == 0 ? nil : page.cursor, limit: page.limit)
        var forms: [OperationForm] = []
        for operation in found.entries { forms.append(try await feed.forms.form(of: operation)) }
        return try .json(OperationListForm(operations: forms, next: found.next.map { String($0) }))
    }

    /// One operation; with `wait`, as soon as there is more to see than `after` says was seen, and without `after` when it is over.
    @Sendable private func look(_ ask: Ask) async throws -> Response {
        let id = try ask.challenge()
        let query = try ask.query("wait", "after")
        let wait = try query.number("wait", in: 0...Self.longestWait) ?? 0
        let after = try query["after"].map { text throws(Problem) in
            guard let seen = SeenOperation(text) else {
                throw .invalidRequest("after is neither the seen nor the change of an operation", "send what the last answer had as seen")
            }
            return seen
        }
        let isUser = ask.caller.roles.contains(.deviceUser)
        if isUser { await runner.renewLease(of: id, by: ask.caller) }
        guard wait > 0 else { return try await answer(id) }
        try ask.context.standAside()
        // Listening begins before the look, so that nothing happens between the two.
        let news = try await feed.news(of: id)
        let operation = try await bank.operations.operation(id)
        // Who names a change alone knows the prompt that there is.
        let seen = after.map { SeenOperation(change: $0.change, notes: $0.notes ?? feed.board.notes(on: id).number) }
        if isNews(operation, behind: seen) { return try await answer(id) }
        let limit = min(Double(wait), max(operation.challenge.expiresAt.timeIntervalSince(bank.operations.now()), 0) + 0.1)
        if isUser { await runner.attend(id, by: ask.caller) }
        await withTaskGroup { group in
            group.addTask { for await _ in news { if await hasNews(id, behind: seen) { return } } }
            group.addTask { try? await gracefulShutdown() }
            group.addTask { [clock] in try? await clock.pause(for: .seconds(limit)) }
            await group.next()
            group.cancelAll()
        }
        if isUser { await runner.leave(id, by: ask.caller) }
        return try await answer(id)
    }

    /// Whether there is more to see than was seen: an outcome, another change, another prompt or place in the queue.
    private func isNews(_ operation: Verification.Operation, behind seen: SeenOperation?) -> Bool {
        if operation.outcome != nil { return true }
        guard let seen else { return false }
        return operation.change > seen.change || feed.board.notes(on: operation.id).number != seen.notes
    }

    private func hasNews(_ id: ChallengeID, behind seen: SeenOperation?) async -> Bool {
        do throws(StoreError) {
            guard let operation = try await bank.store.lookUp({ (reader) throws(StoreError) in try reader.operation(id) }) else {
                return true
            }
            return isNews(operation, behind: seen)
        } catch {
            // The answer says so.
            return true
        }
    }

    @Sendable private func submit(_ ask: Ask) async throws -> Response {
        let id = try ask.challenge()
        let given = try await ask.body(DeviceAnswerForm.self)
        try await admit(ask.caller, to: .answer, id)
        let ended = try await bank.operations.end(id, with: given.response, stapled: given.stapled).operation
        await runner.stop(id)
        return try await .json(feed.forms.form(of: ended))
    }

    @Sendable private func cancel(_ ask: Ask) async throws -> Response {
        let id = try ask.challenge()
        try await admit(ask.caller, to: .cancel, id)
        try await runner.cancel(id)
        return try await Problem.afterwards { try await answer(id) }
    }

    /// Lets an operation that was begun elsewhere, to sign a transaction, wait for its attached device.
    @Sendable private func attach(_ ask: Ask) async throws -> Response {
        let id = try ask.challenge()
        let lease = try await ask.body(AttachRequest.self).lease
        let device = try await admit(ask.caller, to: .attach, id).device
        // What a person reads off a device and types stays the verifiers' (see `admit`).
        guard try await mayBeAttached(device) else { throw Problem(neverAttached: device) }
        _ = try await runner.attach(id, on: device, by: ask.caller, lease: lease)
        return try await Problem.afterwards { try await answer(id) }
    }

    @Sendable private func renew(_ ask: Ask) async throws -> Response {
        let id = try ask.challenge()
        await runner.renewLease(of: id, by: ask.caller)
        return try await answer(id)
    }

    /// The operation as it stands now.
    private func answer(_ id: ChallengeID) async throws -> Response {
        try await .json(feed.forms.form(of: bank.operations.operation(id)))
    }
}

extension Problem {
    /// A Scan, a phone or a Token, which a person holds in their hand and nothing waits for.
    fileprivate init(neverAttached device: DeviceID) {
        self.init(
            .conflict, "neverAttached", "the device \(device) is never attached: the person types what it shows",
            userAction: "leave out lease, or send the code as the operation's response")
    }
}

/// A page of operations, the one begun last first; `next` is the cursor of the page behind it, and missing on the last.
private struct OperationListForm: Encodable {
    let operations: [OperationForm]
    let next: String?
}
