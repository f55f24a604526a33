import DeviceProtocol
import Foundation
import ScanChallenge
import Testing

@testable import Verification

/// Transactions that several people sign.
struct TransactionTests {
    private func refuses(_ refusal: TransactionRefusal, _ body: () async throws -> Void) async {
        await #expect(throws: VerificationError.transaction(refusal)) { try await body() }
    }

    @Test(arguments: [SuspensionReason.fraud, .bank, .person])
    func `what a device signed counts no more when it is suspended for fraud, and the others' signatures do`(
        _ reason: SuspensionReason
    ) async throws {
        let firm = try await TestFirm(rules: { [try TestFirm.rule(3, of: $0)] })
        let bank = firm.bank
        let (transaction, done) = (try await firm.propose(), try await firm.propose(77))
        for person in firm.people { try await firm.sign(done.id, person) }
        for person in firm.people.prefix(2) { try await firm.sign(transaction.id, person) }
        let device = try firm.scan(of: firm.people[0]).id
        try await bank.enrolments.suspend(device, by: reason)
        let after = try await firm.transactions.transaction(transaction.id)
        #expect(after.state == .toBeSigned)
        #expect(after.signatures.map(\.signer) == Array(firm.people.prefix(2).suffix(reason == .fraud ? 1 : 2)))
        #expect(try await firm.transactions.transaction(done.id).signatures.count == 3, "what was submitted stays")
        let voided = try await AuditLog(store: bank.store).rows().filter { $0.kind == .signatureVoided }
        #expect(voided.count == (reason == .fraud ? 1 : 0))
        try await firm.sign(transaction.id, firm.people[2])
        #expect(try await firm.state(transaction.id).name == (reason == .fraud ? .toBeSigned : .submitted))
        guard reason == .fraud else { return }
        try await bank.enrolments.resume(device)
        #expect(try await firm.sign(transaction.id, firm.people[0]).name == "succeeded")
        #expect(try await firm.state(transaction.id).name == .submitted)
    }

    @Test func `two of three sign, each in their role, and the second signature submits`() async throws {
        let firm = try await TestFirm()
        let (anna, ben, carla) = (firm.people[0], firm.people[1], firm.people[2])
        let payment = try await firm.propose()
        #expect(payment.awaited.map(\.subscriber) == [anna, ben, carla])
        let first = try await firm.begin(payment.id, ben)
        #expect(first.challenge.content == payment.content)
        #expect(first.challenge.role == (try SignerRole(rule: "R-7", role: "Accountant", number: 1, of: 2)))
        #expect(first.challenge.summary.lines.suffix(3).map(\.text) == ["R-7", "Accountant", "1 of 2"])
        _ = try await firm.bank.operations.submit(firm.answer(first), to: first.id)
        let half = try await firm.transactions.transaction(payment.id)
        #expect(half.state == .toBeSigned)
        #expect(half.signatures.map(\.signer) == [ben])
        #expect(half.missing == 1)
        #expect(half.awaited.map(\.subscriber) == [anna], "carla's signature would leave no room for the director")
        firm.bank.clock.advance(by: 3600)
        try await firm.sign(payment.id, anna)
        let whole = try await firm.transactions.transaction(payment.id)
        #expect(whole.state == .submitted(at: firm.bank.clock.now))
        #expect(whole.signatures.map(\.number) == [1, 2])
        #expect(whole.missing == 0)
        #expect(whole.awaited.isEmpty)
    }

