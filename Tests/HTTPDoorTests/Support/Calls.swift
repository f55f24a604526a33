import HTTPTypes
import Hummingbird
import Synchronization

@testable import HTTPDoor

/// Routes for tests, which count what reaches them.
final class Calls: Sendable {
    private let state = Mutex<[String]>([])

    /// What was dispatched, in order.
    var all: [String] { state.withLock { $0 } }

    private func note(_ call: String) { state.withLock { $0.append(call) } }

    /// A small router: something to read, to write, to fail.
    func routes() -> Router<DoorContext> {
        let router = Router(context: DoorContext.self)
        router.get("v1/things") { request, context in
            self.note("list by \(context.caller.name)")
            return "things"
        }
        router.get("v1/things/:id") { _, context in
            let id = try context.parameters.require("id")
            self.note("thing \(id)")
            return id
        }
        router.post("v1/things") { request, context in
            var request = request
            let body = try await request.collectBody(upTo: 1 << 24)
            self.note("made \(body.readableBytes)")
            return "made \(body.readableBytes)"
        }
        router.post("v1/pictures/:id") { request, _ in
            var request = request
            let body = try await request.collectBody(upTo: 1 << 24)
            self.note("picture \(body.readableBytes)")
            return "seen \(body.readableBytes)"
        }
        router.get("v1/refused") { _, context -> String in
            try context.caller.require(anyOf: [.administrator])
            self.note("administered")
            return "administered"
        }
        router.get("v1/broken") { _, _ -> String in throw Secret(word: "4711-in-the-clear") }
        return router
    }

    struct Secret: Error { let word: String }
}
