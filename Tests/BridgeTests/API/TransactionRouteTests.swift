import Bridge
import DeviceProtocol
import Foundation
import HTTPDoor
import Testing
import Verification

@Suite struct TransactionRouteTests {
    private static let payment: [String: any Sendable] = [
        "kind": "payment", "iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR", "payee": "Anna Muster",
        "reference": "Invoice 7",
    ]

    private func wish(_ change: [String: any Sendable] = [:]) -> [String: any Sendable] {
        ["creator": "alice", "account": "LU280019400644750000", "content": Self.payment.merging(change) { $1 }]
    }

    @Test func `a payment is proposed, signed by its operation, and submitted`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let key = ["Idempotency-Key": "one"]
            let made = try await client.post("/v1/transactions", wish(), key)
            #expect(made.status == 201 && made.string("state") == "toBeSigned" && made.string("content.amount") == "12.50")
            #expect(try await client.post("/v1/transactions", wish(), key).string("id") == made.string("id"))
            let other = try await client.post("/v1/transactions", wish(["amount": "12.51"]), key)
            #expect(other.status == 409 && other.code == "idempotencyConflict")

            let path = try #require(made.header("location"))
            let begun = try await client.post("\(path)/signatures", ["signer": "alice", "device": "T-alice"], ["Idempotency-Key": "two"])
            #expect(begun.status == 202 && begun.header("location")?.hasPrefix("/v1/operations/") == true)
            #expect(begun.string("presentation") == "nothing" && begun["change"] is Int)
            let operation = try #require(begun.string("id").flatMap { ChallengeID(hexadecimal: $0) })
            _ = try await served.bank.operations.submit(.code(try token.code(at: served.clock.now)), to: operation)
            let signed = try await client.get(path)
            #expect(signed.string("state") == "submitted" && signed["missing"] as? Int == 0)
            #expect(signed.string("places.0.signer") == "alice" && signed.string("places.0.signedAt") != nil)
            #expect(try await client.post("\(path)/withdraw", ["by": "alice"]).code == "over")
        }
    }

    @Test func `a change makes another transaction, and the list tells both`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let path = try #require(
                try await client.post("/v1/transactions", wish(), ["Idempotency-Key": "1"]).header("location"))
            let change: [String: any Sendable] = ["editor": "alice", "content": Self.payment.merging(["amount": "13.00"]) { $1 }]
            let edited = try await client.send(
                "PUT", path, JSONSerialization.data(withJSONObject: change), ["Idempotency-Key": "2"])
            #expect(edited.status == 201 && edited.string("content.amount") == "13.00")
            #expect(try await client.get(path).string("replacedBy") == edited.string("id"))
            let first = try await client.get("/v1/transactions?subscriber=alice&limit=1")
            #expect(first.string("transactions.0.id") == edited.string("id"))
            let percent = try await client.get("/v1/transactions?subscriber=a%25%32%66")
            #expect(percent.status == 200, "escaped once, and no more")
            let next = try #require(first.string("next"))
            let second = try await client.get("/v1/subscribers/alice/transactions?limit=1&cursor=\(next)")
            #expect(second.string("transactions.0.state") == "replaced")
        }
    }

    @Test(arguments: [
        (["amout": "1.00"], 400, "unknownMember", "content.amout"), (["iban": "LU28"], 422, "invalidIBAN", "content.iban"),
        (["amount": "1.001"], 422, "invalidAmount", "content.amount"), (["currency": "XXX"], 422, "unknownCurrency", "content.currency"),
        (["payee": " "], 422, "empty", "content.payee"), (["payee": "\u{202E}x"], 422, "forbiddenCharacter", "content.payee"),
    ])
    func `a problem names the member`(change: [String: String], status: Int, code: String, member: String) async throws {
        try await ServedBank().served { (client) async throws in
            let refused = try await client.post("/v1/transactions", wish(change), ["Idempotency-Key": "1"])
            #expect(refused.status == UInt(status) && refused.code == code)
            #expect(refused.string("detail")?.hasPrefix(member) == true)
        }
    }

    @Test func `nothing is begun without a key`() async throws {
        try await ServedBank().served { (client) async throws in
            let refused = try await client.post("/v1/transactions", wish())
            #expect(refused.status == 400 && refused.code == "invalidIdempotencyKey")
        }
    }

    @Test func `permission is asked, and says what is missing`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let ask: [String: any Sendable] = ["content": Self.payment, "account": "LU280019400644750000"]
            let key = ["Idempotency-Key": "p-1"]
            #expect(try await client.post("/v1/permissions", ask, key).string("answer") == "loginNeeded")
            let id = try #require(
                try await client.post(
                    "/v1/logins", ["user": "alice", "product": "token", "place": "", "browser": ""]
                ).string("id"))
            let opened = try await client.post(
                "/v1/logins/\(id)/finish",
                ["user": "alice", "password": ServedBank.password, "response": ["code": try token.code(at: served.clock.now)]])
            let headers = key.merging(["Session-Token": try #require(opened.string("token"))]) { $1 }
            let needed = try await client.post("/v1/permissions", ask, headers)
            #expect(needed.string("answer") == "approvalNeeded" && needed.string("content.payee") == "Anna Muster")

            served.clock.advance(by: 30)
            let alice = try SubscriberID("alice")
            let payment = try Payment(
                iban: IBAN("LU280019400644750000"), amount: Amount(minorUnits: 1250, currency: Currency("EUR")), payee: "Anna Muster",
                reference: "Invoice 7")
            let operation = try await served.bank.operations.begin(
                .payment(payment), for: alice, with: token.id, idempotencyKey: "o-1")
            _ = try await served.bank.operations.submit(.code(try token.code(at: served.clock.now)), to: operation.id)
            let approved = ask.merging(["approvedBy": operation.id.description]) { $1 }
            let granted = try await client.post("/v1/permissions", approved, headers)
            #expect(granted.string("answer") == "granted" && granted.string("approval") == operation.id.description)
            #expect(granted["isRepeated"] as? Bool == false)
        }
    }

    @Test func `the rule of an account is told as its file has it`() async throws {
        let rules = try SignatureRules(
            json: Data(
                #"""
                [{"name": "R-7", "account": "LU280019400644750000", "band": {"currency": "EUR", "above": "10.00", "upTo": "50.00"},
                  "signatures": 2, "signers": [{"subscriber": "alice", "role": "Director"}, {"subscriber": "ben", "role": "Clerk"}],
                  "atLeast": [{"count": 1, "of": ["alice"]}]}]
                """#.utf8))
        let served = try ServedBank(rules: rules)
        try await served.admit()
        try await served.served { (client) async throws in
            let made = try await client.post("/v1/transactions", wish(), ["Idempotency-Key": "1"])
            #expect(made.string("rule.band.above") == "10.00" && made.string("rule.atLeast.0.of.0") == "alice")
            #expect(made["missing"] as? Int == 2 && made.string("awaited.1.role") == "Clerk")
            let none = try await client.post("/v1/transactions", wish(["amount": "60.00"]), ["Idempotency-Key": "2"])
            #expect(none.status == 422 && none.code == "noRule")
        }
    }
}

extension ChallengeID {
    fileprivate init?(hexadecimal text: String) {
        let digits = Array(text)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        guard let id = try? ChallengeID(bytes) else { return nil }
        self = id
    }
}
