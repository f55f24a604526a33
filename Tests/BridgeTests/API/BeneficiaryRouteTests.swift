import Bridge
import Foundation
import Testing

@testable import Verification

@Suite struct BeneficiaryRouteTests {
    private static let path = "/v1/subscribers/alice/beneficiaries"

    /// A bank where Alice trusts these, in this order, one a second after the other.
    private func bank(trusting ibans: [String]) async throws -> ServedBank {
        let served = try ServedBank()
        let alice = try SubscriberID("alice")
        try await served.bank.subscribers.create(alice)
        let trusted = ibans.enumerated().map { number, iban in
            // Two of them at the same time.
            TrustedBeneficiary(iban: iban, name: "Somebody", since: served.clock.now.addingTimeInterval(Double(number / 2)))
        }
        try await served.bank.store.write { (transaction) throws(StoreError) in
            guard var subscriber = try transaction.subscriber(alice) else { throw StoreError.conflict("no such customer") }
            subscriber.record.trustedBeneficiaries = trusted
            try transaction.update(subscriber)
        }
        return served
    }

    private func ibans(_ answer: BankClient.Answer) -> [String] {
        (answer["beneficiaries"] as? [[String: Any]] ?? []).compactMap { $0["iban"] as? String }
    }

    @Test func `who is taken off the list between two pages lets nobody be passed over`() async throws {
        let all = [
            "LU280019400644750000", "DE89370400440532013000", "LU120010001234567891", "LU360029152460050000", "LU930010000000000000",
        ]
        try await bank(trusting: all).served { (client) async throws in
            let first = try await client.get("\(Self.path)?limit=2")
            #expect(ibans(first) == ["DE89370400440532013000", "LU280019400644750000"])
            let next = try #require(first.string("next"))
            for gone in ["DE89370400440532013000", "LU280019400644750000"] {
                #expect(try await client.send("DELETE", "\(Self.path)/\(gone)", nil).status == 204)
            }
            let second = try await client.get("\(Self.path)?limit=2&cursor=\(next)")
            #expect(ibans(second) == ["LU120010001234567891", "LU360029152460050000"])
            let third = try await client.get("\(Self.path)?limit=2&cursor=\(try #require(second.string("next")))")
            #expect(ibans(third) == ["LU930010000000000000"] && third["next"] == nil)
        }
    }

    @Test(arguments: ["2", "-", "1-", "-LU1", "x-LU1", "1-lu1", "1-LU-1", "9999999999999999999-LU1"])
    func `a cursor that no page has is refused`(cursor: String) async throws {
        try await bank(trusting: []).served { (client) async throws in
            #expect(try await client.get("\(Self.path)?cursor=\(cursor)").code == "invalidRequest")
        }
    }
}
