import HTTPDoor
import HTTPTypes
import Hummingbird

/// Activating a device, step by step: as far as a browser takes part.
///
/// Its keys go from the factory to the bank, never here.
/// Who activates their first device cannot sign in yet: what lets them in is the order's name, which stands in the demo's open letters.
struct OrderRoutes: Sendable {
    let bank: DemoBank

    private static let steps: Set<String> = [
        "activationCode", "challengeCode", "serialNumber", "deviceName", "initialPassword", "newPassword",
    ]

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("orders")
        routes.post { request, context -> Response in
            let browser = try context.known()
            let product = try (await request.texts(["product"])).need("product")
            let person = try await bank.person(at: browser)
            let letter = try await Self.order(product, for: person.user, at: bank)
            bank.changed(browser)
            return try .json(["id": .string(letter.order)], status: .created)
        }
        let order = routes.group(":order")
        order.get { _, context -> Response in try .json(try await state(in: context)) }
        order.post("keys") { _, context -> Response in
            let letter = try letter(in: context)
            // The factory makes the device for this order and tells the bank; here only that it is done.
            _ = try await bank.emulators.ask(
                .post, ["emulators"],
                json: ["kind": .string(letter.product), "order": .string(letter.order), "behaviour": "wait", "pin": "123456"])
            return try await changed(in: context)
        }
        order.post("proof") { request, context -> Response in
            let letter = try letter(in: context)
            let given = try await request.texts(Self.steps)
            guard given.count == 1, let (step, value) = given.first else {
                throw Problem(.badRequest, "invalidRequest", "one step is taken at a time")
            }
            try await prove([step: .string(value)], for: letter)
            if step == "newPassword" { bank.book.forgetInitialPassword(of: letter.user) }
            return try await changed(in: context)
        }
        order.post("questions") { request, context -> Response in
            let letter = try letter(in: context)
            let texts = try await request.texts(["question1", "question2", "question3", "answer1", "answer2", "answer3"])
            let questions = try (1...3).map { number throws(Problem) -> JSONValue in
                ["question": .string(try texts.need("question\(number)")), "answer": .string(try texts.need("answer\(number)"))]
            }
            try await prove(["securityQuestions": .array(questions)], for: letter)
            return try await changed(in: context)
        }
        order.post("approval") { request, context -> Response in
            let letter = try letter(in: context)
            let fields = try await request.texts(["by"])
            let id = try await begin(letter, byOther: fields["by"] == "scan")
            bank.book.begin(id, for: letter.order)
            return try await changed(in: context)
        }
        order.post("code") { request, context -> Response in
            let letter = try letter(in: context)
            let code = try (await request.texts(["code"])).need("code")
            try await approve(letter, with: code)
            return try await changed(in: context)
        }
        order.get("code.png") { _, context -> Response in
            guard let operation = try letter(in: context).operation else { throw Self.nothing }
            let answer = try await bank.bridge.ask(.get, ["operations", operation, "qr.png"])
            return .picture([UInt8](answer.body.readableBytesView))
        }
    }

    /// Orders a device, and keeps what its letter says.
    static func order(_ product: String, for user: String, at bank: DemoBank) async throws(Problem) -> DemoBook.Letter {
        let code = DemoBook.activationCode()
        let answer = try await bank.bridge.ask(
            .post, ["orders"],
            json: [
                "subscriber": .string(user), "product": .string(product), "activationCode": .string(code), "identification": "branch",
            ]
        ).json
        guard let id = answer["order"]?["id"]?.text, let challenge = answer["challengeCode"]?.text else {
            throw Problem(.badGateway, "doorRefused", "the bridge's answer is not understood")
        }
        let letter = DemoBook.Letter(order: id, user: user, product: product, activationCode: code, challengeCode: challenge)
        bank.book.send(letter)
        return letter
    }

    private func prove(_ proof: [String: JSONValue], for letter: DemoBook.Letter) async throws(Problem) {
        _ = try await bank.bridge.ask(.post, ["orders", letter.order, "proofs"], json: .object(proof))
    }

    /// Begins the operation by which the new device approves its activation, or the person's Scan vouches for it.
    private func begin(_ letter: DemoBook.Letter, byOther: Bool) async throws(Problem) -> String? {
        let approvals = try await bank.bridge.ask(.get, ["orders", letter.order, "approvals"]).json
        let enrolments = try await bank.bridge.ask(.get, ["subscribers", letter.user, "enrolments"]).json["enrolments"]?.elements ?? []
        let scan = enrolments.first { $0["product"] == "scan" && $0["state"] == "active" }?["device"]
        let content = byOther ? approvals["otherDevice"] : approvals["approval"]?["content"]
        guard let device = byOther ? scan : approvals["approval"]?["device"], let content else { throw Self.nothing }
        return try await bank.bridge.ask(
            .post, ["operations"], headers: [("Idempotency-Key", Browser.randomText())],
            json: ["subscriber": .string(letter.user), "device": device, "content": content]
        ).json["id"]?.text
    }

    /// The device's code, and the step that it takes.
    private func approve(_ letter: DemoBook.Letter, with code: String) async throws(Problem) {
        guard let operation = letter.operation else { throw Self.nothing }
        let order = try await bank.bridge.ask(.get, ["orders", letter.order]).json
        let answered = try await bank.bridge.ask(.post, ["operations", operation, "responses"], json: ["code": .string(code)]).json
        bank.book.begin(nil, for: letter.order)
        guard answered["state"] == "succeeded" else {
            throw Problem(.conflict, "notApproved", "the device's code was not right", userAction: "show a new code and try again")
        }
        let step = order["next"] == "activationCode" ? "otherDevice" : "approval"
        try await prove([step: .string(operation)], for: letter)
    }

    private func letter(in context: ConsoleContext) throws(Problem) -> DemoBook.Letter {
        _ = try context.known()
        guard let letter = bank.book.letter(of: try context.segment("order")) else { throw Self.nothing }
        return letter
    }

    private func changed(in context: ConsoleContext) async throws -> Response {
        bank.hub.tell("state")
        return try .json(try await state(in: context))
    }

    /// An order, its next step, and what its letter says.
    private func state(in context: ConsoleContext) async throws(Problem) -> JSONValue {
        let letter = try letter(in: context)
        let order = try await bank.bridge.ask(.get, ["orders", letter.order]).json
        return .members([
            "order": order, "operation": letter.operation.map { .string($0) },
            "letter": .members([
                "user": .string(letter.user), "activationCode": letter.activationCode.map { .string($0) },
                "challengeCode": .string(letter.challengeCode),
                "initialPassword": bank.book.initialPassword(of: letter.user).map { .string($0) },
            ]),
        ])
    }

    private static let nothing = Problem(.notFound, "notFound", "there is nothing here")
}
