import Foundation
import NIOHTTP1
import Testing

@Suite struct StateTests {
    @Test func `a draft is there again after a reload and in a second tab`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let name = try #require(try await draftName(console, cookie))
            let body = #"{"name": "\#(name)", "payee": "Boulangerie du Coin", "amount": "12.50"}"#
            #expect(try await console.ask(.PUT, "/api/draft", [cookie, token, json], body: body).status == 200)
            let again = try await console.ask(.GET, "/api/state", [cookie]).text
            #expect(again.contains("Boulangerie du Coin"))
            // Another browser is another person.
            #expect(try await !console.ask(.GET, "/api/state").text.contains("Boulangerie du Coin"))
        }
    }

    @Test func `a draft that another tab gave up is not written over the next one`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let name = try #require(try await draftName(console, cookie))
            #expect(try await console.ask(.DELETE, "/api/draft", [cookie, token]).status == 200)
            let late = try await console.ask(.PUT, "/api/draft", [cookie, token, json], body: #"{"name": "\#(name)", "payee": "late"}"#)
            #expect(late.status == 409)
            #expect(late.code == "draftGone")
        }
    }

    @Test func `nobody who is signed out sees transactions, devices or operations`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            for path in ["/api/transactions", "/api/transactions/00", "/api/devices", "/api/operations/00", "/api/images"] {
                #expect(try await console.ask(.GET, path, [cookie]).code == "signedOut", "\(path)")
            }
            #expect(try await console.ask(.POST, "/api/draft/confirm", [cookie, token, json], body: #"{"name": "a"}"#).code == "signedOut")
        }
    }

    @Test func `a bank that cannot be reached is said to be so`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let answer = try await console.ask(
                .POST, "/api/sign-in", [cookie, token, json], body: #"{"user": "anna", "product": "scan"}"#)
            #expect(answer.status == 502)
            #expect(answer.code == "doorUnreachable")
        }
    }

    @Test func `the stream tells one browser of its own changes and goes on behind the last event`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let open = try await console.events([cookie]) { $0.contains("event: open") }
            let start = try #require(id(in: open))
            #expect(try await console.ask(.DELETE, "/api/draft", [cookie, token]).status == 200)
            let missed = try await console.events([cookie, ("Last-Event-ID", start)]) { $0.contains("event: state") }
            #expect(missed.contains("event: open"))
            let (stranger, _) = try await console.browser()
            let other = try await console.events([stranger, ("Last-Event-ID", start)]) { $0.contains("event: open") }
            #expect(!other.contains("event: state"))
        }
    }

    @Test func `a page of another run is told to look at everything anew`() async throws {
        try await RunningConsole.with { console in
            let (cookie, _) = try await console.browser()
            let text = try await console.events([cookie, ("Last-Event-ID", "0-7")]) { $0.contains("event: ") }
            #expect(text.contains("event: reset"))
        }
    }

    private func draftName(_ console: RunningConsole, _ cookie: (String, String)) async throws -> String? {
        let text = try await console.ask(.GET, "/api/state", [cookie]).text
        guard let draft = text.range(of: "\"draft\""),
            let range = text.range(of: "\"name\":\"", range: draft.upperBound..<text.endIndex)
        else { return nil }
        return String(text[range.upperBound...].prefix { $0 != "\"" })
    }

    private func id(in events: String) -> String? {
        events.split(separator: "\n").first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }
}
