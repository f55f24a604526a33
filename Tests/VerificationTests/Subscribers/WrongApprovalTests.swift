import DeviceProtocol
import Foundation
import Testing
import Verification

/// Wrong answers to operations count against the person as well, whose devices are counted together.
struct WrongApprovalTests {
    private let customers: TestCustomers
    private let token: TestToken
    private let scan: TestScan

    private var bank: TestBank { customers.bank }

    init() async throws {
        customers = try TestCustomers()
        try await customers.admitAlice()
        token = try await customers.enrolToken()
        scan = try await customers.enrolScan()
    }

    /// Answers wrongly with the Token, and then with the Scan.
    private func fail(token times: Int = 0, scan others: Int = 0, to content: Challenge.Content? = nil) async throws {
        for device in Array(repeating: token.id, count: times) + Array(repeating: scan.id, count: others) {
            let operation = try await bank.begin(content ?? .payment(), with: device)
            let wrong = device == token.id ? try token.wrongCode(at: bank.clock.now) : "00000000"
            #expect(try await bank.operations.submit(.code(wrong), to: operation.id) == .refused)
        }
    }

    /// What alice was told of blocks of her own.
    private func blocks() async throws -> [Notice.Kind] {
        try await customers.notices().filter {
            switch $0 {
            case .personBlocked, .personBlockedForGood: true
            default: false
            }
        }
    }

    private func answer(_ content: Challenge.Content) async throws -> Verification.Operation {
        bank.clock.advance(by: 30)
        let operation = try await bank.begin(content, with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        return operation
    }

    @Test func `five wrong answers to operations block the person, whatever the device, Article 4`() async throws {
        try await fail(token: 3, scan: 1)
        #expect(try await blocks().isEmpty)
        try await fail(scan: 1)
        let end = bank.clock.now.addingTimeInterval(1800)
        #expect(try await blocks() == [.personBlocked(until: end, triesAfterwards: 3)])
        for device in [token.id, scan.id] {
            #expect(try await bank.enrolment(of: device).state == .active, "neither has had five")
            await #expect(throws: VerificationError.personBlocked(bank.alice)) { _ = try await bank.begin(.payment(), with: device) }
        }
        await #expect(throws: SubscriberError.refused) { _ = try await customers.logIn(code: token.code(at: bank.clock.now)) }
        let blocked = try await customers.subscriber()
        #expect(blocked.isBlocked(at: bank.clock.now) && blocked.blockedUntil(at: bank.clock.now) == end && blocked.failures == 5)
        bank.clock.advance(by: 1800)
        _ = try await answer(.login())
        #expect(try await customers.subscriber().failures == 0, "a right answer forgets the wrong ones")
    }

    @Test func `three more wrong answers after the block's time block the person for good`() async throws {
        try await fail(token: 3, scan: 2)
        bank.clock.advance(by: 1800)
        try await fail(token: 1, scan: 1)
        #expect(try await blocks().count == 1)
        try await fail(scan: 1)
        #expect(try await blocks().last == .personBlockedForGood)
        bank.clock.advance(by: 365 * 86_400)
        await #expect(throws: VerificationError.personBlocked(bank.alice)) { _ = try await bank.begin(.payment(), with: token.id) }
    }

    @Test func `a blocked person's other device opens them again`() async throws {
        try await fail(token: 1, scan: 4)
        let operation = try await answer(Recovery.approval(of: .person(bank.alice)))
        try await customers.recovery.open(.person(bank.alice), with: .approval(operation.id))
        #expect(try await customers.subscriber().failures == 0)
        _ = try await bank.begin(.login(), with: token.id)
    }

    @Test func `where the bank opens a device again, its person may approve again as well`() async throws {
        try await fail(token: 5)
        try await bank.enrolments.resume(token.id)
        _ = try await answer(.login())
        #expect(try await customers.subscriber().failures == 0)
    }

    @Test func `where a helpdesk's code opens a device again, its person may approve again as well`() async throws {
        try await fail(scan: 5)
        let code = try await customers.recovery.helpdeskCode(for: .device(scan.id))
        try await customers.recovery.open(.device(scan.id), with: .helpdeskCode(code))
        _ = try await answer(.login())
    }

    @Test func `what waits for a blocked person's answer ends, but for what opens them again`() async throws {
        let payment = try await bank.begin(.payment(), with: scan.id)
        let way = try await bank.begin(Recovery.approval(of: .person(bank.alice)), with: scan.id)
        try await fail(token: 5)
        #expect(try await bank.operations.operation(payment.id).outcome?.name == "cancelled")
        #expect(try await bank.operations.operation(way.id).outcome == nil)
    }

    @Test func `no new operation and no right answer of another device forgets wrong ones`() async throws {
        try await fail(scan: 2)
        _ = try await answer(.login())
        #expect(try await customers.subscriber().failures == 2)
    }

    @Test func `what strangers can answer wrongly ends nothing that is open`() async throws {
        let payment = try await bank.begin(.payment(), with: token.id)
        for _ in 0..<5 {
            await #expect(throws: SubscriberError.refused) {
                _ = try await customers.logIn(password: "Wr0ng-one", code: token.code(at: bank.clock.now))
            }
        }
        #expect(try await customers.subscriber().isBlocked(at: bank.clock.now))
        try await fail(scan: 2, to: .login())
        try await fail(scan: 3, to: Subscribers.approvalOfPassword(for: bank.alice))
        #expect(try await bank.enrolment(of: scan.id).state == .blocked)
        #expect(try await !customers.subscriber().isBlockedFromApproving(at: bank.clock.now))
        #expect(try await bank.operations.operation(payment.id).outcome == nil)
        _ = try await bank.begin(.payment(), with: token.id)
    }

    @Test func `a blocked person is asked nothing but what opens them again`() async throws {
        try await fail(token: 1, scan: 4)
        let ways = try [Recovery.approval(of: .person(bank.alice)), Recovery.approval(of: .device(scan.id))]
        for content in ways { _ = try await bank.begin(content, with: token.id) }
        let others = try [
            Challenge.Content.login(), .payment(), .beneficiary(), Subscribers.approvalOfPassword(for: bank.alice),
            Recovery.approval(of: .person(SubscriberID("bob"))),
        ]
        for content in others {
            await #expect(throws: VerificationError.personBlocked(bank.alice)) { _ = try await bank.begin(content, with: token.id) }
        }
    }

    @Test func `who knows the password alone does not forget wrong answers to operations`() async throws {
        try await fail(token: 2, scan: 2)
        try await customers.subscribers.changePassword(
            of: bank.alice, from: secret(TestCustomers.password), to: secret("Other-w0rd"))
        #expect(try await customers.subscriber().failures == 4)
    }
}
