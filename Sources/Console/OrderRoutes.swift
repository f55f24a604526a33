import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

/// Activating a device, step by step: as far as a browser takes part.
///
/// Of its keys a browser sees QR codes and digits, and nothing else.
/// Who activates their first device cannot sign in yet: what lets them in is the order's name, which stands in the demo's open letters.
struct OrderRoutes: Sendable {
    let bank: DemoBank
    private var orders: Orders { Orders(bank: bank) }

    private static let steps: Set<String> = [
        "activationCode", "challengeCode", "serialNumber", "deviceName", "initialPassword", "newPassword",
    ]

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("orders")
        routes.post { request, context -> Response in
            let browser = try context.known()
            let fields = try await request.texts(["product", "replaces"])
            let person = try await bank.person(at: browser)
            let product = try fields.need("product")
            if let old = fields["replaces"] { try await check(old, of: person.user, isA: product) }
            let letter = try await orders.order(product, for: person.user, replacing: fields["replaces"])
            bank.changed(browser)
            return try .json(["id": .string(letter.order)], status: .created)
        }
        let order = routes.group(":order")
        order.get { _, context -> Response in try .json(try await orders.state(in: context)) }
        order.post("keys") { _, context -> Response in
            let letter = try orders.letter(in: context)
            try await takeOut(letter)
            return try await orders.changed(in: context)
        }
        order.post("pairing/code") { request, context -> Response in
            let letter = try orders.letter(in: context)
            let code = try (await request.texts(["code"])).need("code")
            _ = try await bank.bridge.ask(.post, ["orders", letter.order, "pairing", "codes"], json: ["code": .string(code)])
            return try await orders.changed(in: context)
        }
        order.get("pairing.png") { _, context -> Response in
            let letter = try orders.letter(in: context)
            let answer = try await bank.bridge.ask(.get, ["orders", letter.order, "pairing", "qr.png"])
            return .picture([UInt8](answer.body.readableBytesView))
        }
        order.post("proof") { request, context -> Response in
            let letter = try orders.letter(in: context)
            let given = try await request.texts(Self.steps)
            guard given.count == 1, let (step, value) = given.first else {
                throw Problem(.badRequest, "invalidRequest", "one step is taken at a time")
            }
            try await orders.prove([step: .string(value)], for: letter)
            if step == "newPassword" { bank.book.forgetInitialPassword(of: letter.user) }
            return try await orders.changed(in: context)
        }
        order.post("questions") { request, context -> Response in
            let letter = try orders.letter(in: context)
            let texts = try await request.texts(["question1", "question2", "question3", "answer1", "answer2", "answer3"])
            let questions = try (1...3).map { number throws(Problem) -> JSONValue in
                ["question": .string(try texts.need("question\(number)")), "answer": .string(try texts.need("answer\(number)"))]
            }
            try await orders.prove(["securityQuestions": .array(questions)], for: letter)
            return try await orders.changed(in: context)
        }
        order.post("approval") { request, context -> Response in
            let letter = try orders.letter(in: context)
            let fields = try await request.texts(["by"])
            try await ask(letter, byOther: fields["by"] == "scan")
            return try await orders.changed(in: context)
        }
        order.post("code") { request, context -> Response in
            let letter = try orders.letter(in: context)
            let code = try (await request.texts(["code"])).need("code")
            try await approve(letter, with: code)
            return try await orders.changed(in: context)
        }
        order.get("code.png") { _, context -> Response in
            guard let operation = try orders.letter(in: context).operation else { throw Orders.nothing }
            let answer = try await bank.bridge.ask(.get, ["operations", operation, "qr.png"])
            return .picture([UInt8](answer.body.readableBytesView))
        }
    }

    /// Refuses to end a device that is somebody else's, or of another product than the one ordered in its place.
    private func check(_ old: String, of user: String, isA product: String) async throws(Problem) {
        let enrolments = try await bank.bridge.askAll(["subscribers", user, "enrolments"])
        guard enrolments.contains(where: { $0["device"]?.text == old && $0["product"]?.text == product }) else {
            throw Problem(.notFound, "notFound", "there is no such device")
        }
    }

    /// The factory makes the device for this order and tells the bank; one that is paired then shows its first QR code.
    private func takeOut(_ letter: DemoBook.Letter) async throws(Problem) {
        let present = try await bank.emulators.ask(.get, ["emulators"]).json["emulators"]?.elements ?? []
        if !present.contains(where: { $0["order"]?.text == letter.order }) {
            let holder = bank.book.customers.first { $0.user == letter.user }?.name ?? letter.user
            _ = try await bank.emulators.ask(
                .post, ["emulators"],
                json: .members([
                    "kind": .string(letter.product), "order": .string(letter.order), "holder": .string(holder), "behaviour": "wait",
                    "pin": "123456", "serial": letter.serial.map { .string($0) },
                ]), deadline: .seconds(60))
        }
        guard letter.isPaired else { return }
        _ = try await bank.bridge.ask(
            .post, ["orders", letter.order, "pairing"], json: .members(["replaces": letter.replaces.map { .string($0) }]))
    }

    /// Asks a device to approve the activation; what a card answers is followed beside the page.
    func ask(_ letter: DemoBook.Letter, byOther: Bool) async throws(Problem) {
        let place = try letter.isCard ? bank.jobs.place() : nil
        let operation = try await begin(letter, byOther: byOther)
        bank.book.begin(operation, for: letter.order)
        if let place, let operation { place.begin { await follow(operation, letter) } }
    }

    /// Begins the operation by which the new device approves its activation, or the person's Scan vouches for it.
    private func begin(_ letter: DemoBook.Letter, byOther: Bool) async throws(Problem) -> String? {
        let approvals = try await bank.bridge.ask(.get, ["orders", letter.order, "approvals"]).json
        let enrolments = try await bank.bridge.askAll(["subscribers", letter.user, "enrolments"])
        let scan = enrolments.first { $0["product"] == "scan" && $0["state"] == "active" }?["device"]
        let content = byOther ? approvals["otherDevice"] : approvals["approval"]?["content"]
        guard let device = byOther ? scan : approvals["approval"]?["device"], let content else { throw Orders.nothing }
        let begun = try await bank.bridge.ask(
            .post, ["operations"], headers: [("Idempotency-Key", Browser.randomText())],
            json: ["subscriber": .string(letter.user), "device": device, "content": content]
        ).json
        guard let id = begun["id"]?.text else { return nil }
        if begun["presentation"] == "plain", begun["isAttached"] != .bool(true) {
            _ = try await bank.bridge.ask(.post, ["operations", id, "attach"], json: [:])
        }
        return id
    }

    /// A card answers by itself: its step is taken when it has, and one whose place it takes ends.
    private func follow(_ operation: String, _ letter: DemoBook.Letter) async {
        do throws(Problem) {
            let isApproved = try await bank.isApproved(operation)
            if isApproved {
                try await orders.prove(["approval": .string(operation)], for: letter)
                if let old = letter.replaces { _ = try await bank.bridge.ask(.post, ["enrolments", old, "revoke"]) }
            }
        } catch {
            // The page shows the order as it is, with the same step before it.
        }
        // Until its step is taken nobody is offered to begin it again.
        bank.book.begin(nil, for: letter.order)
        bank.hub.tell("state")
    }

    /// The device's code, and the step that it takes.
    private func approve(_ letter: DemoBook.Letter, with code: String) async throws(Problem) {
        guard let operation = letter.operation else { throw Orders.nothing }
        let order = try await bank.bridge.ask(.get, ["orders", letter.order]).json
        let answered: JSONValue
        do throws(Problem) {
            answered = try await bank.bridge.ask(.post, ["operations", operation, "responses"], json: ["code": .string(code)]).json
        } catch {
            // It is over without an answer: the page offers to begin again.
            if error.code == "ended" {
                bank.book.begin(nil, for: letter.order)
                bank.hub.tell("state")
            }
            throw error
        }
        // Until its step is taken nobody is offered to begin it again.
        defer { bank.book.begin(nil, for: letter.order) }
        guard answered["state"] == "succeeded" else {
            throw Problem(.conflict, "notApproved", "the device's code was not right", userAction: "show a new code and try again")
        }
        let step = order["next"] == "activationCode" ? "otherDevice" : "approval"
        try await orders.prove([step: .string(operation)], for: letter)
    }
}
