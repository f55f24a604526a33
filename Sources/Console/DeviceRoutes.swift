import HTTPDoor
import HTTPTypes
import Hummingbird

/// The devices of who is signed in: named, suspended, let go on, ended.
struct DeviceRoutes: Sendable {
    let bank: DemoBank

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("devices")
        routes.get { _, context -> Response in
            let person = try await bank.person(at: try context.known(), isActive: false)
            let enrolments = try await enrolments(of: person)
            let orders = try await bank.bridge.askAll(["subscribers", person.user, "orders"])
            let hasImage = try await bank.bridge.ask(.get, ["subscribers", person.user]).json["hasSecretImage"] ?? .bool(false)
            return try .json(["enrolments": .array(enrolments), "orders": .array(orders), "hasImage": hasImage])
        }
        let device = routes.group(":device")
        device.post("rename") { request, context -> Response in
            let name = try (await request.texts(["name"])).need("name")
            return try await change("rename", with: ["name": .string(name)], in: context)
        }
        device.post("suspend") { _, context -> Response in try await change("suspend", with: ["reason": "person"], in: context) }
        device.post("revoke") { _, context -> Response in try await change("revoke", with: nil, in: context) }
        device.post("helpdesk") { _, context -> Response in try await change("helpdesk-code", with: nil, in: context) }
        device.post("reactivate") { request, context -> Response in
            let code = try (await request.texts(["code"])).need("code")
            return try await change("reactivate", with: ["helpdeskCode": .string(code)], in: context)
        }
    }

    /// One transition of a device that belongs to who is signed in.
    private func change(_ transition: String, with json: JSONValue?, in context: ConsoleContext) async throws -> Response {
        let browser = try context.known()
        let device = try context.segment("device")
        let person = try await bank.person(at: browser)
        guard try await enrolments(of: person).contains(where: { $0["device"]?.text == device }) else {
            throw Problem(.notFound, "notFound", "there is no such device")
        }
        let answer = try await bank.bridge.ask(.post, ["enrolments", device, transition], json: json)
        bank.changed(browser)
        return try .json(answer.json)
    }

    private func enrolments(of person: Browser.Person) async throws(Problem) -> [JSONValue] {
        try await bank.bridge.askAll(["subscribers", person.user, "enrolments"])
    }
}
