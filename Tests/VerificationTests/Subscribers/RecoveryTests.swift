import DeviceProtocol
import Foundation
import Testing
import Verification

/// The ways back: another device, the helpdesk's code, the letter's code, the bank.
struct RecoveryTests {
    private func open(_ customers: TestCustomers, _ device: DeviceID, _ proof: Recovery.Proof) async throws {
        try await customers.recovery.open(.device(device), with: proof)
    }

    private func suspended(by reason: SuspensionReason = .person) async throws -> (TestCustomers, TestToken) {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        try await customers.bank.enrolments.suspend(token.id, by: reason)
        return (customers, token)
    }

    /// Alice with a card that she has activated, and the code of its letter.
    private func activated() async throws -> (TestCustomers, TestCard, HeldSecret) {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let card = try TestCard(authority: TestBank.root.get())
        let ordered = try await customers.activations.order(.smartcard, for: customers.alice, identification: .branch)
        #expect(ordered.challengeCode.count == 6)
        try await customers.activations.register(
            card.id, for: ordered.order.id, with: .certificates(card.certificates), isEmulated: true)
        _ = try await customers.activations.prove(.challengeCode(ordered.challengeCode), for: ordered.order.id)
        let asked = try await customers.activations.approval(of: ordered.order.id)
        let operation = try await customers.bank.begin(asked.content, with: card.id)
        _ = try await customers.bank.operations.submit(card.respond(to: operation.challenge), to: operation.id)
        _ = try await customers.activations.prove(.approval(operation.id), for: ordered.order.id)
        return (customers, card, ordered.challengeCode)
    }

