import DeviceProtocol
import Testing

@testable import Verification

/// Rules that a bank changed while a transaction was on its way.
struct ChangedRuleTests {
    private func transactions(_ firm: TestFirm, under rules: [SignatureRule]) throws -> Transactions {
        Transactions(firm.bank.operations, rules: try SignatureRules(rules))
    }

    private func sign(_ id: TransactionID, _ person: SubscriberID, in transactions: Transactions, _ firm: TestFirm) async throws -> Outcome
    {
        let operation = try await transactions.sign(id, as: person, with: firm.scan(of: person).id, idempotencyKey: "s-\(person)-\(id)")
        return try await firm.bank.operations.submit(firm.answer(operation), to: operation.id)
    }

    @Test func `who lost their part signs nothing that was made before, nor does anybody else`() async throws {
        let firm = try await TestFirm()
        let (anna, ben, carla) = (firm.people[0], firm.people[1], firm.people[2])
        let payment = try await firm.propose()
        try await firm.sign(payment.id, anna)
        let withoutBen = try transactions(firm, under: [TestFirm.rule(2, of: [anna, carla])])
        let withOne = try transactions(firm, under: [TestFirm.rule(1, of: firm.people)])
        let withoutRules = try transactions(firm, under: [])
        for (changed, person) in [(withoutBen, ben), (withoutBen, carla), (withOne, carla), (withoutRules, ben), (withoutRules, anna)] {
            await #expect(throws: VerificationError.transaction(.ruleChanged(payment.id))) {
                _ = try await sign(payment.id, person, in: changed, firm)
            }
        }
        let elsewhere = try SignatureRules([
            TestFirm.rule(1, of: [anna], band: AmountBand(Currency("EUR"), above: 1_000_000))
        ])
        await #expect(throws: VerificationError.transaction(.noRule(try TestFirm.account()))) {
            _ = try await sign(payment.id, ben, in: Transactions(firm.bank.operations, rules: elsewhere), firm)
        }
        let left = try await firm.transactions.transaction(payment.id)
        #expect(left.state == .toBeSigned && left.signatures.map(\.signer) == [anna])
        await #expect(throws: VerificationError.transaction(.notInvolved(ben))) { try await withoutBen.withdraw(payment.id, by: ben) }
        await #expect(throws: VerificationError.transaction(.notInvolved(ben))) {
            _ = try await withoutBen.edit(payment.id, to: payment.content, by: ben, idempotencyKey: "ben")
        }
        let anew = try await withoutBen.edit(payment.id, to: payment.content, by: carla, idempotencyKey: "carla")
        #expect(anew.places.isEmpty)
        #expect(try await sign(anew.id, anna, in: withoutBen, firm).name == "succeeded")
        #expect(try await sign(anew.id, carla, in: withoutBen, firm).name == "succeeded")
        #expect(try await firm.state(anew.id).name == .submitted)
    }

    @Test func `the same rule in other words, or for other amounts too, is the same`() async throws {
        let firm = try await TestFirm(rules: { [try TestFirm.rule(2, of: $0, band: AmountBand(Currency("EUR"), upTo: 5_000))] })
        let payment = try await firm.propose()
        let rule = try #require(firm.transactions.rules.all.first)
        let rewritten = try SignatureRule(
            name: rule.name, account: rule.account, band: AmountBand(Currency("EUR"), upTo: 9_000), signatures: rule.signatures,
            of: rule.signers.reversed(), groups: rule.groups)
        let changed = try transactions(firm, under: [rewritten])
        for person in firm.people.prefix(2) { #expect(try await sign(payment.id, person, in: changed, firm).name == "succeeded") }
        #expect(try await firm.state(payment.id).name == .submitted)
    }

    @Test func `a rule with other people among those who must sign is another, though its signers are the same`() async throws {
        let firm = try await TestFirm()
        let (anna, ben, carla) = (firm.people[0], firm.people[1], firm.people[2])
        let payment = try await firm.propose()
        try await firm.sign(payment.id, anna)
        let changes: [[SignatureRule.Group]] = [
            [], [.init(atLeast: 1, of: [ben])], [.init(atLeast: 1, of: [anna, ben])], [.init(atLeast: 2, of: [anna, ben])],
            [.init(atLeast: 1, of: [anna]), .init(atLeast: 1, of: [carla])],
        ]
        for groups in changes {
            let changed = try transactions(firm, under: [TestFirm.rule(2, of: firm.people, groups: groups)])
            await #expect(throws: VerificationError.transaction(.ruleChanged(payment.id)), "\(groups)") {
                _ = try await sign(payment.id, ben, in: changed, firm)
            }
        }
        let left = try await firm.transactions.transaction(payment.id)
        #expect(left.state == .toBeSigned && left.signatures.map(\.signer) == [anna])
        #expect(try await sign(payment.id, ben, in: firm.transactions, firm).name == "succeeded")
        #expect(try await firm.state(payment.id).name == .submitted)
    }

    @Test func `a request that is repeated after a change finds what it made, whether a rule is left for it or not`() async throws {
        let firm = try await TestFirm()
        func ask(_ transactions: Transactions, _ key: String = "one") async throws -> Transaction {
            try await transactions.propose(.payment(), from: TestFirm.account(), by: firm.people[0], idempotencyKey: key)
        }
        let made = try await ask(firm.transactions)
        let elsewhere = try transactions(
            firm, under: [TestFirm.rule(1, of: firm.people, band: AmountBand(Currency("EUR"), above: 1_000_000))])
        #expect(try await ask(elsewhere).id == made.id)
        let none = try transactions(firm, under: [])
        #expect(try await ask(none).id == made.id)
        await #expect(throws: VerificationError.transaction(.noRule(try TestFirm.account()))) { _ = try await ask(elsewhere, "two") }
        let edited = try await firm.transactions.edit(made.id, to: .payment(cents: 9), by: firm.people[0], idempotencyKey: "e")
        let again = try await elsewhere.edit(made.id, to: .payment(cents: 9), by: firm.people[0], idempotencyKey: "e")
        #expect(again.id == edited.id)
    }
}
