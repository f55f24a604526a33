import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import Verification

/// A bank's core asks one question before it carries anything out.
@Suite struct PermissionsTests {
    private typealias Bench = PermissionBench

    private static let iban = "DE89370400440532013000"

    private func payment(_ cents: Int64, to iban: String = iban, currency: String = "EUR") throws -> SensitiveAction {
        .approvePayment(
            try Payment(iban: IBAN(iban), amount: Amount(minorUnits: cents, currency: Currency(currency)), payee: "Anna Muster"))
    }

    private func beneficiary() throws -> SensitiveAction { .addBeneficiary(try Beneficiary(iban: IBAN(Self.iban), name: "Anna Muster")) }

    private func batch(_ ibans: [String]) throws -> SensitiveAction {
        let amount = try Amount(minorUnits: 5_000, currency: Currency("EUR"))
        return .approveBatch(try Batch(ibans.map { try Batch.Transfer(iban: IBAN($0), payee: "Anna Muster", amount: amount) }))
    }

    @Test func `without a session, or five minutes after the last activity, a login is needed`() async throws {
        let bench = try await Bench()
        #expect(try await bench.permissions.ask(payment(5_000), in: nil, request: "1") == .loginNeeded)
        let forged = try #require(SessionToken(text: String(repeating: "ab", count: 32)))
        #expect(try await bench.permissions.ask(payment(5_000), in: forged, request: "1") == .loginNeeded)
        bench.customers.bank.clock.advance(by: 299)
        #expect(try await bench.ask(payment(5_000)) == .approvalNeeded(payment(5_000).content))
        bench.customers.bank.clock.advance(by: 299)
        #expect(try await bench.ask(payment(5_000)) == .approvalNeeded(payment(5_000).content), "asking is activity")
        bench.customers.bank.clock.advance(by: 300)
        #expect(try await bench.ask(payment(5_000)) == .loginNeeded)
    }

    @Test func `who asks by a clock that is behind the session's last activity is still logged in`() async throws {
        let bench = try await Bench()
        bench.customers.bank.clock.advance(by: 10)
        try await bench.customers.sessions.goOn(with: bench.token)
        bench.customers.bank.clock.advance(by: -5)
        #expect(try await bench.ask(payment(5_000)) == .approvalNeeded(payment(5_000).content))
        bench.customers.bank.clock.advance(by: -10)
        #expect(try await bench.ask(payment(5_000)) == .approvalNeeded(payment(5_000).content), "not even when it began later")
        bench.customers.bank.clock.advance(by: 315)
        #expect(try await bench.ask(payment(5_000)) == .loginNeeded, "that gives nobody more time")
    }

    @Test func `an approval is good for its own content, once`() async throws {
        let bench = try await Bench()
        let approval = try await bench.approve(payment(5_000))
        for other in [try payment(5_001), try payment(5_000, to: "LU280019400644750000"), try beneficiary()] {
            #expect(try await bench.ask(other, approvedBy: approval) == .approvalNeeded(other.content))
        }
        #expect(try await bench.ask(payment(5_000), approvedBy: approval, request: "a") == .granted(.approval(approval), isRepeated: false))
        #expect(try await bench.ask(payment(5_000), approvedBy: approval, request: "a") == .granted(.approval(approval), isRepeated: true))
        #expect(try await bench.ask(payment(5_000), approvedBy: approval, request: "b") == .approvalNeeded(payment(5_000).content))
    }

    @Test func `a payment that was approved is approved anew when it recurs, which Article 14 would let a bank exempt`() async throws {
        let bench = try await Bench()
        let approval = try await bench.approve(payment(5_000))
        #expect(try await bench.ask(payment(5_000), approvedBy: approval, request: "a") == .granted(.approval(approval), isRepeated: false))
        #expect(try await bench.ask(payment(5_000)) == .approvalNeeded(payment(5_000).content))
        #expect(try await bench.ask(payment(5_000), approvedBy: approval) == .approvalNeeded(payment(5_000).content))
    }

    @Test func `a payment to one's own account is approved, which Article 15 would let a bank exempt`() async throws {
        let bench = try await Bench()
        let toOneself = try payment(5_000)
        let asked = try await bench.permissions.ask(toOneself, in: bench.token, from: IBAN(Self.iban), request: "1")
        #expect(asked == .approvalNeeded(toOneself.content))
    }

