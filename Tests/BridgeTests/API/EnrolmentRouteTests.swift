import DeviceProtocol
import Bridge
import Foundation
import HTTPDoor
import Testing
import Verification

@Suite struct EnrolmentRouteTests {
    @Test func `a device is suspended, re-activated by the helpdesk's code, revoked`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let path = "/v1/enrolments/T-alice"
            #expect(try await client.get(path).string("state") == "active")
            #expect(try await client.post("\(path)/suspend", ["reason": "person"]).string("suspension") == "person")
            let code = try #require(try await client.post("\(path)/helpdesk-code").string("code"))
            #expect(try await client.post("\(path)/reactivate", ["helpdeskCode": code]).string("state") == "active")
            #expect(try await client.post("\(path)/revoke").string("state") == "revoked")
            let over = try await client.post("\(path)/renew")
            #expect(over.status == 409 && over.code == "illegal")
            #expect(try await client.post("/v1/enrolments/none/revoke").code == "noSuchDevice")
        }
    }

    /// Gives a code for a login of Alice's; how that ends.
    private func outcome(of code: String, on token: ServedToken, at served: ServedBank) async throws -> String {
        let begun = try await served.bank.operations.begin(
            .login(Login(place: "Luxembourg", browser: "Firefox")), for: try SubscriberID("alice"), with: token.id,
            idempotencyKey: UUID().uuidString)
        return try await served.bank.operations.submit(.code(code), to: begun.id).name
    }

    @Test func `after suspected fraud the helpdesk has no code, and the bank has its own way`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let path = "/v1/enrolments/T-alice"
            let suspended = try await client.post("\(path)/suspend", ["reason": "fraud"])
            #expect(suspended.string("state") == "suspended" && suspended.string("suspension") == "fraud")
            let refused = try await client.post("\(path)/helpdesk-code")
            #expect(refused.status == 403 && refused.code == "suspendedForFraud")
            // To report it as lost does not make it another suspension.
            #expect(try await client.post("\(path)/suspend", ["reason": "person"]).string("suspension") == "fraud")
            let resumed = try await client.post("\(path)/resume")
            #expect(resumed.status == 200 && resumed.string("state") == "active" && resumed.string("suspension") == nil)
            #expect(try await outcome(of: token.code(at: served.clock.now), on: token, at: served) == "succeeded")
        }
    }

    @Test func `a reset forgets wrong codes, and none that is spent is good again`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let path = "/v1/enrolments/T-alice"
            let (spent, wrong) = (try token.code(at: served.clock.now), try token.wrongCode(at: served.clock.now))
            #expect(try await outcome(of: spent, on: token, at: served) == "succeeded")
            // With the spent one these are fewer than what blocks.
            for _ in 0..<3 { #expect(try await outcome(of: wrong, on: token, at: served) == "refused") }
            #expect(try await client.get(path)["failures"] as? Int == 3)
            let reset = try await client.post("\(path)/reset")
            #expect(reset.status == 200 && reset.string("state") == "active" && reset["failures"] as? Int == 0)
            #expect(try await outcome(of: spent, on: token, at: served) == "refused")
            served.clock.advance(by: 30)
            #expect(try await outcome(of: token.code(at: served.clock.now), on: token, at: served) == "succeeded")
        }
    }

    @Test func `two codes bring a clock back, once, and others are wrong answers`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let path = "/v1/enrolments/T-alice"
            // The Token's clock is two minutes and a half ahead.
            let codes = try (4...6).map { try token.code(at: served.clock.now.addingTimeInterval(30 * Double($0))) }
            let pair: [String: any Sendable] = ["first": codes[0], "second": codes[1]]
            let turned: [String: any Sendable] = ["first": codes[1], "second": codes[0]]
            let wrong = try await client.post("\(path)/resynchronise", turned)
            #expect(wrong.status == 422 && wrong.code == "notResynchronised")
            #expect(try await client.get(path)["failures"] as? Int == 1)
            let right = try await client.post("\(path)/resynchronise", pair)
            #expect(right.status == 200 && right["failures"] as? Int == 1)
            let again = try await client.post("\(path)/resynchronise", pair)
            #expect(again.status == 422 && again.code == "notResynchronised")
            #expect(try await outcome(of: codes[2], on: token, at: served) == "succeeded")
        }
    }

    @Test func `the sessions of a customer are told, without what opens them`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            #expect(try await client.send("PUT", "/v1/enrolments/T-alice/accounts/A-1", nil).status == 200)
            let wish: [String: any Sendable] = ["user": "alice", "product": "token", "place": "Luxembourg", "browser": "Firefox"]
            let id = try #require(try await client.post("/v1/logins", wish).string("id"))
            let finish: [String: any Sendable] = [
                "user": "alice", "password": ServedBank.password, "account": "A-1",
                "response": ["code": try token.code(at: served.clock.now)],
            ]
            let secret = try #require(try await client.post("/v1/logins/\(id)/finish", finish).string("token"))
            let listed = try await client.get("/v1/subscribers/alice/sessions")
            let sessions = try #require(listed["sessions"] as? [[String: Any]])
            #expect(
                sessions.map { $0.keys.sorted() } == [
                    ["account", "application", "endsAt", "enrolment", "lastActive", "startedAt", "subscriber"]
                ])
            #expect(!listed.text.contains(secret))
            #expect(try await client.send("DELETE", "/v1/session", nil, ["Session-Token": secret]).status == 204)
            let over = try await client.get("/v1/subscribers/alice/sessions")
            #expect((over["sessions"] as? [Any])?.isEmpty == true)
        }
    }

    @Test func `a device is named, linked to accounts, and told without its keys`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let path = "/v1/enrolments/T-alice"
            #expect(try await client.post("\(path)/rename", ["name": "Blue one"]).string("name") == "Blue one")
            #expect(try await client.send("PUT", "\(path)/accounts/A-1", nil)["accounts"] as? [String] == ["A-1"])
            #expect(try await client.send("DELETE", "\(path)/accounts/A-1", nil)["accounts"] as? [String] == [])
            let listed = try await client.get("/v1/subscribers/alice/enrolments")
            #expect(listed.string("enrolments.0.device") == "T-alice")
            let members = try #require(listed["enrolments.0"] as? [String: Any]).keys
            #expect(!members.contains("credential") && !members.contains("sealing"))
        }
    }

    @Test func `an order goes on step by step`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let order: [String: any Sendable] = [
                "subscriber": "alice", "product": "token", "serial": "T-2", "activationCode": "AB123", "identification": "branch",
            ]
            #expect(try await client.post("/v1/orders", order).code == "invalidIdempotencyKey")
            let key = ["Idempotency-Key": "order-1"]
            let lost = try await client.post("/v1/orders", order, key)
            let made = try await client.post("/v1/orders", order, key)
            #expect(made.string("order.id") == lost.string("order.id") && made.header("location") == lost.header("location"))
            #expect(made.status == 201 && made.string("order.next") == "activationCode")
            #expect(made.string("challengeCode")?.count == 6)
            let path = try #require(made.header("location"))
            let other = try await client.post("/v1/orders", order.merging(["serial": "T-3"]) { $1 }, key)
            #expect(other.status == 409 && other.code == "idempotencyConflict")
            let wrong = try await client.post("\(path)/proofs", ["activationCode": "wrong"])
            #expect(wrong.status == 422 && wrong.code == "wrongProof")
            #expect(try await client.post("\(path)/proofs", ["deviceName": "x"]).code == "outOfTurn")
            let two = try await client.post("\(path)/proofs", ["activationCode": "AB123", "deviceName": "x"])
            #expect(two.status == 400 && two.code == "invalidRequest")
            #expect(try await client.post("\(path)/proofs", ["activationCode": "AB123"]).string("next") == "serialNumber")
            #expect(try await client.post("\(path)/proofs", ["serialNumber": "T-2"]).string("next") == "keys")
            let late = try await client.post("/v1/orders", order, key)
            #expect(late.status == 201 && late.string("order.next") == "keys" && late.string("challengeCode") == nil)
            #expect(try await client.get("\(path)/approvals").string("otherDevice.kind") == "activation")
            #expect(try await client.post("\(path)/cancel").string("state") == "revoked")
            #expect(try await client.get("/v1/subscribers/alice/orders").string("orders.0.state") == "revoked")
            #expect(try await client.get("/v1/subscribers/alice/orders").string("orders.1.state") == nil)
        }
    }

    @Test func `what is known of products says how well`() async throws {
        try await ServedBank().served(as: []) { (client) async throws in
            let products = try #require(try await client.get("/v1/products")["products"] as? [[String: Any]])
            let facts = products.flatMap { $0["facts"] as? [[String: Any]] ?? [] }
            #expect(Set(facts.compactMap { $0["confidence"] as? String }) == ["stated", "published", "inferred"])
        }
    }
}