    @Test func `a helpdesk code re-activates within 30 minutes, and once`() async throws {
        let (customers, token) = try await suspended()
        let code = try await customers.recovery.helpdeskCode(for: .device(token.id))
        #expect(code.reveal().count == 8)
        customers.bank.clock.advance(by: 1799)
        try await open(customers, token.id, .helpdeskCode(code))
        #expect(try await customers.bank.enrolment(of: token.id).state == .active)
        #expect(try await customers.notices().last == .deviceReactivated)
        try await customers.bank.enrolments.suspend(token.id, by: .person)
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .helpdeskCode(code)) }
    }

    @Test func `a helpdesk code is worth nothing after 30 minutes, and when another one was made`() async throws {
        let (customers, token) = try await suspended()
        let first = try await customers.recovery.helpdeskCode(for: .device(token.id))
        let second = try await customers.recovery.helpdeskCode(for: .device(token.id))
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .helpdeskCode(first)) }
        customers.bank.clock.advance(by: 1800)
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .helpdeskCode(second)) }
        #expect(try await customers.bank.enrolment(of: token.id).state == .suspended)
        #expect(try await customers.subscriber().failures == 2)
    }

    @Test func `a helpdesk code is worth nothing once the device is suspended again, or its block is over`() async throws {
        let (customers, token) = try await suspended()
        let bank = customers.bank
        let first = try await customers.recovery.helpdeskCode(for: .device(token.id))
        try await bank.enrolments.suspend(token.id, by: .bank)
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .helpdeskCode(first)) }
        try await bank.enrolments.resume(token.id)
        for _ in 0..<5 {
            let operation = try await bank.begin(.login(), with: token.id)
            _ = try await bank.operations.submit(.code(token.wrongCode(at: bank.clock.now)), to: operation.id)
        }
        bank.clock.advance(by: 29 * 60)
        let second = try await customers.recovery.helpdeskCode(for: .device(token.id))
        bank.clock.advance(by: 61)
        try await bank.enrolments.suspend(token.id, by: .person)
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .helpdeskCode(second)) }
        #expect(try await bank.enrolment(of: token.id).state == .suspended)
    }

    @Test func `the log tells that a helpdesk code was made, and by what a device came back`() async throws {
        let (customers, token) = try await suspended()
        let code = try await customers.recovery.helpdeskCode(for: .device(token.id))
        try await open(customers, token.id, .helpdeskCode(code))
        try await customers.bank.enrolments.suspend(token.id, by: .person)
        try await customers.bank.enrolments.resume(token.id)
        let told = try await AuditLog(store: customers.bank.store).rows().map { "\($0.kind.rawValue): \($0.detail)" }
        #expect(
            Array(told.suffix(4)) == [
                "configuration changed: helpdesk code made", "resumed: device, by helpdesk code", "suspended: person",
                "resumed: device, by the bank",
            ])
    }

    @Test func `five wrong helpdesk codes make the right one worthless`() async throws {
        let (customers, token) = try await suspended()
        let code = try await customers.recovery.helpdeskCode(for: .device(token.id))
        for _ in 0..<5 {
            await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .helpdeskCode(secret("0000"))) }
        }
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .helpdeskCode(code)) }
    }

    @Test func `a person's helpdesk code works once, and is worth nothing when another one was made`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let person = Recovery.Subject.person(customers.alice)
        let first = try await customers.recovery.helpdeskCode(for: person)
        let second = try await customers.recovery.helpdeskCode(for: person)
        await #expect(throws: SubscriberError.refused) { try await customers.recovery.open(person, with: .helpdeskCode(first)) }
        try await customers.recovery.open(person, with: .helpdeskCode(second))
        #expect(try await customers.notices().last == .personUnblocked)
        await #expect(throws: SubscriberError.refused) { try await customers.recovery.open(person, with: .helpdeskCode(second)) }
    }

    @Test func `five wrong helpdesk codes make a person's right one worthless, and four do not`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let person = Recovery.Subject.person(customers.alice)
        for count in [4, 5] {
            let code = try await customers.recovery.helpdeskCode(for: person)
            for _ in 0..<count {
                await #expect(throws: SubscriberError.refused) {
                    try await customers.recovery.open(person, with: .helpdeskCode(secret("0000")))
                }
            }
            if count == 4 {
                try await customers.recovery.open(person, with: .helpdeskCode(code))
            } else {
                await #expect(throws: SubscriberError.refused) { try await customers.recovery.open(person, with: .helpdeskCode(code)) }
            }
        }
    }

    @Test func `another device that is active re-activates, once for each approval`() async throws {
        let (customers, token) = try await suspended()
        let bank = customers.bank
        let other = try await customers.enrolToken("T-2")
        let operation = try await bank.begin(Recovery.approval(of: .device(token.id)), with: other.id)
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .approval(operation.id)) }
        #expect(try await bank.operations.submit(.code(other.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        try await open(customers, token.id, .approval(operation.id))
        #expect(try await bank.enrolment(of: token.id).state == .active)
        try await bank.enrolments.suspend(token.id, by: .person)
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .approval(operation.id)) }
    }

    @Test func `the six digits of the order letter re-activate a device whenever it was suspended, and a wrong one counts`() async throws {
        let (customers, card, letter) = try await activated()
        for round in 1...2 {
            try await customers.bank.enrolments.suspend(card.id, by: .person)
            customers.bank.clock.advance(by: 86_400)
            await #expect(throws: SubscriberError.refused) { try await open(customers, card.id, .challengeCode(secret("000000"))) }
            #expect(try await customers.subscriber().failures == round)
            try await open(customers, card.id, .challengeCode(letter))
            #expect(try await customers.bank.enrolment(of: card.id).state == .active)
        }
    }

    @Test func `a letter gives no further tries, and opens no device that wrong answers blocked for good`() async throws {
        let (customers, card, letter) = try await activated()
        let bank = customers.bank
        let stale = try await bank.begin(.payment(), with: card.id).challenge
        func fail(_ times: Int) async throws {
            for _ in 0..<times {
                let payment = try await bank.begin(.payment(), with: card.id)
                #expect(try await bank.operations.submit(card.respond(to: stale), to: payment.id) == .refused)
            }
        }
        try await fail(5)
        try await open(customers, card.id, .challengeCode(letter))
        #expect(try await bank.enrolment(of: card.id).state == .active)
        await #expect(throws: VerificationError.personBlocked(bank.alice)) { _ = try await bank.begin(.payment(), with: card.id) }
        bank.clock.advance(by: 1800)
        try await fail(3)
        let blocked = try await bank.enrolment(of: card.id)
        #expect(blocked.state == .blocked && blocked.life.blockedUntil == nil, "five and three more, whatever was opened between")
        await #expect(throws: SubscriberError.refused) { try await open(customers, card.id, .challengeCode(letter)) }
        try await bank.enrolments.suspend(card.id, by: .person)
        await #expect(throws: SubscriberError.refused) { try await open(customers, card.id, .challengeCode(letter)) }
    }

    @Test func `no device approves its own return`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let bank = customers.bank
        let token = try await customers.enrolToken()
        let operation = try await bank.begin(Recovery.approval(of: .device(token.id)), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        try await bank.enrolments.suspend(token.id, by: .person)
        await #expect(throws: SubscriberError.refused) { try await open(customers, token.id, .approval(operation.id)) }
    }

    @Test func `after suspected fraud only the bank re-activates`() async throws {
        let (customers, token) = try await suspended(by: .fraud)
        let refusal = SubscriberError.enrolment(.suspendedForFraud)
        await #expect(throws: refusal) { try await customers.recovery.helpdeskCode(for: .device(token.id)) }
        await #expect(throws: refusal) { try await open(customers, token.id, .challengeCode(secret("000000"))) }
        try await customers.bank.enrolments.suspend(token.id, by: .person)
        #expect(try await customers.bank.enrolment(of: token.id).life.suspension == .fraud, "a report of loss does not lift a suspicion")
        try await customers.bank.enrolments.resume(token.id)
        #expect(try await customers.bank.enrolment(of: token.id).state == .active)
        #expect(try await customers.bank.enrolment(of: token.id).life.suspension == nil)
    }

    @Test func `what is over or in order is not re-activated`() async throws {
        let (customers, token) = try await suspended()
        let code = try await customers.recovery.helpdeskCode(for: .device(token.id))
        try await customers.bank.enrolments.revoke(token.id)
        await #expect(throws: SubscriberError.enrolment(.illegal(.reactivate, .revoked))) {
            try await open(customers, token.id, .helpdeskCode(code))
        }
        let other = try await customers.enrolToken("T-2")
        await #expect(throws: SubscriberError.enrolment(.illegal(.reactivate, .active))) {
            try await customers.recovery.helpdeskCode(for: .device(other.id))
        }
        let missing = try DeviceID("T-9")
        await #expect(throws: SubscriberError.verification(.noSuchDevice(missing))) {
            try await customers.recovery.helpdeskCode(for: .device(missing))
        }
    }

    @Test func `a person who is blocked for good comes back by the helpdesk or by another device`() async throws {
        let customers = try TestCustomers { $0.blocking = BlockingRule(limit: 1, duration: 60, triesAfterwards: 1) }
        try await customers.admitAlice()
        let bank = customers.bank
        let token = try await customers.enrolToken()
        func block() async throws {
            for _ in 0..<2 {
                bank.clock.advance(by: 90)
                await #expect(throws: SubscriberError.refused) {
                    try await customers.logIn(password: "Wrong-1x", code: token.code(at: bank.clock.now))
                }
            }
            #expect(try await customers.subscriber().isBlocked(at: bank.clock.now.addingTimeInterval(1_000_000)))
        }
        try await block()
        let code = try await customers.recovery.helpdeskCode(for: .person(customers.alice))
        try await customers.recovery.open(.person(customers.alice), with: .helpdeskCode(code))
        #expect(try await customers.notices().last == .personUnblocked)
        bank.clock.advance(by: 60)
        _ = try await customers.logIn(code: token.code(at: bank.clock.now))

        try await block()
        bank.clock.advance(by: 60)
        let operation = try await bank.begin(Recovery.approval(of: .person(customers.alice)), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        try await customers.recovery.open(.person(customers.alice), with: .approval(operation.id))
        bank.clock.advance(by: 60)
        _ = try await customers.logIn(code: token.code(at: bank.clock.now))
    }
}
