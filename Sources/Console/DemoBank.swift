import Foundation
import HTTPDoor
import HTTPTypes
import Logging
import NIOCore

/// What the demo bank is: its people, their accounts, the two doors behind it.
///
/// The truth about payments and devices is the bridge's.
struct DemoBank: Sendable {
    let bridge: DoorClient
    let emulators: DoorClient
    let hub: EventHub
    let book: DemoBook
    let jobs: Jobs
    /// Which fetch of a phone is its last one.
    let phones = PhoneTurns()
    let now: @Sendable () -> Date

    /// Who is signed in, as the bridge says: a session ends after five idle minutes, or at once when its device is suspended.
    ///
    /// - Parameter isActive: whether this is the person's doing; the page looks again by itself at whatever happens.
    func person(at browser: Browser, isActive: Bool = true) async throws(Problem) -> Browser.Person {
        guard let person = browser.with({ $0.person }) else { throw Self.signedOut }
        let answer: JSONValue
        do throws(Problem) {
            answer = try await bridge.ask(isActive ? .post : .get, ["session"], headers: [("Session-Token", person.token)]).json
        } catch {
            guard (400...499).contains(error.status.code) else { throw error }
            browser.with { if $0.person?.token == person.token { $0.person = nil } }
            changed(browser)
            throw Self.signedOut
        }
        return browser.with { state in
            let end = answer["endsAt"]?.text.flatMap { try? Date($0, strategy: .iso8601) }
            // Of two answers the one that was asked for first may come last.
            if let end, let known = state.person, known.token == person.token { state.person?.endsAt = max(known.endsAt, end) }
            return state.person ?? person
        }
    }

    /// The devices of whoever is named; none where nobody is called so, or can be.
    ///
    /// - Throws: whatever else the bridge says: an outage tells nothing of the person.
    func enrolments(ofAnybody user: String) async throws(Problem) -> [JSONValue] {
        do throws(Problem) { return try await bridge.askAll(["subscribers", user, "enrolments"]) } catch {
            let answers: [HTTPResponse.Status] = [.badRequest, .notFound, .uriTooLong, .unprocessableContent]
            guard answers.contains(error.status) else { throw error }
            return []
        }
    }

    /// How often the bridge is asked whether an operation is over, half a minute each: it lives two minutes.
    private static let rounds = 6

    /// Waits until an operation is over.
    ///
    /// - Returns: whether it was approved.
    func isApproved(_ operation: String) async throws(Problem) -> Bool {
        var seen = try await bridge.ask(.get, ["operations", operation]).json
        for _ in 0..<Self.rounds {
            guard seen["state"] == "pending" || seen["state"] == "working", let change = seen["change"]?.whole else { break }
            seen = try await bridge.ask(
                .get, ["operations", operation], query: [("wait", "30"), ("after", String(change))], deadline: .seconds(60)
            ).json
        }
        return seen["state"] == "succeeded"
    }

    static let signedOut = Problem(
        .unauthorized, "signedOut", "you are signed out: a session ends after five minutes without activity, or with its device",
        userAction: "sign in again")

    /// Tells all tabs of a browser to look again.
    func changed(_ browser: Browser) { hub.tell("state", to: browser.id) }
}
