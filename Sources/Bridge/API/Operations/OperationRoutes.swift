import DeviceProtocol
import Foundation
public import HTTPDoor
import HTTPTypes
public import Hummingbird
import NIOCore
import Verification

/// Operations: begun, waited for, answered, taken back.
public struct OperationRoutes: Sendable {
    let bank: BankSide
    let runner: Runner
    let feed: Feed
    let clock: any Clock<Duration>

    /// The longest wait of a long poll.
    static let longestWait = 60

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
        let group = routes.group("v1/operations")
        group.post { try await begin($0, $1) }
        group.get { try await list($0, $1) }
        group.get(":id") { try await look($0, $1) }
        group.post(":id/responses") { try await submit($0, $1) }
        group.post(":id/cancel") { try await cancel($0, $1) }
        group.post(":id/lease") { try await renew($0, $1) }
        addPictures(to: group)
    }

    // MARK: Requests

    private func begin(_ request: Request, _ context: DoorContext) async throws -> Hummingbird.Response {
        try context.caller.require(.deviceUser, .verifier)
        guard let key = request.headers[.idempotencyKey] else {
            throw Problem.invalid("the header field Idempotency-Key is missing: a key for each request, and the same when it is repeated")
        }
        let asked = try await request.decode(OperationRequest.self)
        // Who may not use devices has the answer from elsewhere.
        let isForAttached = await runner.isAttached(asked.device) || asked.lease != nil
        let waits = isForAttached && context.caller.roles.contains(.deviceUser)
        let attachment = waits ? try await runner.attachment(for: context.caller, on: asked.device, lease: asked.lease) : nil
        let operation = try await told {
            () async throws(VerificationError) in
            try await bank.operations.begin(
                asked.content, for: asked.subscriber, with: asked.device, idempotencyKey: key, timeToLive: asked.timeToLive,
                role: asked.role, attachment: attachment)
        }
        await runner.take(operation)
        var answer = try await answer(operation, .accepted)
        answer.headers[.location] = "/v1/operations/\(operation.id)"
        return answer
    }

    private func list(_ request: Request, _ context: DoorContext) async throws -> Hummingbird.Response {
        try context.caller.require(.deviceUser, .verifier, .observer)
        guard let name = request.uri.queryParameters.get("subscriber"), let subscriber = SubscriberID(rawValue: name) else {
            throw Problem.invalid("the parameter subscriber is missing, or no user ID")
        }
        let limit = try request.number("limit", in: 1...100) ?? 50
        let cursor = try request.number("cursor", in: 1...Int.max).map(Int64.init)
        let page: [(number: Int64, operation: Verification.Operation)]
        do throws(StoreError) {
            page = try await bank.store.read { (reader) throws(StoreError) in
                try reader.operations(of: subscriber, before: cursor, limit: limit)
            }
        } catch { throw Problem(error) }
        var forms: [OperationForm] = []
        for entry in page {
            var operation = entry.operation
            // Nothing changes in the store by itself when a time is over.
            if operation.outcome == nil, bank.operations.now() >= operation.challenge.expiresAt {
                let id = operation.id
                operation = try await told { () async throws(VerificationError) in try await bank.operations.operation(id) }
            }
            forms.append(try await form(operation))
        }
        let next = page.count == limit ? page.last.map { String($0.number) } : nil
        return try .json(OperationListForm(operations: forms, cursor: next))
    }

    /// One operation; with `wait`, as soon as something behind the change `after` has happened to it.
    private func look(_ request: Request, _ context: DoorContext) async throws -> Hummingbird.Response {
        try context.caller.require(.deviceUser, .verifier, .observer)
        let id = try context.operationID
        let wait = try request.number("wait", in: 0...Self.longestWait) ?? 0
        let after = try request.number("after", in: 0...Int.max).map(Int64.init)
        if context.caller.roles.contains(.deviceUser) { await runner.renewLease(of: id) }
        guard wait > 0 else { return try await answer(now(id)) }
        // Listening begins before the look, so that nothing happens between the two.
        let news: AsyncStream<Void>
        do throws(StoreError) { news = try await feed.news(of: id) } catch { throw Problem(error) }
        let operation = try await now(id)
        if operation.outcome != nil || after == nil || operation.change > after ?? 0 { return try await answer(operation) }
        let limit = min(Double(wait), max(operation.challenge.expiresAt.timeIntervalSince(bank.operations.now()), 0) + 0.1)
        await withTaskGroup { group in
            group.addTask { for await _ in news { return } }
            group.addTask { [clock] in try? await clock.pause(for: .seconds(limit)) }
            await group.next()
            group.cancelAll()
        }
        if context.caller.roles.contains(.deviceUser) { await runner.renewLease(of: id) }
        return try await answer(now(id))
    }

    private func submit(_ request: Request, _ context: DoorContext) async throws -> Hummingbird.Response {
        try context.caller.require(.deviceUser, .verifier)
        let id = try context.operationID
        let given = try await request.decode(ResponseRequest.self)
        _ = try await told { () async throws(VerificationError) in
            try await bank.operations.submit(given.response, to: id, stapled: given.stapled)
        }
        await runner.stop(id)
        return try await answer(now(id))
    }

    private func cancel(_ request: Request, _ context: DoorContext) async throws -> Hummingbird.Response {
        try context.caller.require(.deviceUser, .verifier)
        let id = try context.operationID
        return try await answer(told { () async throws(VerificationError) in try await runner.cancel(id) })
    }

    private func renew(_ request: Request, _ context: DoorContext) async throws -> Hummingbird.Response {
        try context.caller.require(.deviceUser)
        let id = try context.operationID
        await runner.renewLease(of: id)
        return try await answer(now(id))
    }

    // MARK: Answers

    func now(_ id: ChallengeID) async throws(Problem) -> Verification.Operation {
        try await told { () async throws(VerificationError) in try await bank.operations.operation(id) }
    }

    /// What the bank's side refuses, as a client is told.
    func told<R: Sendable>(_ body: () async throws(VerificationError) -> R) async throws(Problem) -> R {
        do { return try await body() } catch { throw Problem(error) }
    }

    private func form(_ operation: Verification.Operation) async throws(Problem) -> OperationForm {
        do { return try await feed.forms.form(of: operation) } catch { throw Problem(error) }
    }

    private func answer(_ operation: Verification.Operation, _ status: HTTPResponse.Status = .ok) async throws -> Hummingbird.Response {
        try await .json(form(operation), status)
    }
}

/// A page of operations; `cursor` is given for the next one, and missing on the last.
private struct OperationListForm: Encodable {
    let operations: [OperationForm]
    let cursor: String?
}

extension HTTPField.Name {
    /// The IETF's draft "The Idempotency-Key HTTP Header Field".
    fileprivate static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .ifMatch
}
