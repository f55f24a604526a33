import DeviceProtocol
import Foundation
import Testing

@testable import Verification

/// How much one person is granted in a quarter of an hour, and how many they trust.
@Suite struct PermissionLimitsTests {
    private static let payee = "LU280019400644750000"

    private func payment() throws -> SensitiveAction {
        .approvePayment(
            try Payment(iban: IBAN(Self.payee), amount: Amount(minorUnits: 5_000, currency: Currency("EUR")), payee: "Anna Muster"))
    }

    /// Alice, who trusts so many; the first is one whom she pays.
    private func bench(trusting count: Int) async throws -> PermissionBench {
        let bench = try await PermissionBench()
        let trusted = (0..<count).map { number in
            TrustedBeneficiary(iban: number == 0 ? Self.payee : "account \(number)", name: "Somebody", since: TestBank.start)
        }
        try await bench.customers.bank.store.write { [alice = bench.customers.alice] (transaction) throws(StoreError) in
            guard var subscriber = try transaction.subscriber(alice) else { throw StoreError.conflict("no such customer") }
            subscriber.record.trustedBeneficiaries = trusted
            try transaction.update(subscriber)
        }
        return bench
    }

    @Test func `a person is granted two hundred requests in a quarter of an hour, and then there is room again`() async throws {
        let bench = try await bench(trusting: 1)
        let clock = bench.customers.bank.clock
        for number in 1...Permissions.grantLimit {
            let answer = try await bench.ask(payment(), request: "\(number)")
            #expect(answer == .granted(.exemption(.trustedBeneficiary), isRepeated: false), "request \(number)")
        }
        await #expect(throws: SubscriberError.tooManyRequests) { try await bench.ask(payment(), request: "one more") }
        let again = try await bench.ask(payment(), request: "1")
        #expect(again == .granted(.exemption(.trustedBeneficiary), isRepeated: true), "it is no new one")
        clock.advance(by: 15 * 60 - 1)
        let token = try await PermissionBench.logIn(bench.customers, bench.card)
        await #expect(throws: SubscriberError.tooManyRequests) {
            try await bench.permissions.ask(payment(), in: token, request: "one more")
        }
        clock.advance(by: 1)
        let later = try await bench.permissions.ask(payment(), in: token, request: "one more")
        #expect(later == .granted(.exemption(.trustedBeneficiary), isRepeated: false))
    }

    @Test func `a person trusts a thousand, and who is one too many spends neither approval nor key`() async throws {
        let bench = try await bench(trusting: Permissions.beneficiaryLimit)
        let alice = bench.customers.alice
        let next = SensitiveAction.addBeneficiary(try Beneficiary(iban: IBAN("DE89370400440532013000"), name: "Anna Muster"))
        let approval = try await bench.approve(next)
        await #expect(throws: SubscriberError.tooManyBeneficiaries) { try await bench.ask(next, approvedBy: approval, request: "a") }
        #expect(try await bench.permissions.trustedBeneficiaries(of: alice).count == Permissions.beneficiaryLimit)
        try await bench.permissions.distrust(IBAN(Self.payee), for: alice)
        #expect(try await bench.ask(next, approvedBy: approval, request: "a") == .granted(.approval(approval), isRepeated: false))
        let trusted = try await bench.permissions.trustedBeneficiaries(of: alice)
        #expect(trusted.count == Permissions.beneficiaryLimit && trusted.last?.name == "Anna Muster")
    }

    @Test func `who is blocked from approving is exempted from nothing, Article 4`() async throws {
        let bench = try await bench(trusting: 1)
        let bank = bench.customers.bank
        let stale = try await bank.begin(.payment(), with: bench.card.id).challenge
        for _ in 0..<5 {
            let operation = try await bank.begin(.payment(), with: bench.card.id)
            #expect(try await bank.operations.submit(bench.card.respond(to: stale), to: operation.id) == .refused)
        }
        await #expect(throws: SubscriberError.verification(.personBlocked(bank.alice))) { _ = try await bench.ask(payment()) }
    }
}
