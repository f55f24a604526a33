import HTTPDoor
import HTTPTypes
import Hummingbird

/// Payments: filled in, confirmed, signed by a device, recorded; and the list that tells what became of them.
///
/// A draft lives here, so that reload, back button and a second tab find it; from the confirmation on it is a transaction of the bridge.
struct PaymentRoutes: Sendable {
    let bank: DemoBank

    private static let fields = Set(["account", "currency", "reference"]).union(PaymentDraft.rowFields)

    func add(to routes: RouterGroup<ConsoleContext>) {
        routes.put("draft") { request, context -> Response in
            let browser = try context.known()
            let fields = try await request.texts(Self.fields.union(["name"]))
            let name = try fields.need("name")
            let isKept = browser.with { state in
                guard state.draft.name == name else { return false }
                state.draft.fields = fields.filter { $0.key != "name" }
                return true
            }
            guard isKept else { throw Self.draftGone }
            _ = try? await bank.person(at: browser)
            bank.changed(browser)
            return try .json([:])
        }
        routes.delete("draft") { _, context -> Response in
            let browser = try context.known()
            browser.with { $0.draft = .init() }
            bank.changed(browser)
            return try .json([:])
        }
        routes.post("draft/confirm") { request, context -> Response in
            let browser = try context.known()
            let shown = try await request.texts(Self.fields.union(["name"]))
            let person = try await bank.person(at: browser)
            return try .json(["transaction": .string(try await confirm(shown, of: person, at: browser))])
        }
        let transactions = routes.group("transactions")
        transactions.get { request, context -> Response in
            let person = try await bank.person(at: try context.known(), isActive: false)
            var query = [("subscriber", person.user), ("limit", "50")]
            if let cursor = request.uri.queryParameters["cursor"] { query.append(("cursor", String(cursor))) }
            return try .json(try await bank.bridge.ask(.get, ["transactions"], query: query).json)
        }
        transactions.get(":id") { _, context -> Response in
            let person = try await bank.person(at: try context.known(), isActive: false)
            return try .json(try await transaction(try context.segment("id"), of: person))
        }
        transactions.post(":id/edit") { _, context -> Response in
            let browser = try context.known()
            let person = try await bank.person(at: browser)
            let id = try context.segment("id")
            let content = try await transaction(id, of: person)
            browser.with { state in
                state.draft = .init(fields: PaymentDraft.fields(of: content), edits: id)
            }
            bank.changed(browser)
            return try .json([:])
        }
        transactions.post(":id/withdraw") { _, context -> Response in
            let browser = try context.known()
            let person = try await bank.person(at: browser)
            let id = try context.segment("id")
            _ = try await transaction(id, of: person)
            let answer = try await bank.bridge.ask(.post, ["transactions", id, "withdraw"], json: ["by": .string(person.user)])
            bank.changed(browser)
            return try .json(answer.json)
        }
        transactions.post(":id/sign") { request, context -> Response in
            let browser = try context.known()
            let fields = try await request.texts(["device", "key"])
            let person = try await bank.person(at: browser)
            let id = try context.segment("id")
            let begun = try await bank.bridge.ask(
                .post, ["transactions", id, "signatures"], headers: [("Idempotency-Key", try fields.need("key"))],
                json: ["signer": .string(person.user), "device": .string(try fields.need("device"))]
            ).json
            guard let operation = begun["id"]?.text else { throw Self.malformed }
            // A card or stick answers by itself, once its person agrees; where it is not in a reader, it is asked for.
            if try await bank.bridge.ask(.get, ["operations", operation]).json["presentation"] == "plain" {
                _ = try await bank.bridge.ask(.post, ["operations", operation, "attach"], json: [:])
            }
            bank.changed(browser)
            return try .json(begun, status: .accepted)
        }
    }

    /// What was filled in becomes a transaction, once; asked again, it is the same one.
    ///
    /// - Parameter shown: the draft's name, and the fields that the person saw when they confirmed.
    private func confirm(_ shown: [String: String], of person: Browser.Person, at browser: Browser) async throws(Problem) -> String {
        let name = try shown.need("name")
        let (draft, known) = browser.with { ($0.draft, $0.confirmed[name]) }
        if let known { return known }
        guard draft.name == name else { throw Self.draftGone }
        guard draft.fields == shown.filter({ $0.key != "name" }) else { throw Self.draftChanged }
        let trusted = try await PayeeRoutes.payees(of: person.user, at: bank).compactMap { $0["iban"]?.text }
        var wish: [String: JSONValue] = ["content": PaymentDraft.content(of: draft.fields, trusting: Set(trusted))]
        let answer: JSONValue
        if let edited = draft.edits {
            wish["editor"] = .string(person.user)
            answer = try await bank.bridge.ask(
                .put, ["transactions", edited], headers: [("Idempotency-Key", name)], json: .object(wish)
            ).json
        } else {
            wish["creator"] = .string(person.user)
            wish["account"] = .string(draft.fields["account"] ?? "")
            answer = try await bank.bridge.ask(.post, ["transactions"], headers: [("Idempotency-Key", name)], json: .object(wish)).json
        }
        guard let id = answer["id"]?.text else { throw Self.malformed }
        browser.with { state in
            state.confirmed.keep(id, of: name)
            if state.draft.name == name { state.draft = .init() }
        }
        bank.changed(browser)
        return id
    }

    /// A transaction that this person asked for or may sign; for anybody else there is none.
    private func transaction(_ id: String, of person: Browser.Person) async throws(Problem) -> JSONValue {
        let found = try await bank.bridge.ask(.get, ["transactions", id]).json
        let signers = found["rule"]?["signers"]?.elements ?? []
        guard found["creator"]?.text == person.user || signers.contains(where: { $0["subscriber"]?.text == person.user }) else {
            throw Problem(.notFound, "notFound", "there is no such transaction")
        }
        return found
    }

    private static let malformed = Problem(.badGateway, "doorRefused", "the bridge's answer is not understood")
    private static let draftChanged = Problem(
        .conflict, "draftChanged", "this payment was changed in another tab", userAction: "look at it once more, and confirm what you see")
    private static let draftGone = Problem(
        .conflict, "draftGone", "another tab went on with this payment", userAction: "look at your list of transactions")
}
