import AsyncHTTPClient
import HTTPDoor
import HTTPTypes
import Logging
import NIOCore
import Testing

@testable import Console

/// How the page's server asks a door that is slow, has gone, or has long lists.
@Suite struct DoorClientTests {
    private func client(of door: StubDoor) -> DoorClient {
        DoorClient(name: "the door", socket: door.socket, http: HTTPClient.shared, logger: Logger(label: "console"))
    }

    // Without a deadline each of them would wait for ever.

    @Test(arguments: [StubDoor.Reply.head, .silence])
    func `a door that stops before the end of its answer is given up`(reply: StubDoor.Reply) async throws {
        try await StubDoor.with({ _ in reply }) { (door) async throws in
            let problem = await #expect(throws: Problem.self) {
                try await client(of: door).ask(.get, ["session"], deadline: .milliseconds(200))
            }
            #expect(problem?.code == "doorSilent" && problem?.isRetryable == true)
        }
    }

    @Test func `events that do not begin are given up`() async throws {
        try await StubDoor.with({ _ in .silence }) { (door) async throws in
            let problem = await #expect(throws: Problem.self) {
                try await client(of: door).events(after: nil, deadline: .milliseconds(200))
            }
            #expect(problem?.code == "doorSilent")
        }
    }

    @Test func `a list is read to its last page`() async throws {
        let path = "GET /v1/subscribers/anna/beneficiaries"
        try await StubDoor.with({ request in
            switch request {
            case path: .json(200, #"{"beneficiaries": [{"iban": "LU1"}, {"iban": "LU2"}], "next": "7-LU2"}"#)
            case "\(path)?cursor=7-LU2": .json(200, #"{"beneficiaries": [{"iban": "LU3"}]}"#)
            default: .json(404, "{}")
            }
        }) { (door) async throws in
            let payees = try await PayeeRoutes.payees(of: "anna", at: DemoBank(at: door))
            #expect(payees.map { $0["iban"]?.text } == ["LU1", "LU2", "LU3"])
        }
    }

    @Test(arguments: [#"{"enrolments": [], "next": "1"}"#, #"{"orders": []}"#, "nothing"])
    func `a list without an end, and what is none, are refused`(answer: String) async throws {
        try await StubDoor.with({ _ in .json(200, answer) }) { (door) async throws in
            let problem = await #expect(throws: Problem.self) {
                try await client(of: door).askAll(["subscribers", "anna", "enrolments"])
            }
            #expect(problem?.code == "doorRefused")
        }
    }

    @Test(arguments: [(404, "noSuchSubscriber"), (422, "invalidIdentifier")])
    func `who forgot their password is told the same of a stranger as of one without that device`(
        status: Int, code: String
    ) async throws {
        try await StubDoor.with({ _ in .json(status, #"{"code": "\#(code)"}"#) }) { (door) async throws in
            let problem = await #expect(throws: Problem.self) {
                try await ForgottenRoutes(bank: DemoBank(at: door)).begin(for: "nobody", with: "scan")
            }
            #expect(problem?.code == "noSuchDevice")
        }
    }

    @Test func `an outage is told as one, and not as a wrong user ID`() async throws {
        try await StubDoor.with({ _ in .json(503, #"{"code": "storeSilent", "retryable": true}"#) }) { (door) async throws in
            let problem = await #expect(throws: Problem.self) {
                try await ForgottenRoutes(bank: DemoBank(at: door)).begin(for: "anna", with: "scan")
            }
            #expect(problem?.code == "storeSilent" && problem?.isRetryable == true)
        }
    }
}
