import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import ScanChallenge
import Testing
import Verification

/// All three must be right, and nobody learns which was not (RTS, Article 4(3)(a)).
struct LoginTests {
    @Test func `user ID, password and code that are right open a session`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let opened = try await customers.logIn(code: token.code(at: customers.bank.clock.now))
        #expect(opened.session.subscriber == customers.alice)
        #expect(opened.evidence.device == token.id)
        #expect(opened.session.enrolment == (try await customers.bank.enrolment(of: token.id)).id)
        try await customers.sessions.goOn(with: opened.token)
    }

    @Test func `a Scan's and a card's answers log in as a Token's do`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let scan = try await customers.enrolScan()
        let card = try await customers.bank.enrolCard()
        try await customers.bank.enrolments.identify(card.id, by: .video)
        for product in [ProductProfile.ID.scan, .smartcard] {
            let attempt = try await customers.logins.begin(as: "alice", with: product, login: Login(place: "Esch", browser: "Firefox"))
            let response: Response
            if case .plain(let challenge) = attempt.presentation {
                response = try card.respond(to: challenge)
            } else {
                response = try scan.respond(to: attempt.presentation)
            }
            let opened = try await customers.logins.finish(attempt.id, as: "alice", password: secret("Pass-w0rd"), response: response)
            #expect(opened.evidence.binding == .content)
        }
    }

    @Test func `the refusal is one and the same for every reason`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let suspended = try await customers.enrolScan()
        try await customers.bank.enrolments.suspend(suspended.id)
        try await customers.subscribers.create(SubscriberID("bob"))
        let clock = customers.bank.clock
        var texts: Set<String> = []
        func attempt(_ user: String, _ password: String, _ code: String, product: ProductProfile.ID = .token, id: ChallengeID? = nil)
            async throws
        {
            let begun = try await customers.logins.begin(as: user, with: product, login: Login(place: "", browser: ""))
            do throws(SubscriberError) {
                let given: HeldSecret
                do { given = try secret(password) } catch { throw .noMemory }
                _ = try await customers.logins.finish(id ?? begun.id, as: user, password: given, response: .code(code))
                Issue.record("\(user) \(password)")
            } catch { texts.insert("\(error)|\(error.hint)|\(error == .refused)") }
        }
        let right = try token.code(at: clock.now)
        try await attempt("alice", "Wrong-1x", right)
        clock.advance(by: 60)
        try await attempt("alice", "Pass-w0rd", token.wrongCode(at: clock.now))
        try await attempt("alice", "Pass-w0rd", "")
        try await attempt("nobody", "Pass-w0rd", right)
        try await attempt("no such user", "Pass-w0rd", right)
        try await attempt("", "", "")
        try await attempt("bob", "Pass-w0rd", right)
        try await attempt("alice", "Pass-w0rd", "12345678", product: .scan)
        var generator = SystemRandomNumberGenerator()
        try await attempt("bob", "Pass-w0rd", right, id: ChallengeID(using: &generator))
        #expect(texts == ["user ID, password or code is not right|try again with care, or ask the helpdesk|true"])
    }

    @Test func `the very same request again is told that it is over, and any other is refused and counted`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let attempt = try await customers.logins.begin(as: "alice", with: .token, login: Login(place: "", browser: ""))
        let code = try token.code(at: customers.bank.clock.now)
        func finish(_ password: String, _ code: String) async throws(SubscriberError) {
            let given: HeldSecret
            do { given = try secret(password) } catch { throw .noMemory }
            _ = try await customers.logins.finish(attempt.id, as: "alice", password: given, response: .code(code))
        }
        try await finish(TestCustomers.password, code)
        for _ in 0..<6 {
            await #expect(throws: SubscriberError.verification(.ended(attempt.id, "succeeded"))) {
                try await finish(TestCustomers.password, code)
            }
        }
        #expect(try await customers.subscriber().failures == 0)
        // Who knows but one of the two learns nothing.
        await #expect(throws: SubscriberError.refused) { try await finish("Wrong-1x", code) }
        await #expect(throws: SubscriberError.refused) { try await finish(TestCustomers.password, "000000") }
        #expect(try await customers.subscriber().failures == 2)
    }

    @Test func `a login that was refused is refused again, and the device's own answer waits for who claimed it`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let card = try await customers.bank.enrolCard()
        try await customers.bank.enrolments.identify(card.id, by: .video)
        let attempt = try await customers.logins.begin(as: "alice", with: .smartcard, login: Login(place: "Esch", browser: "Firefox"))
        guard case .plain(let challenge) = attempt.presentation else { throw DeviceError(.notSupported, card.id.rawValue) }
        try await customers.bank.operations.claim(attempt.id)
        await #expect(throws: SubscriberError.refused) {
            try await customers.logins.finish(
                attempt.id, as: "alice", password: secret("Pass-w0rd"), response: .code("1"), isClaimant: false)
        }
        #expect(try await customers.bank.enrolment(of: card.id).failures == 0)
        let response = try card.respond(to: challenge)
        _ = try await customers.logins.finish(attempt.id, as: "alice", password: secret("Pass-w0rd"), response: response)

        let wrong = try await customers.logins.begin(as: "alice", with: .smartcard, login: Login(place: "Esch", browser: "Firefox"))
        for _ in 0..<2 {
            await #expect(throws: SubscriberError.refused) {
                try await customers.logins.finish(wrong.id, as: "alice", password: secret("Pass-w0rd"), response: response)
            }
        }
    }

    @Test func `neither what is known nor what is held opens anything alone, nor with what is another's, Articles 6 to 9`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let bank = customers.bank
        let bob = try SubscriberID("bob")
        try await customers.subscribers.create(bob)
        let other = TestToken(id: try DeviceID("T-2"), seed: Array(repeating: 8, count: 20))
        try await bank.enrolments.enrol(
            other.id, as: .token, for: bob, with: .seed(.init(data: other.seed)), id: bank.enrolmentID(), isEmulated: true,
            life: EnrolmentLife(identification: .branch))
        let attempts: [(String, () throws -> String)] = [
            (TestCustomers.password, { "" }), (TestCustomers.password, { try other.code(at: bank.clock.now) }),
            ("Wrong-1x", { try token.code(at: bank.clock.now) }),
        ]
        for (password, code) in attempts {
            bank.clock.advance(by: 90)
            await #expect(throws: SubscriberError.refused) { try await customers.logIn(password: password, code: code()) }
        }
        // Bob's device answers an attempt of his own, and alice's password goes with it.
        bank.clock.advance(by: 90)
        let attempt = try await customers.logins.begin(as: "bob", with: .token, login: Login(place: "", browser: ""))
        for user in ["alice", "bob"] {
            await #expect(throws: SubscriberError.refused) {
                try await customers.logins.finish(
                    attempt.id, as: user, password: secret(TestCustomers.password), response: .code(other.code(at: bank.clock.now)))
            }
        }
        #expect(try await customers.sessions.sessions(of: customers.alice).isEmpty)
        #expect(try await customers.sessions.sessions(of: bob).isEmpty)
    }

    @Test func `the initial password opens no session`() async throws {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        let initial = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        let token = try await customers.enrolToken()
        await #expect(throws: SubscriberError.refused) {
            try await customers.logIn(password: initial.reveal(), code: token.code(at: customers.bank.clock.now))
        }
    }

    @Test func `a right code beside a wrong password is spent, and the device's count stays`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let code = try token.code(at: customers.bank.clock.now)
        await #expect(throws: SubscriberError.refused) { try await customers.logIn(password: "Wrong-1x", code: code) }
        #expect(try await customers.bank.enrolment(of: token.id).failures == 0)
        #expect(try await customers.subscriber().failures == 1)
        await #expect(throws: SubscriberError.refused) { try await customers.logIn(code: code) }
        #expect(try await customers.bank.enrolment(of: token.id).failures == 1)
        #expect(try await customers.subscriber().failures == 2)
        // Nor does a right code beside a wrong password forget what was wrong before, or leave a login that succeeded.
        customers.bank.clock.advance(by: 60)
        let next = try token.code(at: customers.bank.clock.now)
        await #expect(throws: SubscriberError.refused) { try await customers.logIn(password: "Wrong-1x", code: next) }
        #expect(try await customers.bank.enrolment(of: token.id).failures == 1)
        let logins = try await customers.bank.operations.all(of: customers.alice).filter(\.challenge.content.isLogin)
        #expect(logins.map(\.outcome) == [.refused, .refused, .refused])
    }

    @Test func `a password that is changed while it is checked is a refusal`() async throws {
        let store = InterruptedStore(try SQLiteStore(inMemory: .test))
        let customers = try TestCustomers(store: store)
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let attempt = try await customers.logins.begin(as: "alice", with: .token, login: Login(place: "", browser: ""))
        let alice = customers.alice
        store.interrupt { (transaction) throws(StoreError) in
            guard let old = try transaction.subscriber(alice) else { throw .damaged("she is gone") }
            try transaction.update(Subscriber(id: alice, version: old.version))
        }
        await #expect(throws: SubscriberError.refused) {
            try await customers.logins.finish(
                attempt.id, as: "alice", password: secret("Pass-w0rd"), response: .code(token.code(at: customers.bank.clock.now)))
        }
        #expect(try await customers.sessions.sessions(of: alice).isEmpty)
    }

    @Test func `one code sent many times at once opens one session`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let code = try token.code(at: customers.bank.clock.now)
        let opened = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? await customers.logIn(code: code)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(opened == 1)
        #expect(try await customers.sessions.sessions(of: customers.alice).count == 1)
    }

    @Test func `five wrong passwords block the person, whatever the device, and no new attempt resets the count`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let tokens = [try await customers.enrolToken("T-1"), try await customers.enrolToken("T-2")]
        let clock = customers.bank.clock
        for count in 1...5 {
            clock.advance(by: 60)
            await #expect(throws: SubscriberError.refused) {
                try await customers.logIn(password: "Wrong-1x", code: tokens[count % 2].code(at: clock.now))
            }
            #expect(try await customers.subscriber().failures == count)
        }
        let end = clock.now.addingTimeInterval(1800)
        #expect(try await customers.notices().last == .personBlocked(until: end, triesAfterwards: 3))
        clock.advance(by: 60)
        await #expect(throws: SubscriberError.refused) { try await customers.logIn(code: tokens[0].code(at: clock.now)) }
        #expect(try await customers.subscriber().failures == 5, "while blocked nothing counts")
        clock.advance(by: 1800)
        _ = try await customers.logIn(code: tokens[0].code(at: clock.now))
        #expect(try await customers.subscriber().failures == 0)
    }

    @Test func `three more wrong ones after the block's time block for good, after a warning`() async throws {
        let customers = try TestCustomers { $0.blocking = BlockingRule(limit: 1, duration: 60, triesAfterwards: 2) }
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let clock = customers.bank.clock
        for _ in 0..<3 {
            clock.advance(by: 120)
            await #expect(throws: SubscriberError.refused) {
                try await customers.logIn(password: "Wrong-1x", code: token.code(at: clock.now))
            }
        }
        let kinds = try await customers.notices().filter {
            switch $0 {
            case .personBlocked, .personBlockedForGood: true
            default: false
            }
        }
        #expect(kinds.count == 2 && kinds.last == .personBlockedForGood)
        clock.advance(by: 1_000_000)
        await #expect(throws: SubscriberError.refused) { try await customers.logIn(code: token.code(at: clock.now)) }
    }

    @Test func `an unknown user is shown what a known one is, and the visible part is the same every time`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        _ = try await customers.enrolScan()
        func shown(_ user: String) async throws -> [String] {
            var texts: [String] = []
            for _ in 0..<2 {
                let attempt = try await customers.logins.begin(
                    as: user, with: .scan, login: Login(place: "Luxembourg", browser: "Firefox"))
                guard case .sealed(let text) = attempt.presentation else { continue }
                texts.append(text)
            }
            return texts
        }
        let known = try await shown("alice")
        let unknown = try await shown("nobody")
        #expect(known.count == 2 && unknown.count == 2)
        #expect(Set((known + unknown).map(\.count)).count == 1, "all have the same length")
        #expect(Set(known + unknown).count == 4)
        // Version and key id are the first nine bytes, in six characters of Base45 for each four.
        let visible = { (text: String) in String(text.prefix(4 + 12)) }
        #expect(Set(known.map(visible)).count == 1 && Set(unknown.map(visible)).count == 1)
        #expect(visible(known[0]) != visible(unknown[0]))
        #expect(try await visible(shown("somebody")[0]) != visible(unknown[0]))
    }

    @Test func `an unknown user costs a commit, too`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let before = try await customers.bank.store.read { (reader) throws(StoreError) in try reader.strangers() }
        await #expect(throws: SubscriberError.refused) { try await customers.logIn("nobody", code: "000000") }
        let after = try await customers.bank.store.read { (reader) throws(StoreError) in try reader.strangers() }
        #expect(after == before + 2, "one when the attempt began, one when it ended")
    }

    @Test func `who is logged in and may not open an application or account is told so`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.bank.enrolToken()
        try await customers.bank.enrolments.identify(token.id, by: .certifiedCopy)
        let clock = customers.bank.clock
        await #expect(throws: SubscriberError.enrolment(.identificationTooWeak(.certifiedCopy, "business"))) {
            try await customers.logIn(code: token.code(at: clock.now), application: .business)
        }
        clock.advance(by: 60)
        let account = try #require(AccountID(rawValue: "LU280019400644750000"))
        await #expect(throws: SubscriberError.enrolment(.notLinked(account))) {
            try await customers.logIn(code: token.code(at: clock.now), account: account)
        }
        #expect(try await customers.sessions.sessions(of: customers.alice).isEmpty)
        try await customers.bank.enrolments.link(token.id, to: account)
        clock.advance(by: 60)
        #expect(try await customers.logIn(code: token.code(at: clock.now), account: account).session.account == account)
    }

    @Test func `what was asked for another purpose ends no login, and stays to be answered`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let (bank, scan) = (customers.bank, try await customers.enrolScan())
        let change = try await bank.operations.changeSecretImage(
            to: SecretImageChange(image: "boat"), for: customers.alice, with: scan.id, idempotencyKey: "change")
        let other = try await bank.begin(.login(), with: scan.id)
        for asked in [change, other] {
            let response = try scan.respond(to: try await bank.operations.presentation(of: asked.id))
            await #expect(throws: SubscriberError.refused) {
                try await customers.logins.finish(
                    asked.id, as: "alice", password: secret(TestCustomers.password), response: response)
            }
            #expect(try await customers.sessions.sessions(of: customers.alice).isEmpty)
            #expect(try await bank.operations.submit(response, to: asked.id).name == "succeeded")
        }
    }

    @Test func `a product whose end of life has passed logs nobody in`() async throws {
        let customers = try TestCustomers { $0.admittedAfterEndOfLife = [] }
        await #expect(throws: SubscriberError.self) {
            try await customers.logins.begin(as: "alice", with: .token, login: Login(place: "", browser: ""))
        }
    }
}
