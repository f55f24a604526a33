import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

/// Signing in with user ID, password and a device, and signing out.
///
/// The password goes from the page to the bridge with the answer, in one request, and is kept nowhere between.
struct SignInRoutes: Sendable {
    let bank: DemoBank

    func add(to routes: RouterGroup<ConsoleContext>) {
        let routes = routes.group("sign-in")
        routes.post { request, context -> Response in
            let browser = try context.known()
            let fields = try await request.texts(["user", "product", "name"])
            let (user, product) = (try fields.need("user"), try fields.need("product"))
            let answer = try await bank.bridge.ask(
                .post, ["logins"],
                json: .members([
                    "user": .string(user), "product": .string(product), "name": fields["name"].map { .string($0) },
                    "place": "Luxembourg", "browser": .string(Self.browser(of: request)),
                ])
            ).json
            guard let id = answer["id"]?.text, let form = answer["presentation"]?["form"]?.text else { throw Self.malformed }
            let image = answer["secretImage"]
            let login = Browser.SignIn(
                id: id, user: user, product: product, form: form,
                code: answer["qr"]?["png"]?.bytes, image: image?["png"]?.bytes,
                imageText: image?["alternativeText"]?.text, startedAt: bank.now())
            browser.with { $0.login = login }
            bank.changed(browser)
            return try .json(["id": .string(id)], status: .created)
        }
        routes.post("finish") { request, context -> Response in
            let browser = try context.known()
            let fields = try await request.texts(["id", "password", "code"])
            let (id, password) = (try fields.need("id"), try fields.need("password"))
            if let code = fields["code"] {
                guard let login = browser.with({ $0.takeLogin(id) }) else { throw Self.loginGone }
                try await finish(
                    login, with: ["user": .string(login.user), "password": .string(password), "response": ["code": .string(code)]],
                    at: browser)
            } else {
                try await finishByDevice(id, password: password, at: browser)
            }
            return try .json([:])
        }
        routes.delete { _, context -> Response in
            let browser = try context.known()
            let login = browser.with { state in
                defer { state.login = nil }
                return state.login
            }
            bank.changed(browser)
            // What a stranger was shown is no operation: the bridge knows none to end.
            if let login, login.phase != .refused { _ = try? await bank.bridge.ask(.post, ["operations", login.id, "cancel"]) }
            return try .json([:])
        }
        routes.get("code.png") { _, context -> Response in try Self.picture(try context.known().with { $0.login?.code }) }
        routes.get("image.png") { _, context -> Response in try Self.picture(try context.known().with { $0.login?.image }) }
        routes.post("session") { _, context -> Response in
            _ = try await bank.person(at: try context.known())
            return try .json([:])
        }
        routes.delete("session") { _, context -> Response in
            let browser = try context.known()
            if let person = browser.with({ $0.person }) {
                _ = try? await bank.bridge.ask(.delete, ["session"], headers: [("Session-Token", person.token)])
            }
            browser.with { state in
                state.person = nil
                state.login = nil
                state.draft = .init()
                state.approval = nil
                state.forgotten = nil
            }
            bank.changed(browser)
            return try .json([:])
        }
    }

    /// Lets a device in a reader answer.
    ///
    /// It asks its person: this goes on when the page is reloaded or another tab looks.
    func finishByDevice(_ id: String, password: String, at browser: Browser) async throws(Problem) {
        let place = try bank.jobs.place()
        guard let asked = browser.with({ $0.waitingLogin(id) }) else { throw Self.loginGone }
        let device = try await attachedDevice(of: asked)
        // Another tab may have been quicker meanwhile.
        guard let login = browser.with({ $0.takeLogin(id) }) else { throw Self.loginGone }
        bank.changed(browser)
        let wish: JSONValue = ["user": .string(login.user), "password": .string(password), "attachedDevice": .string(device)]
        place.begin { try? await finish(login, with: wish, at: browser) }
    }

