import Foundation
import HTTPDoor
import TestSupport
import Testing

@testable import Console

/// Who is told that too much goes on here can ask again, and nothing was begun meanwhile.
@Suite struct BusyTests {
    /// Asks while no place is free, and once more when all are.
    private func askTwice(_ bank: DemoBank, _ door: StubDoor, _ ask: () async throws -> Void) async throws {
        var places = try (0..<Jobs.most).map { _ in try bank.jobs.place() }
        var problem: Problem?
        do { try await ask() } catch let refusal as Problem { problem = refusal }
        #expect(problem?.code == "busy" && problem?.isRetryable == true)
        #expect(places.count == Jobs.most && door.asked.isEmpty)
        places.removeAll()
        try await ask()
    }

    /// A browser where Anna signs in with her card.
    private func browser() -> Browser {
        let browser = Browser()
        browser.with {
            $0.login = .init(
                id: "L-1", user: "anna", product: "smartcard", form: "plain", code: nil, image: nil, imageText: nil, startedAt: Date())
        }
        return browser
    }

    /// What the bridge says when Anna's card is in a reader.
    private static func attached(_ request: String) -> StubDoor.Reply {
        switch request {
        case "GET /v1/devices": .json(200, #"{"devices": [{"id": "C-1", "kind": "smartcard"}]}"#)
        case "GET /v1/subscribers/anna/enrolments":
            .json(200, #"{"enrolments": [{"device": "C-1", "product": "smartcard", "state": "active"}]}"#)
        default: .json(409, #"{"code": "declined"}"#)
        }
    }

    @Test func `a sign-in waits as before, and goes on`() async throws {
        try await StubDoor.with({ Self.attached($0) }) { (door) async throws in
            let (bank, browser) = (DemoBank(at: door), browser())
            try await askTwice(bank, door) {
                #expect(browser.with { $0.login?.phase } == .asked)
                try await SignInRoutes(bank: bank).finishByDevice("L-1", password: "p", at: browser)
            }
            #expect(browser.with { $0.login?.phase } == .working)
        }
    }

    @Test func `of two tabs that finish a sign-in at once one does, and the card is asked once`() async throws {
        try await StubDoor.with({ Self.attached($0) }) { (door) async throws in
            let (bank, browser) = (DemoBank(at: door), browser())
            let codes: [String?] = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do throws(Problem) {
                            try await SignInRoutes(bank: bank).finishByDevice("L-1", password: "p", at: browser)
                            return nil
                        } catch { return error.code }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1)
            #expect(codes.compactMap(\.self) == Array(repeating: "loginGone", count: 7))
        }
    }

    @Test func `a sign-in does not end because the bridge is out of order`() async throws {
        try await StubDoor.with({ request in
            request == "GET /v1/devices" ? Self.attached(request) : .json(503, #"{"code": "storeSilent", "retryable": true}"#)
        }) { (door) async throws in
            let (bank, browser) = (DemoBank(at: door), browser())
            let problem = await #expect(throws: Problem.self) {
                try await SignInRoutes(bank: bank).finishByDevice("L-1", password: "p", at: browser)
            }
            #expect(problem?.code == "storeSilent")
            #expect(browser.with { $0.login?.phase } == .asked)
        }
    }

    @Test func `an approval that is asked for again with the same key is carried out`() async throws {
        try await StubDoor.with({ request in
            switch request {
            case "POST /v1/session": .json(200, #"{"endsAt": "2040-01-01T00:00:00Z"}"#)
            case "POST /v1/secret-image-changes": .json(202, #"{"id": "op-1", "presentation": "sealed"}"#)
            case "GET /v1/operations/op-1": .json(200, #"{"state": "succeeded"}"#)
            case "POST /v1/session/secret-image": .json(200, "{}")
            default: .json(404, "{}")
            }
        }) { (door) async throws in
            let (bank, browser) = (DemoBank(at: door), Browser())
            browser.with {
                $0.person = .init(user: "anna", token: "t", device: nil, product: "scan", endsAt: bank.now().addingTimeInterval(300))
            }
            try await askTwice(bank, door) {
                #expect(browser.with { $0.approval?.operation } == nil)
                _ = try await ApprovalRoutes(bank: bank).begin(.image("sailing boat"), on: "S-1", key: "k-1", at: browser)
            }
            let running = Task { await bank.jobs.run() }
            defer { running.cancel() }
            #expect(await eventually { browser.with { $0.approval?.isDone } == true })
            #expect(door.asked.last == "POST /v1/session/secret-image")
        }
    }

    @Test func `an order keeps no operation that nobody follows`() async throws {
        try await StubDoor.with({ request in
            switch request {
            case "GET /v1/orders/O-1/approvals": .json(200, #"{"approval": {"device": "C-1", "content": {"kind": "activation"}}}"#)
            case "GET /v1/subscribers/anna/enrolments": .json(200, #"{"enrolments": []}"#)
            case "POST /v1/operations": .json(202, #"{"id": "op-1", "presentation": "plain", "isAttached": true}"#)
            default: .json(404, "{}")
            }
        }) { (door) async throws in
            let bank = DemoBank(at: door)
            let letter = DemoBook.Letter(
                order: "O-1", user: "anna", product: "smartcard", challengeCode: "12345", serial: nil, replaces: nil)
            bank.book.send(letter)
            try await askTwice(bank, door) {
                #expect(bank.book.letter(of: "O-1")?.operation == nil)
                try await OrderRoutes(bank: bank).ask(letter, byOther: false)
            }
            #expect(bank.book.letter(of: "O-1")?.operation == "op-1")
        }
    }

    @Test func `a phone shows nothing that nobody would submit`() async throws {
        try await StubDoor.with({ request in
            switch request {
            case "GET /v1/emulators/M": .json(200, #"{"kind": "mobile", "subscriber": "anna", "device": "M-1"}"#)
            case "GET /v1/operations?subscriber=anna&limit=50":
                .json(200, #"{"operations": [{"id": "op-1", "device": "M-1", "state": "pending"}]}"#)
            default: .json(200, "{}")
            }
        }) { (door) async throws in
            let bank = DemoBank(at: door)
            try await askTwice(bank, door) { _ = try await PhoneLine(bank: bank).fetch("M") }
            #expect(door.asked.contains("POST /v1/emulators/M/look?online=true"))
        }
    }
}
