import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

/// The emulated devices beside the bank: each button of the page is one request of the emulator control, and nothing else is passed on.
///
/// What is typed on an emulated pad goes through as bytes. No real device is behind that door, so no PIN of one ever comes here.
struct EmulatorRoutes: Sendable {
    let bank: DemoBank

    /// What a device can be asked without saying more.
    private static let actions = ["press", "accept", "decline", "cancel", "insert", "pull", "plug", "unplug"]

    /// What is no JSON: a picture before a camera, what is typed on a pad.
    static let bodies = [
        BodyRule("/api/emulators/:id/look", takes: ["image/png", "image/jpeg"], upTo: 1 << 20),
        BodyRule("/api/emulators/:id/pin", takes: ["application/octet-stream"], upTo: 64),
    ]

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("emulators")
        routes.get { _, context -> Response in
            _ = try context.known()
            return try .json(try await bank.emulators.ask(.get, ["emulators"]).json)
        }
        let device = routes.group(":id")
        device.get { _, context -> Response in
            _ = try context.known()
            return try .json(try await bank.emulators.ask(.get, ["emulators", try context.segment("id")]).json)
        }
        for action in Self.actions {
            device.post(RouterPath(action)) { request, context -> Response in
                let answer = try await bank.emulators.send(
                    .post, ["emulators", try context.segment("id"), action], query: prompt(of: request), body: nil)
                return try .json(answer.json)
            }
        }
        device.post("pin") { request, context -> Response in
            let id = try context.segment("id")
            guard request.headers[.contentType] == "application/octet-stream" else {
                throw Problem(.unsupportedMediaType, "invalidRequest", "bytes are wanted")
            }
            let answer = try await bank.emulators.send(
                .post, ["emulators", id, "pin"], query: prompt(of: request), headers: [("Content-Type", "application/octet-stream")],
                body: try await request.bytes(upTo: 64))
            return try .json(answer.json)
        }
        device.post("look") { request, context -> Response in
            let id = try context.segment("id")
            guard let type = request.headers[.contentType], type == "image/png" || type == "image/jpeg" else {
                throw Problem(.unsupportedMediaType, "invalidRequest", "a picture is wanted, as PNG or JPEG")
            }
            let answer = try await bank.emulators.send(
                .post, ["emulators", id, "look"], headers: [("Content-Type", type)], body: try await request.bytes(upTo: 1 << 20))
            return try .json(answer.json)
        }
        device.post("fetch") { _, context -> Response in
            _ = try context.known()
            return try .json(try await PhoneLine(bank: bank).fetch(try context.segment("id")))
        }
        device.put("behaviour") { request, context -> Response in
            let fields = try await request.texts(["behaviour"])
            let answer = try await bank.emulators.ask(
                .put, ["emulators", try context.segment("id"), "behaviour"],
                json: ["behaviour": .string(try fields.need("behaviour"))])
            return try .json(answer.json)
        }
    }

    /// Which prompt the person saw when they pressed: an answer to another one is refused.
    private func prompt(of request: Request) -> [(String, String)] {
        guard let number = request.uri.queryParameters["prompt"], Int(number) != nil else { return [] }
        return [("prompt", String(number))]
    }
}

extension Request {
    /// The body, of at most this many bytes.
    fileprivate func bytes(upTo limit: Int) async throws -> ByteBuffer {
        do { return try await body.collect(upTo: limit) } catch {
            throw Problem(.contentTooLarge, "tooLarge", "this is more than is read here")
        }
    }
}
