import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

/// What a device is asked: the QR code and the secret image, a code that was typed, cancelling.
struct OperationRoutes: Sendable {
    let bank: DemoBank

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("operations/:id")
        routes.get { _, context -> Response in try .json(try await operation(in: context, isActive: false)) }
        routes.post("code") { request, context -> Response in
            let id = try context.segment("id")
            let code = try (await request.texts(["code"])).need("code")
            _ = try await operation(in: context)
            let answer = try await bank.bridge.ask(.post, ["operations", id, "responses"], json: ["code": .string(code)])
            bank.changed(try context.known())
            return try .json(answer.json)
        }
        routes.post("cancel") { _, context -> Response in
            let id = try context.segment("id")
            _ = try await operation(in: context)
            let answer = try await bank.bridge.ask(.post, ["operations", id, "cancel"])
            bank.changed(try context.known())
            return try .json(answer.json)
        }
        routes.get("code.png") { _, context -> Response in try await picture("qr.png", in: context) }
        routes.get("image.png") { _, context -> Response in try await picture("secret-image.png", in: context) }
    }

    /// An operation of who is signed in; for anybody else there is none.
    private func operation(in context: ConsoleContext, isActive: Bool = true) async throws -> JSONValue {
        let id = try context.segment("id")
        let person = try await bank.person(at: try context.known(), isActive: isActive)
        let found = try await bank.bridge.ask(.get, ["operations", id]).json
        guard found["subscriber"]?.text == person.user else {
            throw Problem(.notFound, "notFound", "there is no such operation")
        }
        return found
    }

    private func picture(_ name: String, in context: ConsoleContext) async throws -> Response {
        _ = try await operation(in: context, isActive: false)
        let answer = try await bank.bridge.ask(.get, ["operations", try context.segment("id"), name])
        return .picture([UInt8](answer.body.readableBytesView))
    }
}