    /// Ends a login: a session, or the reason why not, stands in the browser's state for all its tabs.
    private func finish(_ login: Browser.SignIn, with wish: JSONValue, at browser: Browser) async throws(Problem) {
        do throws(Problem) {
            // A person may take their time at a card reader; the bridge has its own deadline, which is shorter.
            let answer = try await bank.bridge.ask(.post, ["logins", login.id, "finish"], json: wish, deadline: .minutes(6)).json
            guard let token = answer["token"]?.text else { throw Self.malformed }
            let end = answer["endsAt"]?.text.flatMap { try? Date($0, strategy: .iso8601) } ?? bank.now().addingTimeInterval(300)
            let user = answer["subscriber"]?.text ?? login.user
            let enrolments = try? await bank.bridge.askAll(["subscribers", user, "enrolments"])
            let used = enrolments?.first { $0["id"] == answer["enrolment"] }?["device"]?.text
            let person = Browser.Person(
                user: user, token: token, device: used, product: login.product, endsAt: end,
                needsImage: await needsImage(user, login))
            let isWanted = browser.with { state in
                guard state.login?.id == login.id else { return false }
                state.person = person
                state.login = nil
                state.draft = .init()
                state.approval = nil
                state.forgotten = nil
                state.confirmed = .init()
                return true
            }
            guard isWanted else {
                // They took it back while their device answered.
                _ = try? await bank.bridge.ask(.delete, ["session"], headers: [("Session-Token", token)])
                throw Self.loginGone
            }
            bank.changed(browser)
        } catch {
            browser.with { state in
                guard state.login?.id == login.id else { return }
                state.login?.phase = .refused
                state.login?.problem = error.json
            }
            bank.changed(browser)
            throw error
        }
    }

    /// Whether the product shows a secret image and its owner has not chosen one.
    private func needsImage(_ user: String, _ login: Browser.SignIn) async -> Bool {
        guard login.image != nil else { return false }
        return (try? await bank.bridge.ask(.get, ["subscribers", user]).json)?["hasSecretImage"] == .bool(false)
    }

    /// The device in a reader that is to answer: this person's where it is there, otherwise any of its kind, which is then refused as
    /// everything else is.
    private func attachedDevice(of login: Browser.SignIn) async throws(Problem) -> String {
        let attached = try await bank.bridge.ask(.get, ["devices"]).json["devices"]?.elements ?? []
        let own = try await bank.enrolments(ofAnybody: login.user).filter {
            $0["product"]?.text == login.product && $0["state"]?.text == "active"
        }.compactMap { $0["device"]?.text }
        let known = attached.compactMap { $0["id"]?.text }
        let sameKind = attached.first { $0["kind"]?.text == login.product }?["id"]?.text
        guard let device = own.first(where: { known.contains($0) }) ?? sameKind else {
            throw Problem(
                .conflict, "cardMissing", "there is no such device in a reader",
                userAction: "insert the card or plug in the stick, then go on",
                isRetryable: true)
        }
        return device
    }

    private static let loginGone = Problem(.conflict, "loginGone", "this sign-in is over", userAction: "begin again")
    private static let malformed = Problem(.badGateway, "doorRefused", "the bridge's answer is not understood")

    private static func picture(_ bytes: [UInt8]?) throws(Problem) -> Response {
        guard let bytes else { throw Problem(.notFound, "notFound", "there is no picture") }
        return .picture(bytes)
    }

    /// What the device shows of the browser; User-Agent is anybody's text, so it is only looked through for what is known.
    private static func browser(of request: Request) -> String {
        let agent = request.headers[.userAgent] ?? ""
        let known = [("Firefox/", "Firefox"), ("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
        return known.first { agent.contains($0.0) }?.1 ?? "a browser"
    }
}

extension JSONValue {
    /// Bytes in Base64.
    var bytes: [UInt8]? { text.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } }
}

extension Problem {
    /// What the page shows of it.
    var json: JSONValue {
        .members([
            "code": .string(code), "detail": .string(detail), "userAction": userAction.map { .string($0) }, "retryable": .bool(isRetryable),
            "triesLeft": triesLeft.map { .integer(Int64($0)) }, "holder": holder.map { .string($0) },
        ])
    }
}
