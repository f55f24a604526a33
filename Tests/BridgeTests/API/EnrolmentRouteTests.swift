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
