import HTTPDoor
import HTTPTypes
import Hummingbird

/// Whom a person trusts: listed, and taken off the list; a new one is approved by a device (``ApprovalRoutes``).
struct PayeeRoutes: Sendable {
    let bank: DemoBank

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("payees")
        routes.get { _, context -> Response in
            let person = try await bank.person(at: try context.known(), isActive: false)
            return try .json(["payees": .array(try await Self.payees(of: person.user, at: bank))])
        }
        routes.delete(":iban") { _, context -> Response in
            let browser = try context.known()
            let iban = try context.segment("iban")
            let person = try await bank.person(at: browser)
            _ = try await bank.bridge.ask(.delete, ["subscribers", person.user, "beneficiaries", iban])
            bank.changed(browser)
            return try .json([:])
        }
    }

    /// A person's list, the first trusted first.
    static func payees(of user: String, at bank: DemoBank) async throws(Problem) -> [JSONValue] {
        try await bank.bridge.askAll(["subscribers", user, "beneficiaries"])
    }
}
