import Crypto
import DeviceProtocol
import Foundation
import Testing
import Verification

/// A session ends after five minutes without activity, and at once when its device is suspended (RTS, Article 4(3)(d)).
struct SessionTests {
    /// Alice, logged in with a Token.
    private func loggedIn() async throws -> (TestCustomers, TestToken, Logins.Opened) {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        return (customers, token, try await customers.logIn(code: token.code(at: customers.bank.clock.now)))
    }

    @Test func `a session ends after five minutes without activity`() async throws {
        let (customers, _, opened) = try await loggedIn()
        for _ in 0..<5 {
            customers.bank.clock.advance(by: 299)
            let session = try await customers.sessions.goOn(with: opened.token)
            #expect(session.subscriber == customers.alice && session.application == "own")
        }
        #expect(try await customers.sessions.sessions(of: customers.alice).count == 1)
        customers.bank.clock.advance(by: 300)
        #expect(try await customers.sessions.sessions(of: customers.alice).isEmpty)
        await #expect(throws: SubscriberError.sessionOver) { try await customers.sessions.goOn(with: opened.token) }
        customers.bank.clock.advance(by: -200)
        await #expect(throws: SubscriberError.sessionOver) { try await customers.sessions.goOn(with: opened.token) }
    }

    @Test func `a clock that runs backwards gives a session no more time`() async throws {
        let (customers, _, opened) = try await loggedIn()
        let last = customers.bank.clock.now
        customers.bank.clock.advance(by: -100)
        #expect(try await customers.sessions.goOn(with: opened.token).lastActive == last)
    }

    @Test func `a session is over when the person logs out, and logging out twice is no error`() async throws {
        let (customers, _, opened) = try await loggedIn()
        try await customers.sessions.end(opened.token)
        try await customers.sessions.end(opened.token)
        await #expect(throws: SubscriberError.sessionOver) { try await customers.sessions.goOn(with: opened.token) }
    }

    @Test func `nobody goes on with a token that was never given out`() async throws {
        let (customers, _, _) = try await loggedIn()
        let forged = try #require(SessionToken(text: String(repeating: "ab", count: 32)))
        await #expect(throws: SubscriberError.sessionOver) { try await customers.sessions.goOn(with: forged) }
    }

    @Test(arguments: ["suspend", "revoke", "replace"])
    func `a session ends at once when its device is suspended, revoked or replaced, and others go on`(_ end: String) async throws {
        let (customers, token, opened) = try await loggedIn()
        let other = try await customers.enrolToken("T-2")
        customers.bank.clock.advance(by: 60)
        let second = try await logInWith(other, customers)
        switch end {
        case "suspend": try await customers.bank.enrolments.suspend(token.id, by: .person)
        case "revoke": try await customers.bank.enrolments.revoke(token.id)
        default:
            try await customers.bank.enrolments.enrol(
                DeviceID("T-3"), as: .token, for: customers.alice, with: .seed(.init(size: .bits256)), id: customers.bank.enrolmentID(),
                isEmulated: true, replacing: token.id)
        }
        await #expect(throws: SubscriberError.sessionOver) { try await customers.sessions.goOn(with: opened.token) }
        try await customers.sessions.goOn(with: second.token)
    }

    @Test func `a stranger who guesses codes until the device is blocked does not end the person's session`() async throws {
        let (customers, token, opened) = try await loggedIn()
        let clock = customers.bank.clock
        for _ in 0..<5 {
            await #expect(throws: SubscriberError.refused) {
                try await customers.logIn(password: "Wrong-1x", code: token.wrongCode(at: clock.now))
            }
        }
        #expect(try await customers.bank.enrolment(of: token.id).state == .blocked)
        try await customers.sessions.goOn(with: opened.token)
    }

    @Test func `for suspected fraud all sessions and waiting operations end at once`() async throws {
        let (customers, token, opened) = try await loggedIn()
        let bank = customers.bank
        let other = try await customers.enrolToken("T-2")
        let card = try await bank.enrolCard()
        bank.clock.advance(by: 60)
        let second = try await logInWith(other, customers)
        let waiting = try await bank.begin(.payment(), with: other.id)
        let working = try await bank.begin(.payment(), with: card.id)
        try await bank.operations.claim(working.id)
        try await bank.enrolments.suspend(token.id, by: .fraud)
        for gone in [opened, second] {
            await #expect(throws: SubscriberError.sessionOver) { try await customers.sessions.goOn(with: gone.token) }
        }
        #expect(try await bank.operations.operation(waiting.id).outcome == .cancelled(nil))
        #expect(try await bank.operations.operation(working.id).outcome == .indeterminate)
        #expect(try await bank.enrolment(of: token.id).life.suspension == .fraud)
        #expect(try await customers.notices().last == .deviceSuspended(.fraud))
    }

    @Test(arguments: [SuspensionReason.person, .bank])
    func `what waits for a suspended device ends, and is not answered after it is back`(_ reason: SuspensionReason) async throws {
        let bank = try TestBank()
        let (scan, card) = (try await bank.enrolScan(), try await bank.enrolCard())
        let waiting = try await bank.begin(.payment(), with: scan.id)
        let answer = try scan.respond(to: try await bank.operations.presentation(of: waiting.id))
        let elsewhere = try await bank.begin(.payment(), with: card.id)
        try await bank.enrolments.suspend(scan.id, by: reason)
        try await bank.enrolments.resume(scan.id)
        await #expect(throws: VerificationError.ended(waiting.id, "cancelled")) {
            _ = try await bank.operations.submit(answer, to: waiting.id)
        }
        #expect(try await bank.operations.submit(card.respond(to: elsewhere.challenge), to: elsewhere.id).name == "succeeded")
    }

    /// Logs in with the second of alice's Tokens: by its name.
    private func logInWith(_ token: TestToken, _ customers: TestCustomers) async throws -> Logins.Opened {
        try await customers.bank.enrolments.rename(token.id, to: token.id.rawValue)
        let attempt = try await customers.logins.begin(
            as: "alice", with: .token, named: token.id.rawValue, login: Login(place: "", browser: ""))
        return try await customers.logins.finish(
            attempt.id, as: "alice", password: secret(TestCustomers.password), response: .code(token.code(at: customers.bank.clock.now)))
    }
}
