import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

/// A forgotten password: one of the person's devices approves `New password` for their user ID, and then they choose one.
///
/// The new password goes from the page to the bridge, and is kept nowhere between.
struct ForgottenRoutes: Sendable {
    let bank: DemoBank

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("forgotten")
        routes.get { _, context -> Response in try .json(try await state(of: try context.known())) }
        routes.post { request, context -> Response in
            let browser = try context.known()
            let fields = try await request.texts(["user", "product"])
            let begun = try await begin(for: try fields.need("user"), with: try fields.need("product"))
            browser.with { $0.forgotten = begun }
            bank.changed(browser)
            return try .json([:], status: .created)
        }
        routes.post("code") { request, context -> Response in
            let code = try (await request.texts(["code"])).need("code")
            let operation = try begun(context).operation
            let answer = try await bank.bridge.ask(.post, ["operations", operation, "responses"], json: ["code": .string(code)])
            bank.changed(try context.known())
            return try .json(answer.json)
        }
        routes.post("cancel") { _, context -> Response in
            let answer = try await bank.bridge.ask(.post, ["operations", try begun(context).operation, "cancel"])
            bank.changed(try context.known())
            return try .json(answer.json)
        }
        routes.post("password") { request, context -> Response in
            let (browser, asked) = (try context.known(), try begun(context))
            let password = try (await request.texts(["new"])).need("new")
            _ = try await bank.bridge.ask(
                .post, ["subscribers", asked.user, "password"], json: ["new": .string(password), "approvedBy": .string(asked.operation)],
                deadline: .seconds(60))
            browser.with { if $0.forgotten?.operation == asked.operation { $0.forgotten?.isDone = true } }
            // What the demo's letter says is no longer true, and what is true is nobody else's business.
            bank.book.forgetPassword(of: asked.user)
            bank.hub.tell("state")
            return try .json([:])
        }
        routes.delete { _, context -> Response in
            let browser = try context.known()
            browser.with { $0.forgotten = nil }
            bank.changed(browser)
            return try .json([:])
        }
        routes.get("code.png") { _, context -> Response in try await picture("qr.png", in: context) }
        routes.get("image.png") { _, context -> Response in try await picture("secret-image.png", in: context) }
    }

    /// Asks the person's device of this kind; whoever is not known, or has none, is told the same.
    func begin(for user: String, with product: String) async throws(Problem) -> Browser.Forgotten {
        let enrolments = try await bank.enrolments(ofAnybody: user)
        let device = enrolments.first { $0["product"]?.text == product && $0["state"] == "active" }?["device"]
        let unknown = Problem(
            .notFound, "noSuchDevice", "there is no such user ID with such a device in use",
            userAction: "check the user ID, or choose another device")
        guard let device else { throw unknown }
        let approvals = try await bank.bridge.ask(.get, ["subscribers", user, "approvals"]).json
        guard let content = approvals["newPassword"] else { throw Self.malformed }
        let operation: JSONValue
        do throws(Problem) {
            operation = try await bank.bridge.ask(
                .post, ["operations"], headers: [("Idempotency-Key", Browser.randomText())],
                json: ["subscriber": .string(user), "device": device, "content": content]
            ).json
        } catch {
            // Nobody who is not signed in is told of a block.
            throw error.code == "personBlocked" ? unknown : error
        }
        guard let id = operation["id"]?.text else { throw Self.malformed }
        return Browser.Forgotten(operation: id, user: user, product: product)
    }

    /// What was begun here, with what the device is asked; empty where nothing was.
    private func state(of browser: Browser) async throws(Problem) -> JSONValue {
        guard let asked = browser.with({ $0.forgotten }) else { return [:] }
        return [
            "user": .string(asked.user), "product": .string(asked.product), "isDone": .bool(asked.isDone),
            "operation": try await bank.bridge.ask(.get, ["operations", asked.operation]).json,
        ]
    }

    private func begun(_ context: ConsoleContext) throws(Problem) -> Browser.Forgotten {
        guard let asked = try context.known().with({ $0.forgotten }) else { throw Orders.nothing }
        return asked
    }

    private func picture(_ name: String, in context: ConsoleContext) async throws -> Response {
        let answer = try await bank.bridge.ask(.get, ["operations", try begun(context).operation, name])
        return .picture([UInt8](answer.body.readableBytesView))
    }

    private static let malformed = Problem(.badGateway, "doorRefused", "the bridge's answer is not understood")
}
