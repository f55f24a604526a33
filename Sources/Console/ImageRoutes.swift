import HTTPDoor
import HTTPTypes
import Hummingbird

/// Choosing the secret image, once, after the first sign-in with a device that shows it.
struct ImageRoutes: Sendable {
    let bank: DemoBank

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("images")
        routes.get { _, context -> Response in
            let person = try await bank.person(at: try context.known(), isActive: false)
            let answer = try await bank.bridge.ask(
                .post, ["session", "secret-image", "offer"], headers: [("Session-Token", person.token)])
            return try .json(answer.json)
        }
        routes.get(":name") { _, context -> Response in
            _ = try await bank.person(at: try context.known(), isActive: false)
            let answer = try await bank.bridge.ask(.get, ["secret-images", try context.segment("name")])
            return .picture([UInt8](answer.body.readableBytesView))
        }
        routes.post { request, context -> Response in
            let browser = try context.known()
            let name = try (await request.texts(["name"])).need("name")
            let person = try await bank.person(at: browser)
            _ = try await bank.bridge.ask(
                .post, ["session", "secret-image"], headers: [("Session-Token", person.token)], json: ["name": .string(name)])
            browser.with { $0.person?.needsImage = false }
            bank.changed(browser)
            return try .json([:])
        }
    }
}
