import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Testing
import Verification

/// Devices from the order to the first use, step by step.
struct ActivationTests {
    private static let questions = [("First school?", "Brill"), ("First pet?", "Zoe"), ("Street?", "Alzette")]

    private func questions() throws -> Activations.Proof {
        .securityQuestions(try Self.questions.map { (text: $0.0, answer: try secret($0.1)) })
    }

    private func order(
        _ product: ProductProfile.ID, _ customers: TestCustomers, serial: DeviceID? = nil
    ) async throws -> Activations.Ordered {
        try await customers.activations.order(
            product, for: customers.alice, serial: serial, activationCode: secret("4711A"), identification: .branch,
            accounts: [#require(AccountID(rawValue: "LU280019400644750000"))])
    }

    /// The device answers what its activation asks.
    private func approve(_ id: EnrolmentID, _ customers: TestCustomers, _ answer: (Presentation) throws -> Response) async throws
        -> Activations.Proof
    {
        let asked = try await customers.activations.approval(of: id)
        let operation = try await customers.bank.begin(asked.content, with: asked.device)
        let response = try answer(try await customers.bank.operations.presentation(of: operation.id))
        #expect(try await customers.bank.operations.submit(response, to: operation.id).name == "succeeded")
        return .approval(operation.id)
    }

    @Test func `a Scan is activated by code, keys, serial, operation, both passwords, questions and a last operation`() async throws {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        let initial = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: customers.bank.issuer.identity)
        let ordered = try await order(.scan, customers, serial: scan.id)
        let id = ordered.order.id
        #expect(ordered.challengeCode.reveal().count == 6)
        let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
        #expect(try await prove(.activationCode(secret("4711A"))) == .keys)
        try await customers.activations.register(scan.id, for: id, with: .pairing(scan.record, scan.keys), isEmulated: true)
        #expect(try await customers.bank.enrolment(of: scan.id).state == .ordered)
        await #expect(throws: VerificationError.deviceNotActive(scan.id, .ordered)) {
            try await customers.bank.begin(.login(), with: scan.id)
        }
        #expect(try await prove(.serialNumber("S-1")) == .approval)
        #expect(try await prove(approve(id, customers) { try scan.respond(to: $0) }) == .initialPassword)
        #expect(try await prove(.initialPassword(initial)) == .newPassword)
        #expect(try await prove(.newPassword(secret("Pass-w0rd"))) == .securityQuestions)
        #expect(try await prove(questions()) == .lastApproval)
        #expect(try await customers.bank.enrolment(of: scan.id).state == .ordered)
        #expect(try await prove(approve(id, customers) { try scan.respond(to: $0) }) == nil)

        let enrolment = try await customers.bank.enrolment(of: scan.id)
        #expect(enrolment.state == .active && enrolment.id == id)
        #expect(enrolment.life.identification == .branch && enrolment.life.accounts.count == 1)
        let end = try #require(enrolment.life.validUntil)
        #expect(Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: end).year == 2030)
        #expect(try await customers.notices().last == .deviceActivated)
        #expect(try await customers.activations.state(of: id).order.record.state == .active)
        let attempt = try await customers.logins.begin(as: "alice", with: .scan, login: Login(place: "", browser: ""))
        _ = try await customers.logins.finish(
            attempt.id, as: "alice", password: secret("Pass-w0rd"), response: scan.respond(to: attempt.presentation),
            account: AccountID(rawValue: "LU280019400644750000"))
    }

