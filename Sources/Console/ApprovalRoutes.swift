import HTTPDoor
import HTTPTypes
import Hummingbird

/// What a device is asked besides transactions: another secret image, a payee to trust.
///
/// What was approved is carried out here, whether or not the page still looks.
struct ApprovalRoutes: Sendable {
    let bank: DemoBank

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("approval")
        routes.post("image") { request, context -> Response in
            let fields = try await request.texts(["name", "device", "key"])
            return try await begin(.image(try fields.need("name")), fields, in: context)
        }
        routes.post("payee") { request, context -> Response in
            let fields = try await request.texts(["name", "iban", "device", "key"])
            return try await begin(.payee(iban: try fields.need("iban"), name: try fields.need("name")), fields, in: context)
        }
        routes.delete { _, context -> Response in
            let browser = try context.known()
            browser.with { $0.approval = nil }
            bank.changed(browser)
            return try .json([:])
        }
    }

    private func begin(
        _ purpose: Browser.Approval.Purpose, _ fields: [String: String], in context: ConsoleContext
    ) async throws -> Response {
        let operation = try await begin(
            purpose, on: try fields.need("device"), key: try fields.need("key"), at: try context.known())
        return try .json(["operation": .string(operation)], status: .accepted)
    }

    /// Begins the operation, asks a device in a reader, and waits for the outcome beside the page.
    ///
    /// - Parameter key: begun again with the same one, it is the same operation.
    /// - Returns: the operation.
    func begin(
        _ purpose: Browser.Approval.Purpose, on device: String, key: String, at browser: Browser
    ) async throws(Problem) -> String {
        let place = try bank.jobs.place()
        let person = try await bank.person(at: browser)
        let (path, json) = purpose.wish(of: person, on: device)
        let begun = try await bank.bridge.ask(.post, path, headers: [("Idempotency-Key", key)], json: json).json
        guard let operation = begun["id"]?.text else {
            throw Problem(.badGateway, "doorRefused", "the bridge's answer is not understood")
        }
        if begun["presentation"] == "plain", begun["isAttached"] != .bool(true) {
            _ = try await bank.bridge.ask(.post, ["operations", operation, "attach"], json: [:])
        }
        let isNew = browser.with { state in
            guard state.approval?.operation != operation else { return false }
            state.approval = .init(operation: operation, purpose: purpose)
            return true
        }
        if isNew { place.begin { await follow(operation, purpose, of: person, at: browser) } }
        bank.changed(browser)
        return operation
    }

    /// Waits until the operation is over, and does what was approved.
    private func follow(_ operation: String, _ purpose: Browser.Approval.Purpose, of person: Browser.Person, at browser: Browser) async {
        var outcome: Result<Bool, Problem> = .success(false)
        do throws(Problem) {
            if try await bank.isApproved(operation) {
                try await carryOut(purpose, approvedBy: operation, of: person)
                outcome = .success(true)
            }
        } catch { outcome = .failure(error) }
        browser.with { state in
            guard state.approval?.operation == operation else { return }
            switch outcome {
            case .success(let isDone): state.approval?.isDone = isDone
            case .failure(let problem): state.approval?.problem = problem.json
            }
        }
        bank.changed(browser)
    }

    private func carryOut(
        _ purpose: Browser.Approval.Purpose, approvedBy operation: String, of person: Browser.Person
    ) async throws(Problem) {
        let session = ("Session-Token", person.token)
        switch purpose {
        case .image(let name):
            _ = try await bank.bridge.ask(
                .post, ["session", "secret-image"], headers: [session],
                json: ["name": .string(name), "approvedBy": .string(operation)])
        case .payee:
            let answer = try await bank.bridge.ask(
                .post, ["permissions"], headers: [session, ("Idempotency-Key", operation)],
                json: ["content": purpose.content, "approvedBy": .string(operation)]
            ).json
            guard answer["answer"] == "granted" else {
                throw Problem(
                    .forbidden, "notApproved", "the device's approval does not cover this", userAction: "begin again", isRetryable: false)
            }
        }
    }
}

extension Browser.Approval.Purpose {
    /// What the bridge is asked to begin, and where: a secret image has a route of its own.
    fileprivate func wish(of person: Browser.Person, on device: String) -> (path: [String], json: JSONValue) {
        var json: [String: JSONValue] = ["subscriber": .string(person.user), "device": .string(device)]
        switch self {
        case .image(let name):
            json["name"] = .string(name)
            return (["secret-image-changes"], .object(json))
        case .payee:
            json["content"] = content
            return (["operations"], .object(json))
        }
    }

    /// What a device approves.
    fileprivate var content: JSONValue {
        switch self {
        case .image: .null
        case .payee(let iban, let name): ["kind": "beneficiary", "iban": .string(iban), "name": .string(name)]
        }
    }
}

extension Browser.Approval {
    /// What the page shows of it.
    var json: JSONValue {
        switch purpose {
        case .image(let name):
            .members([
                "operation": .string(operation), "kind": "image", "name": .string(name), "isDone": .bool(isDone), "problem": problem,
            ])
        case .payee(let iban, let name):
            .members([
                "operation": .string(operation), "kind": "payee", "name": .string(name), "iban": .string(iban), "isDone": .bool(isDone),
                "problem": problem,
            ])
        }
    }
}
