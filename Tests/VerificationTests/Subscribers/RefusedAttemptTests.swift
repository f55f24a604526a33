import DeviceProtocol
import Foundation
import Testing

@testable import Verification

/// Each attempt that is refused leaves one row of it in the audit log, and a stranger's name is in none.
struct RefusedAttemptTests {
    private func rows(_ customers: TestCustomers) async throws -> [AuditRow] {
        try await AuditLog(store: customers.bank.store).rows(limit: 10_000).filter { $0.kind == .refused }
    }

    /// The rows that a refusal adds.
    private func added(_ customers: TestCustomers, by attempt: () async throws -> Void) async throws -> [AuditRow] {
        let before = try await rows(customers).count
        var isRefused = false
        do { try await attempt() } catch { isRefused = true }
        #expect(isRefused)
        return Array(try await rows(customers).dropFirst(before))
    }

    @Test func `a wrong password, answer or code leaves one row of the person, also when they are blocked`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let (alice, subscribers) = (customers.alice, customers.subscribers)
        for count in [1, 4, 5] {
            let passwords = try await added(customers) { try await subscribers.confirm(secret("Wrong-1x"), of: alice) }
            #expect(passwords.map(\.person?.subscriber) == [alice.rawValue])
            #expect(passwords.map(\.detail) == ["password, failures of the person \(count)"])
            let others: [(String, () async throws -> Void)] = [
                ("new password", { try await subscribers.changePassword(of: alice, from: secret("Wrong-1x"), to: secret("N3u+Wort")) }),
                ("answers", { try await subscribers.checkAnswers(of: alice, [secret("zoe")]) }),
                ("helpdesk code", { try await customers.recovery.open(.person(alice), with: .helpdeskCode(secret("12345678"))) }),
            ]
            for (name, attempt) in count == 1 ? others.dropLast() : count == 5 ? others[...] : [] {
                let found = try await added(customers, by: attempt)
                #expect(
                    found.count == 1 && found[0].person?.subscriber == alice.rawValue && found[0].detail.hasPrefix("\(name), failures"),
                    "\(found)")
            }
        }
        var generator = SystemRandomNumberGenerator()
        let approval = ChallengeID(using: &generator)
        let found = try await added(customers) { try await customers.recovery.open(.person(alice), with: .approval(approval)) }
        #expect(found.map(\.detail) == ["approval, failures of the person 5"])
    }

    @Test func `a stranger leaves one row without a name`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let nobody = try SubscriberID("nobody")
        let attempts: [(String, () async throws -> Void)] = [
            ("new password", { try await customers.subscribers.changePassword(of: nobody, from: secret("a"), to: secret("N3u+Wort")) }),
            ("password", { try await customers.subscribers.confirm(secret("a"), of: nobody) }),
            ("answers", { try await customers.subscribers.checkAnswers(of: nobody, [secret("a")]) }),
            ("login", { try await customers.logIn("nobody", code: "123456") }),
        ]
        for (name, attempt) in attempts {
            let found = try await added(customers, by: attempt)
            #expect(found.map(\.detail) == ["\(name), nobody known"])
            #expect(found.allSatisfy { $0.reference == nil && $0.person == nil && $0.operation == nil })
        }
    }

    @Test func `a refused login leaves one row, whether a device answered, none was asked, or the code was spent`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let decoy = try await added(customers) { try await customers.logIn(code: "123456") }
        #expect(decoy.map(\.detail) == ["login, failures of the person 1"])
        let token = try await customers.enrolToken()
        let clock = customers.bank.clock
        let wrong = try await added(customers) { try await customers.logIn(code: token.wrongCode(at: clock.now)) }
        #expect(wrong.map(\.person?.device) == [token.id.rawValue])
        clock.advance(by: 60)
        let attempt = try await customers.logins.begin(as: "alice", with: .token, login: Login(place: "", browser: ""))
        let code = try token.code(at: clock.now)
        func finish() async throws {
            _ = try await customers.logins.finish(
                attempt.id, as: "alice", password: secret(TestCustomers.password), response: .code(code))
        }
        try await finish()
        let again = try await added(customers) { try await finish() }
        #expect(again.map(\.operation) == [Array(attempt.id.bytes)] && again.map(\.detail) == ["again, succeeded before"])
        let direct = try await added(customers) { _ = try await customers.bank.operations.submit(.code(code), to: attempt.id) }
        #expect(direct.map(\.detail) == ["again, succeeded before"])
    }

    @Test func `who logs in rightly and is not admitted leaves a row of that behind the answer's, which names no account`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.bank.enrolToken()
        let (clock, account) = (customers.bank.clock, try #require(AccountID(rawValue: "LU280019400644750000")))
        func logIn() async throws {
            clock.advance(by: 60)
            _ = try await customers.logIn(code: token.code(at: clock.now), account: account)
        }
        let unknown = try await added(customers, by: logIn)
        #expect(unknown.map(\.detail) == ["not admitted: identification"])
        try await customers.bank.enrolments.identify(token.id, by: .branch)
        let unlinked = try await added(customers, by: logIn)
        #expect(unlinked.map(\.detail) == ["not admitted: account"])
        #expect(unlinked.map(\.person?.device) == [token.id.rawValue])
        let log = try await AuditLog(store: customers.bank.store).rows()
        #expect(log.suffix(2).map(\.kind) == [.accepted, .refused] && log.suffix(2).first?.operation == unlinked.first?.operation)
        #expect(try await customers.sessions.sessions(of: customers.alice).isEmpty)
        #expect(try await customers.subscriber().failures == 0)
    }

    @Test func `a wrong proof of an activation leaves one row`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let ordered = try await customers.activations.order(
            .mobile, for: customers.alice, activationCode: secret("4711A"), identification: .branch)
        let found = try await added(customers) {
            try await customers.activations.prove(.activationCode(secret("4711B")), for: ordered.order.id)
        }
        #expect(found.map(\.person?.subscriber) == [customers.alice.rawValue])
        #expect(found.map(\.detail) == ["activation activationCode, failures of the order 1"])
    }
}
