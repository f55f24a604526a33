import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

/// What a page shows when it opens: all that this browser was about to do.
struct StateRoutes: Sendable {
    let bank: DemoBank
    let browsers: Browsers

    func add(to routes: RouterGroup<ConsoleContext>) {
        routes.get("state") { request, context -> Response in
            guard let browser = context.browser else {
                let browser = browsers.make()
                var answer = try Response.json(state(of: browser))
                answer.setCookie(
                    Cookie(name: PageGuard.cookie(for: request), value: browser.id, path: "/", httpOnly: true, sameSite: .strict))
                return answer
            }
            return try .json(state(of: browser))
        }
        routes.get("letter") { _, context -> Response in
            _ = try context.known()
            return try .json([
                "people": .array(
                    bank.book.customers.map { customer in
                        .members([
                            "user": .string(customer.user), "name": .string(customer.name),
                            "password": customer.password.map { .string($0) }, "hasOwnPassword": .bool(customer.hasOwnPassword),
                        ])
                    }),
                "orders": .array(
                    bank.book.letters.map { ["id": .string($0.order), "user": .string($0.user), "product": .string($0.product)] }),
            ])
        }
        routes.get("activity") { _, context -> Response in
            _ = try context.known()
            return try .json(["operations": .array(bank.hub.recent("operation", limit: 50))])
        }
    }

    private func state(of browser: Browser) -> JSONValue {
        let state = browser.with { state in
            // The bridge ends a session by itself; here is only looked whether it can still be.
            if let person = state.person, bank.now() >= person.endsAt { state.person = nil }
            return state
        }
        let accounts = bank.book.accounts.filter { account in state.person.map { account.holders.contains($0.user) } ?? false }
        return .members([
            "csrf": .string(browser.csrf), "isReady": .bool(bank.book.isReady), "trouble": bank.book.trouble.map { .string($0) },
            "start": .string(bank.hub.run),
            "person": state.person.map { person in
                .members([
                    "user": .string(person.user),
                    "name": .string(bank.book.customers.first { $0.user == person.user }?.name ?? person.user),
                    "device": person.device.map { .string($0) }, "product": .string(person.product),
                    "endsAt": .string(person.endsAt.formatted(.iso8601)), "needsImage": .bool(person.needsImage),
                ])
            },
            "login": state.login.map { login in
                .members([
                    "id": .string(login.id), "user": .string(login.user), "product": .string(login.product), "form": .string(login.form),
                    "hasCode": .bool(login.code != nil), "hasImage": .bool(login.image != nil),
                    "imageText": login.imageText.map { .string($0) }, "phase": .string(login.phase.rawValue),
                    "problem": login.problem,
                ])
            },
            "draft": .members([
                "name": .string(state.draft.name), "fields": .object(state.draft.fields.mapValues { .string($0) }),
                "edits": state.draft.edits.map { .string($0) },
            ]),
            "approval": state.approval?.json,
            "accounts": .array(accounts.map { ["iban": .string($0.iban), "kind": .string($0.kind)] }),
        ])
    }
}

extension ConsoleContext {
    /// The browser that asks; refused when it is not known here any more.
    func known() throws(Problem) -> Browser {
        guard let browser else {
            throw Problem(.unauthorized, "noSession", "this browser is not known here any more", userAction: "load the page again")
        }
        return browser
    }

    /// A path's segment, where a name of a thing belongs.
    func segment(_ name: String) throws(Problem) -> String {
        guard let text = parameters.get(name)?.removingPercentEncoding, (1...64).contains(text.utf8.count), text != ".", text != "..",
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "/") })
        else { throw Problem(.notFound, "notFound", "there is nothing here") }
        return text
    }
}

extension Response {
    /// A JSON answer.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: try JSON.buffer(value)))
    }

    /// A picture.
    static func picture(_ bytes: [UInt8]) -> Response {
        Response(status: .ok, headers: [.contentType: "image/png"], body: .init(byteBuffer: .init(bytes: bytes)))
    }
}

extension Request {
    /// The body as a JSON object whose members are texts, and no others than these.
    func texts(_ names: Set<String>) async throws -> [String: String] {
        guard let type = headers[.contentType], type.split(separator: ";").first == "application/json" else {
            throw Problem(.unsupportedMediaType, "invalidRequest", "JSON is wanted")
        }
        let body: ByteBuffer
        do { body = try await self.body.collect(upTo: 64 << 10) } catch {
            throw Problem(.contentTooLarge, "tooLarge", "this is more than is read here")
        }
        guard let value = try? JSON.decode([String: String].self, from: body) else {
            throw Problem(.badRequest, "invalidRequest", "an object of texts is wanted")
        }
        if let other = value.keys.sorted().first(where: { !names.contains($0) }) {
            throw Problem(.badRequest, "unknownMember", "\(other) means nothing here")
        }
        return value
    }
}

extension [String: String] {
    /// A member that has to be there.
    func need(_ name: String) throws(Problem) -> String {
        guard let text = self[name], !text.isEmpty else { throw Problem(.badRequest, "invalidRequest", "\(name) is missing") }
        return text
    }
}