    @Test func `a card or stick is activated by its certificates, the challenge code and an approval`() async throws {
        for product in [ProductProfile.ID.smartcard, .stick] {
            let customers = try TestCustomers()
            try await customers.admitAlice()
            let card = try TestCard(authority: TestBank.root.get())
            let ordered = try await customers.activations.order(product, for: customers.alice, identification: .video)
            let id = ordered.order.id
            try await customers.activations.register(card.id, for: id, with: .certificates(card.certificates), isEmulated: true)
            let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
            await #expect(throws: SubscriberError.enrolment(.wrongProof)) { try await prove(.challengeCode(secret("00000"))) }
            #expect(try await prove(.challengeCode(ordered.challengeCode)) == .approval)
            let approval = try await approve(id, customers) { presentation in
                guard case .plain(let challenge) = presentation else { throw DeviceError(.notSupported, "card") }
                return try card.respond(to: challenge)
            }
            #expect(try await prove(approval) == nil)
            #expect(try await customers.bank.enrolment(of: card.id).state == .active)

            // The same six digits bring it back later.
            try await customers.bank.enrolments.suspend(card.id, by: .person)
            await #expect(throws: SubscriberError.refused) {
                try await customers.recovery.open(.device(card.id), with: .challengeCode(secret("12345")))
            }
            try await customers.recovery.open(.device(card.id), with: .challengeCode(ordered.challengeCode))
            #expect(try await customers.bank.enrolment(of: card.id).state == .active)
        }
    }

    @Test func `who has a password is not asked for another, and a third phone replaces one when it is active`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        try await customers.subscribers.setQuestions(
            of: customers.alice, to: Self.questions.map { (text: $0.0, answer: try secret($0.1)) })
        let old = try await customers.enrolScan("M-1", as: .mobile)
        _ = try await customers.enrolScan("M-2", as: .mobile)
        let phone = try TestScan(id: DeviceID("M-3"), kind: .mobile, issuer: customers.bank.issuer.identity)
        let id = try await order(.mobile, customers).order.id
        let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
        #expect(try await prove(.activationCode(secret("4711A"))) == .keys)
        let pairing = Enrolments.Registration.pairing(phone.record, phone.keys)
        await #expect(throws: SubscriberError.verification(.limitReached(.mobile, limit: 2))) {
            try await customers.activations.register(phone.id, for: id, with: pairing, isEmulated: true)
        }
        try await customers.activations.register(phone.id, for: id, with: pairing, isEmulated: true, replacing: old.id)
        #expect(try await customers.bank.enrolment(of: old.id).state == .active, "the old one works until the new one does")
        #expect(try await prove(.deviceName("Alice's phone")) == .approval)
        #expect(try await prove(approve(id, customers) { try phone.respond(to: $0) }) == nil)
        #expect(try await customers.bank.enrolment(of: old.id).state == .replaced)
        #expect(try await customers.bank.enrolment(of: phone.id).life.name == "Alice's phone")
    }

    @Test func `a phone is activated alone by the document's last five characters, keys, name, questions, both passwords and an operation`()
        async throws
    {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        let initial = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        let phone = try TestScan(id: DeviceID("M-1"), kind: .mobile, issuer: customers.bank.issuer.identity)
        let id = try await order(.mobile, customers).order.id
        let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
        #expect(try await prove(.activationCode(secret("4711A"))) == .keys)
        try await customers.activations.register(phone.id, for: id, with: .pairing(phone.record, phone.keys), isEmulated: true)
        #expect(try await prove(.deviceName("Alice's phone")) == .securityQuestions)
        #expect(try await prove(questions()) == .initialPassword)
        #expect(try await prove(.initialPassword(initial)) == .newPassword)
        #expect(try await prove(.newPassword(secret("Pass-w0rd"))) == .approval)
        #expect(try await prove(approve(id, customers) { try phone.respond(to: $0) }) == nil)
        #expect(try await customers.bank.enrolment(of: phone.id).state == .active)
    }

    @Test func `a device that was delivered answers nothing but its own activation before it is active, Article 25`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: customers.bank.issuer.identity)
        let id = try await order(.scan, customers).order.id
        try await customers.activations.prove(.activationCode(secret("4711A")), for: id)
        try await customers.activations.register(scan.id, for: id, with: .pairing(scan.record, scan.keys), isEmulated: true)
        let others = [
            try Challenge.Content.login(), try .payment(), try .beneficiary(), try Subscribers.approvalOfPassword(for: customers.alice),
            try Recovery.approval(of: .person(customers.alice)), try .activation(Activation(product: "scan", device: "S-2")),
        ]
        for content in others {
            await #expect(throws: VerificationError.deviceNotActive(scan.id, .ordered)) {
                _ = try await customers.bank.begin(content, with: scan.id)
            }
        }
        await #expect(throws: SubscriberError.refused) {
            let attempt = try await customers.logins.begin(as: "alice", with: .scan, login: Login(place: "", browser: ""))
            _ = try await customers.logins.finish(
                attempt.id, as: "alice", password: secret(TestCustomers.password), response: .code("12345678"))
        }
    }

    @Test func `a phone is activated with a Scan that approves it in place of the activation code, once`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let bank = customers.bank
        let scan = try await customers.enrolScan()
        let id = try await order(.mobile, customers).order.id
        let operation = try await bank.begin(customers.activations.introduction(of: id), with: scan.id)
        let proof = Activations.Proof.otherDevice(operation.id)
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await customers.activations.prove(proof, for: id) }
        let presentation = try await bank.operations.presentation(of: operation.id)
        #expect(try await bank.operations.submit(scan.respond(to: presentation), to: operation.id).name == "succeeded")
        let other = try await order(.mobile, customers).order.id
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await customers.activations.prove(proof, for: other) }
        #expect(try await customers.activations.prove(proof, for: id) == .keys)
    }

    @Test func `a Token is activated as a Scan is, without QR codes`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = TestToken(id: try DeviceID("T-1"), seed: Array(repeating: 3, count: 20))
        let id = try await order(.token, customers, serial: token.id).order.id
        let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
        #expect(try await prove(.activationCode(secret("4711A"))) == .serialNumber)
        #expect(try await prove(.serialNumber("T-1")) == .keys)
        try await customers.activations.register(
            token.id, for: id, with: .seed(SymmetricKey(data: token.seed)), isEmulated: true)
        let clock = customers.bank.clock
        #expect(try await prove(approve(id, customers) { _ in .code(try token.code(at: clock.now)) }) == .securityQuestions)
        #expect(try await prove(questions()) == nil)
        #expect(try await customers.bank.enrolment(of: token.id).state == .active)
    }

    @Test func `the initial password works once`() async throws {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        let initial = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        let clock = customers.bank.clock
        for (number, works) in [(1, true), (2, false)] {
            let token = TestToken(id: try DeviceID("T-\(number)"), seed: Array(repeating: UInt8(number), count: 20))
            let id = try await order(.token, customers).order.id
            let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
            _ = try await prove(.activationCode(secret("4711A")))
            _ = try await prove(.serialNumber("T-\(number)"))
            try await customers.activations.register(
                token.id, for: id, with: .seed(SymmetricKey(data: token.seed)), isEmulated: true)
            _ = try await prove(approve(id, customers) { _ in .code(try token.code(at: clock.now)) })
            if works {
                #expect(try await prove(.initialPassword(initial)) == .newPassword)
                await #expect(throws: SubscriberError.enrolment(.outOfTurn(expected: .newPassword, given: .initialPassword))) {
                    try await prove(.initialPassword(initial))
                }
                await #expect(throws: SubscriberError.unsuitablePassword([.tooShort(minimum: 6)])) {
                    try await prove(.newPassword(secret("aB3+x")))
                }
            } else {
                await #expect(throws: SubscriberError.enrolment(.wrongProof)) { try await prove(.initialPassword(initial)) }
            }
        }
    }

    @Test func `an order that is not activated within 60 days is expired, and its device may be ordered again`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: customers.bank.issuer.identity)
        let id = try await order(.scan, customers, serial: scan.id).order.id
        #expect(try await customers.activations.prove(.activationCode(secret("4711A")), for: id) == .keys)
        try await customers.activations.register(scan.id, for: id, with: .pairing(scan.record, scan.keys), isEmulated: true)
        let clock = customers.bank.clock
        clock.advance(by: 60 * 86_400 - 1)
        #expect(try await customers.activations.state(of: id).next == .serialNumber)
        clock.advance(by: 1)
        await #expect(throws: SubscriberError.enrolment(.activationOver(since: TestBank.start.addingTimeInterval(60 * 86_400)))) {
            try await customers.activations.prove(.serialNumber("S-1"), for: id)
        }
        #expect(try await customers.activations.state(of: id).order.record.state == .expired)
        _ = try await customers.enrolScan("S-1")
        #expect(try await customers.bank.enrolments.enrolments(of: customers.alice).map(\.state).suffix(2) == [.expired, .active])
    }

    @Test func `steps come in their order, and a wrong one counts until the order is closed, then over`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let id = try await order(.token, customers).order.id
        let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
        await #expect(throws: SubscriberError.enrolment(.outOfTurn(expected: .activationCode, given: .serialNumber))) {
            try await prove(.serialNumber("T-1"))
        }
        for _ in 0..<5 {
            await #expect(throws: SubscriberError.enrolment(.wrongProof)) { try await prove(.activationCode(secret("wrong"))) }
        }
        let end = customers.bank.clock.now.addingTimeInterval(1800)
        await #expect(throws: SubscriberError.enrolment(.closed(until: end))) { try await prove(.activationCode(secret("4711A"))) }
        customers.bank.clock.advance(by: 1800)
        for _ in 0..<3 {
            await #expect(throws: SubscriberError.enrolment(.wrongProof)) { try await prove(.activationCode(secret("wrong"))) }
        }
        await #expect(throws: SubscriberError.enrolment(.illegal(.activate, .revoked))) {
            try await prove(.activationCode(secret("4711A")))
        }
        #expect(try await customers.notices().last == .deviceRevoked)
    }

    @Test func `a device whose activation is answered wrongly five times is revoked`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: customers.bank.issuer.identity)
        let id = try await order(.scan, customers).order.id
        try await customers.activations.prove(.activationCode(secret("4711A")), for: id)
        try await customers.activations.register(scan.id, for: id, with: .pairing(scan.record, scan.keys), isEmulated: true)
        let asked = try await customers.activations.approval(of: id)
        for _ in 0..<5 {
            let operation = try await customers.bank.begin(asked.content, with: scan.id)
            _ = try await customers.bank.operations.presentation(of: operation.id)
            #expect(try await customers.bank.operations.submit(.code("00000000"), to: operation.id) == .refused)
        }
        #expect(try await customers.bank.enrolment(of: scan.id).state == .revoked)
    }

    @Test func `an order that was activated stays so after 60 days, and is not cancelled`() async throws {
        let (customers, id, scan) = try await activatedScan()
        let rows = try await AuditLog(store: customers.bank.store).rows().count
        await #expect(throws: SubscriberError.enrolment(.illegal(.revoke, .active))) { try await customers.activations.cancel(id) }
        customers.bank.clock.advance(by: 60 * 86_400)
        #expect(try await customers.activations.state(of: id).order.record.state == .active)
        #expect(try await customers.activations.orders(of: customers.alice).map(\.record.state) == [.active])
        await #expect(throws: SubscriberError.enrolment(.illegal(.revoke, .active))) { try await customers.activations.cancel(id) }
        #expect(try await customers.bank.enrolment(of: scan.id).state == .active)
        #expect(try await AuditLog(store: customers.bank.store).rows().count == rows)
    }

    /// Alice, the order of a Scan, and the Scan, in use.
    private func activatedScan() async throws -> (TestCustomers, EnrolmentID, TestScan) {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let (id, scan) = try await scanBeforeApproval(customers)
        try await customers.activations.prove(approve(id, customers) { try scan.respond(to: $0) }, for: id)
        try await customers.activations.prove(questions(), for: id)
        try await customers.activations.prove(approve(id, customers) { try scan.respond(to: $0) }, for: id)
        return (customers, id, scan)
    }

    /// A Scan that is to approve its activation next.
    private func scanBeforeApproval(_ customers: TestCustomers) async throws -> (EnrolmentID, TestScan) {
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: customers.bank.issuer.identity)
        let id = try await order(.scan, customers, serial: scan.id).order.id
        try await customers.activations.prove(.activationCode(secret("4711A")), for: id)
        try await customers.activations.register(scan.id, for: id, with: .pairing(scan.record, scan.keys), isEmulated: true)
        #expect(try await customers.activations.prove(.serialNumber("S-1"), for: id) == .approval)
        return (id, scan)
    }

    @Test func `an approval is good for an activation for ten minutes`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let (id, scan) = try await scanBeforeApproval(customers)
        let late = try await approve(id, customers) { try scan.respond(to: $0) }
        customers.bank.clock.advance(by: 600)
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await customers.activations.prove(late, for: id) }
        let soon = try await approve(id, customers) { try scan.respond(to: $0) }
        customers.bank.clock.advance(by: 599)
        #expect(try await customers.activations.prove(soon, for: id) != .approval)
    }

    @Test func `an order whose device was revoked by wrong answers is cancelled all the same, and the log tells`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let (id, scan) = try await scanBeforeApproval(customers)
        let asked = try await customers.activations.approval(of: id)
        for _ in 0..<5 {
            let operation = try await customers.bank.begin(asked.content, with: asked.device)
            _ = try await customers.bank.operations.submit(.code("0"), to: operation.id)
        }
        #expect(try await customers.bank.enrolment(of: scan.id).state == .revoked)
        try await customers.activations.cancel(id)
        #expect(try await customers.activations.state(of: id).order.record.state == .revoked)
        let last = try #require(try await AuditLog(store: customers.bank.store).rows().last)
        #expect(last.kind == .revoked && last.detail == "order cancelled")
    }

    @Test func `an order is cancelled once; another device and an unknown order are refused`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = TestToken(id: try DeviceID("T-1"), seed: Array(repeating: 3, count: 20))
        let id = try await order(.scan, customers, serial: DeviceID("S-1")).order.id
        let other = try TestScan(id: DeviceID("S-2"), kind: .scan, issuer: customers.bank.issuer.identity)
        let sent = try DeviceID("S-1")
        await #expect(throws: SubscriberError.verification(.otherSerial(other.id, of: sent))) {
            try await customers.activations.send(SentDevice(other.record, isEmulated: true), for: id)
        }
        try await customers.activations.prove(.activationCode(secret("4711A")), for: id)
        await #expect(throws: SubscriberError.enrolment(.wrongProof)) {
            try await customers.activations.register(other.id, for: id, with: .pairing(other.record, other.keys), isEmulated: true)
        }
        await #expect(throws: SubscriberError.verification(.wrongRegistration(.scan))) {
            try await customers.activations.register(
                token.id, for: id, with: .seed(SymmetricKey(data: token.seed)), isEmulated: true)
        }
        try await customers.activations.cancel(id)
        await #expect(throws: SubscriberError.enrolment(.illegal(.revoke, .revoked))) { try await customers.activations.cancel(id) }
        var generator = SystemRandomNumberGenerator()
        let missing = EnrolmentID(using: &generator)
        await #expect(throws: SubscriberError.enrolment(.noSuchOrder(missing))) { try await customers.activations.cancel(missing) }
        await #expect(throws: SubscriberError.enrolment(.unsuitableActivationCode)) {
            try await customers.activations.order(.scan, for: customers.alice, activationCode: secret("four"), identification: .branch)
        }
        await #expect(throws: SubscriberError.noSuchSubscriber(try SubscriberID("bob"))) {
            try await customers.activations.order(.smartcard, for: SubscriberID("bob"), identification: .branch)
        }
    }
}