    @Test func `a request's key cannot come with another request`() async throws {
        let bench = try await Bench()
        #expect(try await bench.ask(payment(100), request: "a") == .granted(.exemption(.lowValue), isRepeated: false))
        await #expect(throws: SubscriberError.verification(.idempotencyConflict("a"))) { try await bench.ask(payment(200), request: "a") }
        await #expect(throws: SubscriberError.verification(.idempotencyConflict("a"))) {
            try await bench.permissions.ask(payment(100), in: bench.token, from: TestFirm.account(), request: "a")
        }
        for key in ["", String(repeating: "x", count: 256)] {
            await #expect(throws: SubscriberError.verification(.invalidIdempotencyKey)) { try await bench.ask(payment(100), request: key) }
        }
    }

    @Test func `one that is pending, was refused, is old, or of before this session approves nothing`() async throws {
        var bench = try await Bench()
        let needed = Permission.approvalNeeded(try payment(5_000).content)
        let pending = try await bench.customers.bank.begin(payment(5_000).content, with: bench.card.id)
        #expect(try await bench.ask(payment(5_000), approvedBy: pending.id) == needed)
        let wrong = try bench.card.sign(pending.challenge, as: .authentication)
        #expect(try await bench.customers.bank.operations.submit(wrong, to: pending.id) == .refused)
        #expect(try await bench.ask(payment(5_000), approvedBy: pending.id) == needed)

        let old = try await bench.approve(payment(5_000))
        for _ in 0..<3 {
            bench.customers.bank.clock.advance(by: 199)
            try await bench.customers.sessions.goOn(with: bench.token)
        }
        let fresh = try await bench.approve(payment(5_000))
        bench.customers.bank.clock.advance(by: 3)
        #expect(try await bench.ask(payment(5_000), approvedBy: old) == needed)
        bench.token = try await Bench.logIn(bench.customers, bench.card)
        #expect(try await bench.ask(payment(5_000), approvedBy: fresh) == needed)
    }

    @Test func `an approval that was used is not good again for a clock that is some minutes behind`() async throws {
        let bench = try await Bench()
        let approval = try await bench.approve(payment(5_000))
        _ = try await bench.ask(payment(5_000), approvedBy: approval, request: "a")
        for _ in 0..<4 {
            bench.customers.bank.clock.advance(by: 151)
            // Each yes is kept together with what is remembered of those before.
            _ = try await bench.ask(payment(1), request: UUID().uuidString)
        }
        bench.customers.bank.clock.advance(by: -60)
        #expect(try await bench.ask(payment(5_000), approvedBy: approval, request: "b") == .approvalNeeded(payment(5_000).content))
        #expect(try await bench.ask(payment(5_000), approvedBy: approval, request: "a") == .granted(.approval(approval), isRepeated: true))
    }

    @Test func `a used approval is remembered however many follow, and room comes with time`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        func approval() async throws -> Verification.Operation {
            let begun = try await bank.begin(.beneficiary(), with: card.id)
            #expect(try await bank.operations.submit(card.respond(to: begun.challenge), to: begun.id).name == "succeeded")
            return try await bank.operations.operation(begun.id)
        }
        var alice = Subscriber(id: bank.alice)
        let pending = try await bank.begin(.beneficiary(), with: card.id)
        let isPendingSpent = alice.spend(pending)
        #expect(!isPendingSpent, "nobody approved it")
        alice.record.spentApprovals = ["00000000000000000000000000000000"]
        var all: [Verification.Operation] = []
        for number in 0..<33 {
            bank.clock.advance(by: 1)
            all.append(try await approval())
            let isSpent = alice.spend(all[number])
            #expect(isSpent == (number < 32), "number \(number)")
        }
        let again = all.filter { alice.spend($0) }
        #expect(again.isEmpty, "none twice, and no room for the last")
        #expect(alice.record.spentApprovals.count == 32)
        #expect(!alice.record.spentApprovals.contains("00000000000000000000000000000000"), "one without a moment gives way")
        bank.clock.advance(by: 899)
        let next = try await approval()
        let spent = [next, next].map { alice.spend($0) }
        #expect(spent == [true, false])
    }

    @Test func `another person's approval is none`() async throws {
        let bench = try await Bench()
        let approval = try await bench.approve(payment(5_000))
        let ben = try SubscriberID("ben")
        try await bench.customers.subscribers.create(ben)
        var generator = SystemRandomNumberGenerator()
        let token = SessionToken(using: &generator)
        let now = bench.customers.bank.clock.now
        let enrolment = try await bench.customers.bank.enrolment(of: bench.card.id).id
        try await bench.customers.bank.store.write { transaction throws(StoreError) in
            try transaction.insert(
                Session(id: SessionID(token), subscriber: ben, enrolment: enrolment, application: "own", startedAt: now, lastActive: now))
        }
        let answer = try await bench.permissions.ask(payment(5_000), in: token, approvedBy: approval, request: "1")
        #expect(answer == .approvalNeeded(try payment(5_000).content))
    }

    @Test func `a device that was suspended since approves nothing`() async throws {
        let bench = try await Bench()
        let other = try await bench.customers.bank.enrolCard()
        let begun = try await bench.customers.bank.begin(payment(5_000).content, with: other.id)
        #expect(try await bench.customers.bank.operations.submit(other.respond(to: begun.challenge), to: begun.id).name == "succeeded")
        try await bench.customers.bank.enrolments.suspend(other.id)
        #expect(try await bench.ask(payment(5_000), approvedBy: begun.id) == .approvalNeeded(payment(5_000).content))
    }

    @Test func `who was approved as a beneficiary is trusted from then on, and not before`() async throws {
        let bench = try await Bench()
        #expect(try await bench.ask(payment(500_000)) == .approvalNeeded(payment(500_000).content))
        #expect(try await bench.ask(beneficiary()) == .approvalNeeded(beneficiary().content))
        let approval = try await bench.approve(beneficiary())
        #expect(try await bench.ask(payment(500_000)) == .approvalNeeded(payment(500_000).content), "approved, and not yet added")
        #expect(try await bench.ask(beneficiary(), approvedBy: approval) == .granted(.approval(approval), isRepeated: false))
        #expect(try await bench.ask(payment(500_000)) == .granted(.exemption(.trustedBeneficiary), isRepeated: false))
        #expect(try await bench.ask(payment(500_000, currency: "CHF")) == .granted(.exemption(.trustedBeneficiary), isRepeated: false))
        let other = try payment(500_000, to: "LU280019400644750000")
        #expect(try await bench.ask(other) == .approvalNeeded(other.content))
        let list = try await bench.permissions.trustedBeneficiaries(of: bench.customers.alice)
        #expect(list.map(\.iban) == [Self.iban] && list.map(\.name) == ["Anna Muster"])
        try await bench.permissions.distrust(IBAN(Self.iban), for: bench.customers.alice)
        #expect(try await bench.ask(payment(500_000)) == .approvalNeeded(payment(500_000).content))
        #expect(try await bench.permissions.trustedBeneficiaries(of: bench.customers.alice).isEmpty)
    }

    @Test func `a batch is exempted when all of its payees are trusted`() async throws {
        let bench = try await Bench()
        let approval = try await bench.approve(beneficiary())
        _ = try await bench.ask(beneficiary(), approvedBy: approval)
        let all = try batch([Self.iban, Self.iban])
        #expect(try await bench.ask(all) == .granted(.exemption(.trustedBeneficiary), isRepeated: false))
        let some = try batch([Self.iban, "LU280019400644750000"])
        #expect(try await bench.ask(some) == .approvalNeeded(some.content))
        let long = SensitiveAction.approveBatch(
            try Batch(
                (0..<5).map { _ in
                    try Batch.Transfer(
                        iban: IBAN("LU280019400644750000"), payee: "Eve", amount: Amount(minorUnits: 1, currency: Currency("EUR")))
                }, payeesAreTrusted: true))
        #expect(try await bench.ask(long) == .approvalNeeded(long.content), "what stands as a hash names nobody")
    }

    @Test func `five small payments go without approval, the sixth does not, and an approved one begins anew`() async throws {
        let bench = try await Bench()
        for number in 1...5 {
            #expect(try await bench.ask(payment(100)) == .granted(.exemption(.lowValue), isRepeated: false), "payment \(number)")
        }
        #expect(try await bench.ask(payment(100)) == .approvalNeeded(payment(100).content))
        let approval = try await bench.approve(payment(100))
        #expect(try await bench.ask(payment(100), approvedBy: approval) == .granted(.approval(approval), isRepeated: false))
        #expect(try await bench.ask(payment(100)) == .granted(.exemption(.lowValue), isRepeated: false))
    }

    @Test func `a hundred euros in small payments is the most, also for a new session, and a repeated request counts once`() async throws {
        var bench = try await Bench()
        for number in 1...3 {
            for _ in 0..<3 { _ = try await bench.ask(payment(3_000), request: "\(number)") }
        }
        bench.customers.bank.clock.advance(by: 1)
        bench.token = try await Bench.logIn(bench.customers, bench.card)
        #expect(try await bench.ask(payment(1_001)) == .approvalNeeded(payment(1_001).content))
        #expect(try await bench.ask(payment(1_000)) == .granted(.exemption(.lowValue), isRepeated: false))
        #expect(try await bench.ask(payment(1)) == .approvalNeeded(payment(1).content))
    }

    @Test func `two who ask at once for the last small payment get one yes`() async throws {
        let bench = try await Bench()
        for _ in 1...4 { _ = try await bench.ask(payment(100)) }
        let answers = try await withThrowingTaskGroup(of: Permission.self) { group in
            for _ in 0..<16 { group.addTask { try await bench.ask(payment(100)) } }
            return try await group.reduce(into: [Permission]()) { $0.append($1) }
        }
        #expect(answers.count { $0 == .granted(.exemption(.lowValue), isRepeated: false) } == 1)
    }

    @Test func `an account that wants several signatures is never exempted`() async throws {
        let ben = try SubscriberID("ben")
        let rule = try TestFirm.rule(2, of: [SubscriberID("alice"), ben])
        let bench = try await Bench(rules: try SignatureRules([rule]))
        let answer = try await bench.permissions.ask(payment(100), in: bench.token, from: TestFirm.account(), request: "1")
        #expect(answer == .signaturesNeeded(rule))
        let approval = try await bench.approve(payment(100))
        let alone = try await bench.permissions.ask(
            payment(100), in: bench.token, from: TestFirm.account(), approvedBy: approval, request: "1")
        #expect(alone == .signaturesNeeded(rule), "one person's approval is not enough")
        await #expect(throws: SubscriberError.verification(.transaction(.noAccount)), "or who leaves it out goes around the rule") {
            _ = try await bench.ask(payment(100))
        }
    }

    @Test func `a transaction authorises its content when it is submitted, and not before`() async throws {
        let firm = try await TestFirm()
        let action = try payment(1250, to: "LU280019400644750000")
        guard case .approvePayment(let payment) = action else {
            Issue.record("\(action)")
            return
        }
        let made = try await firm.transactions.propose(
            .payment(payment), from: TestFirm.account(), by: firm.people[0], idempotencyKey: "1")
        try await firm.sign(made.id, firm.people[0])
        #expect(try await !firm.transactions.transaction(made.id).authorises(action))
        try await firm.sign(made.id, firm.people[1])
        let submitted = try await firm.transactions.transaction(made.id)
        #expect(submitted.authorises(action))
        #expect(try !submitted.authorises(self.payment(1251, to: "LU280019400644750000")))
    }

    @Test func `what signed a transaction approves nothing else, whatever became of it`() async throws {
        let firm = try await TestFirm()
        let bank = firm.bank
        let person = firm.people[0]
        let permissions = Permissions(bank.operations)
        var generator = SystemRandomNumberGenerator()
        let token = SessionToken(using: &generator)
        let session = Session(
            id: SessionID(token), subscriber: person, enrolment: try await bank.enrolment(of: firm.scan(of: person).id).id,
            application: Application.own.id, account: nil, startedAt: bank.clock.now, lastActive: bank.clock.now)
        try await bank.store.write { (transaction) throws(StoreError) in
            try transaction.insert(Subscriber(id: person))
            try transaction.insert(session)
        }
        func ask(_ payment: Payment, _ operation: ChallengeID) async throws -> Permission {
            try await permissions.ask(.approvePayment(payment), in: token, approvedBy: operation, request: UUID().uuidString)
        }
        // Of several signatures, one that was voided with its transaction.
        let made = try await firm.propose()
        let half = try await firm.begin(made.id, person)
        #expect(try await bank.operations.submit(firm.answer(half), to: half.id).name == "succeeded")
        _ = try await firm.transactions.withdraw(made.id, by: person)
        guard case .payment(let payment) = made.content else {
            Issue.record("\(made.content)")
            return
        }
        #expect(try await ask(payment, half.id) == .approvalNeeded(made.content))
        // Alone, one that submitted it.
        let alone = try await firm.transactions.propose(
            .payment(cents: 77), from: IBAN("DE89370400440532013000"), by: person, idempotencyKey: "alone")
        let whole = try await firm.begin(alone.id, person)
        #expect(whole.challenge.role == nil)
        #expect(try await bank.operations.submit(firm.answer(whole), to: whole.id).name == "succeeded")
        #expect(try await firm.state(alone.id).name == .submitted)
        guard case .payment(let small) = alone.content else {
            Issue.record("\(alone.content)")
            return
        }
        #expect(try await ask(small, whole.id) == .approvalNeeded(alone.content))
        // And one that is no transaction's does.
        let plain = try await bank.operations.begin(
            alone.content, for: person, with: firm.scan(of: person).id, idempotencyKey: "plain")
        #expect(try await bank.operations.submit(firm.answer(plain), to: plain.id).name == "succeeded")
        #expect(try await ask(small, plain.id) == .granted(.approval(plain.id), isRepeated: false))
    }

    @Test func `a further device is approved soon after the login`() async throws {
        let bench = try await Bench()
        let action = SensitiveAction.enrol(try Activation(product: "Mobile", device: "M-1"))
        #expect(try await bench.ask(action) == .approvalNeeded(action.content))
        let approval = try await bench.approve(action)
        #expect(try await bench.ask(action, approvedBy: approval) == .granted(.approval(approval), isRepeated: false))
        bench.customers.bank.clock.advance(by: 200)
        _ = try await bench.ask(payment(5_000))
        bench.customers.bank.clock.advance(by: 101)
        #expect(try await bench.ask(action) == .loginNeeded)
    }

    @Test func `logins and changes of the secret image are granted elsewhere`() async throws {
        let bench = try await Bench()
        #expect(try await bench.ask(.authenticate(Login(place: "", browser: ""))) == .loginNeeded)
        let change = SensitiveAction.changeSecretImage(try SecretImageChange(image: "boat"))
        let approval = try await bench.approve(change)
        #expect(try await bench.ask(change, approvedBy: approval) == .approvalNeeded(change.content))
    }

    @Test func `every exemption and every new beneficiary is in the audit log, without names and amounts`() async throws {
        let bench = try await Bench()
        _ = try await bench.ask(payment(100))
        let approval = try await bench.approve(beneficiary())
        _ = try await bench.ask(beneficiary(), approvedBy: approval)
        _ = try await bench.ask(payment(500_000))
        let rows = try await AuditLog(store: bench.customers.bank.store).rows()
        #expect(rows.filter { $0.kind == .exempted }.map(\.detail) == ["Article 16", "Article 13(2)"])
        #expect(rows.contains { $0.detail == "trusted beneficiary added" && $0.operation == approval.bytes })
        #expect(!"\(rows)".contains("Muster") && !"\(rows)".contains(Self.iban))
    }

    @Test func `an approval serves as a yes or for another password, and never for both`() async throws {
        var bench = try await Bench()
        let (customers, alice) = (bench.customers, bench.customers.alice)
        let content = try Subscribers.approvalOfPassword(for: alice)
        let activation: Activation? = if case .activation(let asked) = content { asked } else { nil }
        let action = SensitiveAction.enrol(try #require(activation))
        let reset = { (id: ChallengeID) async throws -> Void in
            try await customers.subscribers.resetPassword(of: alice, to: secret(TestCustomers.password), approvedBy: id)
        }
        let yes = try await bench.approve(action)
        #expect(try await bench.ask(action, approvedBy: yes) == .granted(.approval(yes), isRepeated: false))
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await reset(yes) }

        let other = try await bench.approve(action)
        try await reset(other)
        bench.token = try await Bench.logIn(customers, bench.card)
        #expect(try await bench.ask(action, approvedBy: other) == .approvalNeeded(content))
    }
}
