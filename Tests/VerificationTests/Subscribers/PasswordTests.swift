import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import ScanChallenge
import Testing

@testable import Verification

/// Passwords: the first one, the next ones, a forgotten one.
struct PasswordTests {
    @Test func `a user ID is one customer's`() async throws {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        await #expect(throws: SubscriberError.alreadyExists(customers.alice)) { try await customers.subscribers.create(customers.alice) }
        #expect(try await customers.subscriber().record.password == nil)
        #expect(try await customers.subscribers.subscriber(SubscriberID("bob")) == nil)
    }

    @Test func `a password is changed by who knows the old one, and the new one keeps the rule`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let before = try await customers.subscriber().record.password
        await #expect(throws: SubscriberError.unsuitablePassword([.missing(.special)])) {
            try await customers.subscribers.changePassword(of: customers.alice, from: secret("Pass-w0rd"), to: secret("Passw0rd"))
        }
        await #expect(throws: SubscriberError.unsuitablePassword([.unchanged])) {
            try await customers.subscribers.changePassword(of: customers.alice, from: secret("Pass-w0rd"), to: secret("Pass-w0rd"))
        }
        #expect(try await customers.subscriber().record.password == before)
        try await customers.subscribers.changePassword(of: customers.alice, from: secret("Pass-w0rd"), to: secret("N3u+Wort"))
        #expect(try await customers.subscribers.check(secret("N3u+Wort"), of: "alice").isRight)
        #expect(try await !customers.subscribers.check(secret("Pass-w0rd"), of: "alice").isRight)
        #expect(try await customers.notices().last == .passwordChanged)
    }

    @Test func `a wrong old password is a refusal, counts, and says nothing of the new one`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        await #expect(throws: SubscriberError.refused) {
            try await customers.subscribers.changePassword(of: customers.alice, from: secret("Wrong-1x"), to: secret("short"))
        }
        #expect(try await customers.subscriber().failures == 1)
    }

    @Test func `a forgotten password is replaced by a device's code, once, soon, and for that person`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let bank = customers.bank
        let token = try await customers.enrolToken()
        let login = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: login.id).name == "succeeded")
        let reset = { (id: ChallengeID) in
            try await customers.subscribers.resetPassword(of: customers.alice, to: secret("N3u+Wort"), approvedBy: id)
        }
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await reset(login.id) }

        bank.clock.advance(by: 60)
        let operation = try await bank.begin(Subscribers.approvalOfPassword(for: customers.alice), with: token.id)
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await reset(operation.id) }
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        try await customers.subscribers.create(SubscriberID("bob"))
        await #expect(throws: SubscriberError.enrolment(.notApproved)) {
            try await customers.subscribers.resetPassword(of: SubscriberID("bob"), to: secret("N3u+Wort"), approvedBy: operation.id)
        }
        try await reset(operation.id)
        #expect(try await customers.subscribers.check(secret("N3u+Wort"), of: "alice").isRight)
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await reset(operation.id) }

        bank.clock.advance(by: 60)
        let late = try await bank.begin(Subscribers.approvalOfPassword(for: customers.alice), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: late.id).name == "succeeded")
        bank.clock.advance(by: 600)
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await reset(late.id) }
    }

    @Test func `an initial password can be sent again, and the former one dies`() async throws {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        let first = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        let second = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        let stored = try #require(try await customers.subscriber().record.initialPassword)
        #expect(stored.matches(first.bytes) == false)
        #expect(stored.matches(second.bytes) == true)
        #expect(try await !customers.subscribers.check(second, of: "alice").isRight, "it opens nothing but an activation")
        #expect(try await customers.notices() == [.initialPasswordSent, .initialPasswordSent])
        let numbered = try await customers.subscribers.notices(after: 0)
        #expect(numbered.map(\.notice.kind) == [.initialPasswordSent, .initialPasswordSent])
        #expect(try await customers.subscribers.notices(after: numbered[0].number) == [numbered[1]])
        #expect(try await customers.subscribers.notices(after: 0, limit: 1) == [numbered[0]])
        await #expect(throws: SubscriberError.noSuchSubscriber(try SubscriberID("bob"))) {
            try await customers.subscribers.sendInitialPassword(to: SubscriberID("bob"))
        }
    }

    @Test func `who has chosen a password is sent no initial one, and nothing is written or told`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let (rows, notices) = (try await AuditLog(store: customers.bank.store).rows(), try await customers.notices())
        await #expect(throws: SubscriberError.hasPassword(customers.alice)) {
            try await customers.subscribers.sendInitialPassword(to: customers.alice)
        }
        #expect(try await customers.subscriber().record.initialPassword == nil)
        #expect(try await AuditLog(store: customers.bank.store).rows() == rows)
        #expect(try await customers.notices() == notices)
    }

    @Test func `a hash is made anew when its cost has risen, at the next login`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let dearer = try #require(ScryptCost(logN: 16))
        let subscribers = Subscribers(
            store: customers.bank.store, hasher: SecretHasher(cost: dearer), policy: customers.bank.policy,
            now: { [clock = customers.bank.clock] in clock.now })
        let logins = Logins(of: subscribers, by: customers.bank.operations, decoyKey: .init(size: .bits256))
        func logIn(_ password: String) async throws {
            let attempt = try await logins.begin(as: "alice", with: .token, login: Login(place: "", browser: ""))
            _ = try await logins.finish(
                attempt.id, as: "alice", password: secret(password), response: .code(token.code(at: customers.bank.clock.now)))
        }
        await #expect(throws: SubscriberError.refused) { try await logIn("Wrong-1x") }
        #expect(try await customers.subscriber().record.password?.cost == .standard)
        customers.bank.clock.advance(by: 60)
        try await logIn(TestCustomers.password)
        #expect(try await customers.subscriber().record.password?.cost == dearer)
        customers.bank.clock.advance(by: 60)
        try await logIn(TestCustomers.password)
        #expect(try await customers.subscriber().record.password?.cost == dearer)
    }

    @Test func `a backup is switched on by who knows the password, and a wrong one counts`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let bank = customers.bank
        let phone = try TestScan(id: DeviceID("M-1"), kind: .mobile, issuer: bank.issuer.identity)
        let key = Curve25519.Signing.PrivateKey().publicKey
        try await bank.enrolments.enrol(
            phone.id, as: .mobile, for: customers.alice,
            with: .phone(phone.record, phone.keys, AnswerKey(.ed25519, publicKey: Array(key.rawRepresentation))), id: bank.enrolmentID(),
            isEmulated: true)
        func switchOn(_ password: String) async throws -> RestoreTicket {
            var generator = SystemRandomNumberGenerator()
            try await customers.subscribers.confirm(secret(password), of: customers.alice)
            return try await bank.enrolments.switchOnBackup(of: phone.id, using: &generator)
        }
        for count in 1...4 {
            await #expect(throws: SubscriberError.refused) { try await switchOn("Wrong-1x") }
            #expect(try await customers.subscriber().failures == count)
        }
        #expect(try await switchOn(TestCustomers.password).device == phone.id)
        #expect(try await customers.subscriber().failures == 4, "no login has forgotten them")
        await #expect(throws: SubscriberError.refused) { try await switchOn("Wrong-1x") }
        await #expect(throws: SubscriberError.refused, "blocked") { try await switchOn(TestCustomers.password) }
        await #expect(throws: SubscriberError.refused) {
            try await customers.subscribers.confirm(secret(TestCustomers.password), of: SubscriberID("nobody"))
        }
    }

    @Test func `answers to questions are compared however they are typed, and a wrong one counts`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let questions = [("First school?", "École du Brill"), ("First pet?", "Zoé"), ("Street?", "rue de l'Alzette 7")]
        try await customers.subscribers.setQuestions(
            of: customers.alice, to: questions.map { (text: $0.0, answer: try secret($0.1)) })
        #expect(try await customers.subscriber().record.questions.map(\.text) == questions.map(\.0))
        try await customers.subscribers.checkAnswers(
            of: customers.alice, [secret(" ecole  du brill"), secret("ZOE"), secret("Rue de l’Alzette, 7")])
        for wrong in [["ecole du brill", "zoe", "rue"], ["ecole du brill", "zoe"], [], ["zoe", "ecole du brill", "rue de l alzette 7"]] {
            await #expect(throws: SubscriberError.refused) {
                try await customers.subscribers.checkAnswers(of: customers.alice, wrong.map { try secret($0) })
            }
        }
        #expect(try await customers.subscriber().failures == 4)
        await #expect(throws: SubscriberError.refused) {
            try await customers.subscribers.checkAnswers(of: SubscriberID("nobody"), [secret("zoe")])
        }
    }

    @Test func `right answers help nobody who is blocked`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let questions = [("First school?", "brill"), ("First pet?", "zoe"), ("Street?", "alzette")]
        try await customers.subscribers.setQuestions(
            of: customers.alice, to: questions.map { (text: $0.0, answer: try secret($0.1)) })
        let answers = try questions.map { try secret($0.1) }
        try await customers.subscribers.checkAnswers(of: customers.alice, answers)
        for _ in 0..<5 {
            await #expect(throws: SubscriberError.refused) {
                try await customers.subscribers.confirm(secret("Wrong-1x"), of: customers.alice)
            }
        }
        #expect(try await customers.subscriber().isBlocked(at: customers.bank.clock.now))
        await #expect(throws: SubscriberError.refused) {
            try await customers.subscribers.checkAnswers(of: customers.alice, answers)
        }
        customers.bank.clock.advance(by: 30 * 60)
        try await customers.subscribers.checkAnswers(of: customers.alice, answers)
    }

    @Test func `questions are three or more, different, and have answers`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        for questions in [
            [("a?", "one"), ("b?", "two")], [("a?", "one"), ("a?", "two"), ("c?", "three")],
            [("a?", "one"), ("b?", " ? "), ("c?", "three")],
            [("", "one"), ("b?", "two"), ("c?", "three")],
        ] {
            await #expect(throws: SubscriberError.unsuitableQuestions) {
                try await customers.subscribers.setQuestions(
                    of: customers.alice, to: questions.map { (text: $0.0, answer: try secret($0.1)) })
            }
        }
    }

    @Test func `nothing of a password is in what the store keeps`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("store.sqlite")
        do {
            let customers = try TestCustomers(store: SQLiteStore(at: path, mark: .test))
            try await customers.subscribers.create(customers.alice)
            let initial = try await customers.subscribers.sendInitialPassword(to: customers.alice)
            try await customers.setPassword("Zw0lf+Elf")
            // Nothing is sealed there: the customer's name is found.
            #expect(try !folder.files(with: "alice").isEmpty)
            #expect(try folder.files(with: "Zw0lf+Elf").isEmpty)
            #expect(try folder.files(with: initial.reveal()).isEmpty)
        }
    }

    @Test func `one of several signatures replaces no password`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let bank = customers.bank
        let token = try await customers.enrolToken()
        let operation = try await bank.operations.begin(
            Subscribers.approvalOfPassword(for: customers.alice), for: customers.alice, with: token.id, idempotencyKey: "signed",
            role: SignerRole(rule: "R-7", role: "Accountant", number: 1, of: 2))
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        await #expect(throws: SubscriberError.enrolment(.notApproved)) {
            try await customers.subscribers.resetPassword(of: customers.alice, to: secret("N3u+Wort"), approvedBy: operation.id)
        }
    }
}