    @Test func `two signatures from one person count once`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        try await firm.sign(payment.id, firm.people[0])
        await refuses(.signedAlready(firm.people[0])) { try await firm.sign(payment.id, firm.people[0]) }
        #expect(try await firm.transactions.transaction(payment.id).signatures.count == 1)
    }

    @Test func `a person who begins twice gives the first operation up, also with another device`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        let phone = try TestScan(id: DeviceID("M-1"), kind: .mobile, issuer: firm.bank.issuer.identity)
        try await firm.bank.enrolments.enrol(
            phone.id, as: .mobile, for: firm.people[0], with: .pairing(phone.record, phone.keys), id: firm.bank.enrolmentID(),
            isEmulated: true)
        let old = try await firm.begin(payment.id, firm.people[0])
        let answer = try await firm.answer(old)
        let new = try await firm.transactions.sign(payment.id, as: firm.people[0], with: phone.id, idempotencyKey: "phone")
        #expect(new.challenge.role?.number == 1)
        await #expect(throws: VerificationError.ended(old.id, "cancelled")) {
            _ = try await firm.bank.operations.submit(answer, to: old.id)
        }
        let shown = try phone.respond(to: try await firm.bank.operations.presentation(of: new.id))
        #expect(try await firm.bank.operations.submit(shown, to: new.id).name == "succeeded")
        #expect(try await firm.transactions.transaction(payment.id).signatures.count == 1)
    }

    @Test func `a person signs a transaction with a phone as with a Scan`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        let phone = try TestScan(id: DeviceID("M-1"), kind: .mobile, issuer: firm.bank.issuer.identity)
        try await firm.bank.enrolments.enrol(
            phone.id, as: .mobile, for: firm.people[0], with: .pairing(phone.record, phone.keys), id: firm.bank.enrolmentID(),
            isEmulated: true)
        let operation = try await firm.transactions.sign(payment.id, as: firm.people[0], with: phone.id, idempotencyKey: "phone")
        let presentation = try await firm.bank.operations.presentation(of: operation.id)
        #expect(try await firm.bank.operations.submit(phone.respond(to: presentation), to: operation.id).name == "succeeded")
        try await firm.sign(payment.id, firm.people[1])
        #expect(try await firm.state(payment.id) == .submitted(at: firm.bank.clock.now))
    }

    @Test func `while a person's device is answering they cannot begin again`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        let working = try await firm.begin(payment.id, firm.people[0])
        try await firm.bank.operations.claim(working.id)
        await #expect(throws: VerificationError.working(working.id)) { _ = try await firm.begin(payment.id, firm.people[0]) }
    }

    @Test func `who is not named may not sign, and a place for the director is kept free`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        await refuses(.notASigner(firm.bank.alice)) {
            _ = try await firm.transactions.sign(payment.id, as: firm.bank.alice, with: DeviceID("S-0"), idempotencyKey: "x")
        }
        _ = try await firm.begin(payment.id, firm.people[1])
        await refuses(.placesReserved(["Director"])) { _ = try await firm.begin(payment.id, firm.people[2]) }
        _ = try await firm.begin(payment.id, firm.people[0])
        await refuses(.placesTaken(2)) { _ = try await firm.begin(payment.id, firm.people[2]) }
        // Nobody answered in time: the places are free again.
        firm.bank.clock.advance(by: 121)
        #expect(try await firm.begin(payment.id, firm.people[2]).challenge.role?.number == 1)
    }

    @Test func `a person cannot sign with another one's device`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        await #expect(throws: VerificationError.noSuchDevice(try firm.scan(of: firm.people[1]).id)) {
            _ = try await firm.transactions.sign(
                payment.id, as: firm.people[0], with: firm.scan(of: firm.people[1]).id, idempotencyKey: "x")
        }
        #expect(try await firm.transactions.transaction(payment.id).places.isEmpty)
    }

    @Test func `a wrong answer is no signature, and the person may sign again`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        let operation = try await firm.begin(payment.id, firm.people[0])
        _ = try await firm.bank.operations.presentation(of: operation.id)
        #expect(try await firm.bank.operations.submit(.code("00000000"), to: operation.id) == .refused)
        #expect(try await firm.transactions.transaction(payment.id).signatures.isEmpty)
        #expect(try await firm.sign(payment.id, firm.people[0]).name == "succeeded")
    }

    @Test func `any edit makes a new transaction and voids all signatures given`() async throws {
        let firm = try await TestFirm()
        let (anna, ben) = (firm.people[0], firm.people[1])
        let old = try await firm.propose()
        try await firm.sign(old.id, ben)
        let waiting = try await firm.begin(old.id, anna)
        let answer = try await firm.answer(waiting)
        let new = try await firm.transactions.edit(old.id, to: .payment(cents: 1251), by: ben, idempotencyKey: "edit")
        #expect(new.replaces == old.id)
        #expect(new.places.isEmpty)
        #expect(new.digest != old.digest)
        #expect(try await firm.state(old.id) == .replaced(by: new.id))
        await #expect(throws: VerificationError.ended(waiting.id, "cancelled")) {
            _ = try await firm.bank.operations.submit(answer, to: waiting.id)
        }
        await refuses(.over(old.id, .replaced)) { try await firm.sign(old.id, anna) }
        await refuses(.over(old.id, .replaced)) {
            _ = try await firm.transactions.edit(old.id, to: .payment(cents: 1252), by: ben, idempotencyKey: "again")
        }
        #expect(try await firm.transactions.edit(old.id, to: .payment(cents: 1251), by: ben, idempotencyKey: "edit").id == new.id)
        try await firm.sign(new.id, ben)
        #expect(try await firm.state(new.id) == .toBeSigned)
        try await firm.sign(new.id, anna)
        #expect(try await firm.state(new.id).name == .submitted)
    }

    @Test func `an edit while a device is answering leaves that operation indeterminate, and its signature does not count`() async throws {
        let firm = try await TestFirm()
        let old = try await firm.propose()
        let working = try await firm.begin(old.id, firm.people[0])
        let answer = try await firm.answer(working)
        try await firm.bank.operations.claim(working.id)
        try await firm.transactions.withdraw(old.id, by: firm.people[1])
        await #expect(throws: VerificationError.ended(working.id, "indeterminate")) {
            _ = try await firm.bank.operations.submit(answer, to: working.id)
        }
        #expect(try await firm.transactions.transaction(old.id).signatures.isEmpty)
    }

    @Test func `what is submitted stays: no edit, no withdrawal, no further signature`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        for person in firm.people.prefix(2) { try await firm.sign(payment.id, person) }
        let over = TransactionRefusal.over(payment.id, .submitted)
        await refuses(over) { try await firm.sign(payment.id, firm.people[2]) }
        await refuses(over) { try await firm.transactions.withdraw(payment.id, by: firm.people[0]) }
        await refuses(over) {
            _ = try await firm.transactions.edit(payment.id, to: .payment(cents: 1), by: firm.people[0], idempotencyKey: "e")
        }
    }

    @Test func `a stranger neither edits nor withdraws, and the creator may withdraw what only others sign`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.transactions.propose(
            .payment(), from: TestFirm.account(), by: firm.bank.alice, idempotencyKey: "p")
        await refuses(.notASigner(firm.bank.alice)) {
            _ = try await firm.transactions.sign(payment.id, as: firm.bank.alice, with: DeviceID("S-0"), idempotencyKey: "x")
        }
        let stranger = try SubscriberID("eve")
        await refuses(.notInvolved(stranger)) { try await firm.transactions.withdraw(payment.id, by: stranger) }
        #expect(try await firm.transactions.withdraw(payment.id, by: firm.bank.alice).state == .withdrawn)
    }

    @Test func `a transaction expires with its operations, and stays expired when the clock goes back`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose(timeToLive: 100)
        try await firm.sign(payment.id, firm.people[1])
        firm.bank.clock.advance(by: 90.5)
        let late = try await firm.begin(payment.id, firm.people[0])
        #expect(late.challenge.expiresAt == payment.expiresAt, "no operation outlives its transaction")
        let answer = try await firm.answer(late)
        firm.bank.clock.advance(by: 9.5)
        #expect(try await firm.state(payment.id) == .expired)
        firm.bank.clock.advance(by: -50)
        #expect(try await firm.state(payment.id) == .expired)
        await #expect(throws: VerificationError.ended(late.id, "cancelled")) {
            _ = try await firm.bank.operations.submit(answer, to: late.id)
        }
        await refuses(.over(payment.id, .expired)) { try await firm.sign(payment.id, firm.people[0]) }
    }

    @Test func `the same request is the same transaction and the same operation`() async throws {
        let firm = try await TestFirm()
        func ask(_ cents: Int64) async throws -> Transaction {
            try await firm.transactions.propose(.payment(cents: cents), from: TestFirm.account(), by: firm.people[0], idempotencyKey: "one")
        }
        let payment = try await ask(1250)
        #expect(try await ask(1250).id == payment.id)
        await #expect(throws: VerificationError.idempotencyConflict("one")) { _ = try await ask(1251) }
        let operation = try await firm.begin(payment.id, firm.people[0], key: "sign")
        #expect(try await firm.begin(payment.id, firm.people[0], key: "sign").id == operation.id)
        let other = try await firm.propose()
        await #expect(throws: VerificationError.idempotencyConflict("sign")) {
            _ = try await firm.begin(other.id, firm.people[0], key: "sign")
        }
    }

    @Test func `without rules who asks signs alone, in no role`() async throws {
        let firm = try await TestFirm(rules: { _ in [] })
        let payment = try await firm.propose()
        #expect(payment.rule.onlySigner == firm.people[0])
        await refuses(.notASigner(firm.people[1])) { try await firm.sign(payment.id, firm.people[1]) }
        let operation = try await firm.begin(payment.id, firm.people[0])
        #expect(operation.challenge.role == nil)
        _ = try await firm.bank.operations.submit(firm.answer(operation), to: operation.id)
        #expect(try await firm.state(payment.id).name == .submitted)
    }

    @Test func `a beneficiary and a batch are transactions, a login is none`() async throws {
        let firm = try await TestFirm()
        let transfer = try Batch.Transfer(
            iban: TestFirm.account(), payee: "Anna Muster", amount: Amount(minorUnits: 1250, currency: Currency("EUR")))
        for (key, content) in [("beneficiary", try Challenge.Content.beneficiary()), ("batch", .batch(try Batch([transfer, transfer])))] {
            let proposed = try await firm.transactions.propose(content, from: TestFirm.account(), by: firm.people[0], idempotencyKey: key)
            for person in firm.people.prefix(2) { try await firm.sign(proposed.id, person) }
            #expect(try await firm.state(proposed.id).name == .submitted)
        }
        await refuses(.notATransaction) {
            _ = try await firm.transactions.propose(.login(), from: TestFirm.account(), by: firm.people[0], idempotencyKey: "l")
        }
        await refuses(.invalidLifetime(0)) { _ = try await firm.propose(timeToLive: 0) }
        await refuses(.invalidLifetime(7_776_001)) { _ = try await firm.propose(timeToLive: 7_776_001) }
    }

    @Test func `a signature that is asked for with another time to live is another request`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose(timeToLive: 300)
        let person = firm.people[0]
        let scan = try firm.scan(of: person)
        let sign = { (life: Int, key: String) async throws -> ChallengeID in
            try await firm.transactions.sign(payment.id, as: person, with: scan.id, idempotencyKey: key, timeToLive: life).id
        }
        firm.bank.clock.advance(by: 30.5)
        let first = try await sign(60, "a")
        firm.bank.clock.advance(by: 20)
        #expect(try await sign(60, "a") == first)
        await #expect(throws: VerificationError.idempotencyConflict("a")) { _ = try await sign(61, "a") }
        // It ends with the transaction, however long was asked for.
        let second = try await sign(3_600, "b")
        firm.bank.clock.advance(by: 20)
        #expect(try await sign(3_600, "b") == second)
    }

    @Test func `a transaction or a change that is asked for with another time to live is another request`() async throws {
        let firm = try await TestFirm()
        let person = firm.people[0]
        let propose = { (life: Int) async throws -> TransactionID in
            try await firm.transactions.propose(
                .payment(), from: TestFirm.account(), by: person, idempotencyKey: "a", timeToLive: life
            ).id
        }
        firm.bank.clock.advance(by: 30.5)
        let payment = try await propose(300)
        firm.bank.clock.advance(by: 20)
        #expect(try await propose(300) == payment)
        await #expect(throws: VerificationError.idempotencyConflict("a")) { _ = try await propose(301) }
        let edit = { (life: Int) async throws -> TransactionID in
            try await firm.transactions.edit(payment, to: .payment(cents: 9), by: person, idempotencyKey: "b", timeToLive: life).id
        }
        let changed = try await edit(300)
        firm.bank.clock.advance(by: 20)
        #expect(try await edit(300) == changed)
        await #expect(throws: VerificationError.idempotencyConflict("b")) { _ = try await edit(301) }
    }

    @Test func `every refusal has a sentence of its own and a next step`() throws {
        let id = try TransactionID(Array(repeating: 1, count: 16))
        let person = try SubscriberID("anna")
        let refusals: [TransactionRefusal] =
            [
                .noSuchTransaction(id), .notATransaction, .noRule(try TestFirm.account()), .noAccount, .invalidLifetime(0),
                .invalidLimit(0),
                .ruleChanged(id), .notASigner(person), .notInvolved(person), .signedAlready(person), .placesTaken(2),
                .placesReserved(["Director"]),
            ] + Transaction.State.Name.allCases.map { .over(id, $0) }
        #expect(Set(refusals.map(\.description)).count == refusals.count)
        for refusal in refusals {
            #expect(VerificationError.transaction(refusal).description == refusal.description)
            #expect(VerificationError.transaction(refusal).hint.count > 10)
        }
    }
}
