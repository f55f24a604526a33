import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import Testing

@testable import Verification

/// Whoever is refused learns nothing: not from the words, not from what is shown, not from the work that is done (RTS, Article 4(3)(a)).
struct RefusalTests {
    /// Why a login is refused.
    enum Reason: String, CaseIterable, Sendable {
        case unknownUser, absurdUser, noPassword, wrongPassword, wrongCode, codeOfAnotherShape, spentCode, blockedPerson
        case blockedDevice, suspendedDevice, suspendedForFraud, expiredDevice, revokedDevice, orderedDevice, noDevice, unknownName
        case unknownAttempt, everythingWrong
    }

    /// What somebody who is refused can see, and what it cost.
    struct Seen: Hashable {
        let value: SubscriberError
        let text: String
        let presentation: Int
        let commits: Int
        let hashes: Int
    }

    /// A bank with alice and her device, in which one thing is wrong.
    private struct Bench {
        let customers: TestCustomers
        let store: CountingStore
        let hasher = SecretHasher()
        let product: ProductProfile.ID

        init(_ product: ProductProfile.ID) throws {
            store = CountingStore(try SQLiteStore(inMemory: .test))
            self.product = product
            customers = try TestCustomers(store: store, hasher: hasher)
        }

        /// How a device of alice's answers.
        func enrol() async throws -> (id: DeviceID, answer: @Sendable (Presentation) throws -> Response) {
            let clock = customers.bank.clock
            switch product {
            case .scan:
                let scan = try await customers.enrolScan()
                return (scan.id, { try scan.respond(to: $0) })
            case .smartcard:
                let card = try await customers.bank.enrolCard()
                try await customers.bank.enrolments.identify(card.id, by: .branch)
                return (
                    card.id,
                    { presentation in
                        guard case .plain(let challenge) = presentation else { throw DeviceError(.notSupported, "no challenge") }
                        return try card.respond(to: challenge)
                    }
                )
            default:
                let token = try await customers.enrolToken()
                return (token.id, { _ in .code(try token.code(at: clock.now)) })
            }
        }

        func refuse(_ reason: Reason) async throws -> Seen {
            let bank = customers.bank
            var (user, password) = (customers.alice.rawValue, TestCustomers.password)
            var name: String?
            if reason == .noPassword {
                try await customers.subscribers.create(customers.alice)
            } else {
                try await customers.admitAlice()
            }
            let answer: @Sendable (Presentation) throws -> Response
            if reason == .noDevice {
                answer = { _ in .code("123456") }
            } else {
                let device = try await enrol()
                answer = device.answer
                switch reason {
                case .blockedDevice:
                    for _ in 0..<5 {
                        let operation = try await bank.begin(.login(), with: device.id)
                        let wrong: Response = product == .smartcard ? .signature([1], certificates: []) : .code("x")
                        #expect(try await bank.operations.submit(wrong, to: operation.id) == .refused)
                    }
                case .suspendedDevice: try await bank.enrolments.suspend(device.id)
                case .suspendedForFraud: try await bank.enrolments.suspend(device.id, by: .fraud)
                case .expiredDevice: bank.clock.advance(by: 4 * 366 * 86_400)
                case .revokedDevice: try await bank.enrolments.revoke(device.id)
                default: break
                }
            }
            switch reason {
            case .blockedPerson:
                for _ in 0..<5 {
                    await #expect(throws: SubscriberError.refused) {
                        try await customers.recovery.open(.person(customers.alice), with: .helpdeskCode(secret("0")))
                    }
                }
            case .unknownUser: user = "nobody"
            case .absurdUser: user = "\u{202E}" + String(repeating: "ab ", count: 50_000)
            case .wrongPassword, .everythingWrong: password = "Wrong-1x"
            case .unknownName: name = "the other phone"
            case .orderedDevice:
                for enrolment in try await bank.enrolments.enrolments(of: customers.alice) where enrolment.state == .active {
                    try await bank.enrolments.revoke(enrolment.device)
                }
                _ = try await customers.activations.order(
                    product, for: customers.alice, activationCode: product == .smartcard ? nil : secret("4711A"), identification: .branch)
            default: break
            }
            let (commits, hashes) = (store.commits, hasher.begun)
            let attempt = try await customers.logins.begin(as: user, with: product, named: name, login: Login(place: "", browser: ""))
            var response = (try? answer(attempt.presentation)) ?? .code("12345678")
            switch reason {
            case .wrongCode, .everythingWrong:
                response = product == .smartcard ? .signature([1], certificates: []) : .code("00000000")
            case .codeOfAnotherShape: response = product == .smartcard ? .code("1") : .signature([1], certificates: [[2]])
            case .spentCode:
                _ = try await customers.logins.finish(attempt.id, as: user, password: secret(password), response: response)
                return try await again(response, named: name)
            default: break
            }
            var id = attempt.id
            if reason == .unknownAttempt {
                var generator = SystemRandomNumberGenerator()
                id = ChallengeID(using: &generator)
            }
            let error = try await refusal(id, user, password, response)
            return Seen(
                value: error, text: Self.text(error), presentation: Self.size(attempt.presentation), commits: store.commits - commits,
                hashes: hasher.begun - hashes)
        }

        /// The same answer once more, to another attempt; to the same one it is the same request, which is told that it is over.
        private func again(_ response: Response, named name: String?) async throws -> Seen {
            let before = (commits: store.commits, hashes: hasher.begun)
            let user = customers.alice.rawValue
            let attempt = try await customers.logins.begin(as: user, with: product, named: name, login: Login(place: "", browser: ""))
            let error = try await refusal(attempt.id, user, TestCustomers.password, response)
            return Seen(
                value: error, text: Self.text(error), presentation: Self.size(attempt.presentation),
                commits: store.commits - before.commits, hashes: hasher.begun - before.hashes)
        }

        private func refusal(_ id: ChallengeID, _ user: String, _ password: String, _ response: Response) async throws -> SubscriberError {
            let given = try secret(password)
            do throws(SubscriberError) {
                _ = try await customers.logins.finish(id, as: user, password: given, response: response)
            } catch { return error }
            Issue.record("not refused")
            return .busy
        }

        private static func text(_ error: SubscriberError) -> String { "\(error)|\(error.hint)|\(String(reflecting: error))" }

        private static func size(_ presentation: Presentation) -> Int {
            switch presentation {
            case .nothing: 0
            case .plain(let challenge): challenge.der.count
            case .sealed(let text): text.count
            }
        }
    }

    @Test(arguments: [ProductProfile.ID.token, .scan, .smartcard])
    func `whatever was wrong, the refusal has the same value, text and size, one hash and two commits`(_ product: ProductProfile.ID)
        async throws
    {
        var seen: [Seen: [Reason]] = [:]
        for reason in Reason.allCases { seen[try await Bench(product).refuse(reason), default: []].append(reason) }
        #expect(seen.count == 1, "\(seen.map { "\($0.key): \($0.value)" }.joined(separator: "\n"))")
        let one = try #require(seen.keys.first)
        #expect(one.value == .refused && one.commits == 2 && one.hashes == 1)
        #expect(one.text.hasPrefix("user ID, password or code is not right|try again with care, or ask the helpdesk|"))
    }

    @Test func `whatever was wrong with an answer, its outcome has the same value, text and JSON`() async throws {
        let encoder = JSONEncoder()
        var seen: Set<[String]> = []
        for reason in ["wrong", "blocked", "expired", "revoked"] {
            let bank = try TestBank()
            let token = try await bank.enrolToken()
            if reason == "expired" {
                let end = try #require(try await bank.enrolment(of: token.id).life.validUntil)
                bank.clock.advance(by: end.timeIntervalSince(bank.clock.now) - 60)
            }
            let operation = try await bank.begin(.login(), with: token.id, timeToLive: 86_400)
            switch reason {
            case "revoked": try await bank.enrolments.revoke(token.id)
            case "expired": bank.clock.advance(by: 90)
            case "blocked":
                for _ in 0..<5 {
                    let other = try await bank.begin(.login(), with: token.id)
                    _ = try await bank.operations.submit(.code("x"), to: other.id)
                }
            default: break
            }
            let response: Response =
                switch reason {
                case "wrong": .code(try token.wrongCode(at: bank.clock.now))
                default: .code(try token.code(at: bank.clock.now))
                }
            let outcome = try await bank.operations.submit(response, to: operation.id)
            seen.insert(["\(outcome)", outcome.name, String(decoding: try encoder.encode(outcome), as: UTF8.self)])
        }
        #expect(seen == [["refused", "refused", #"{"refused":{}}"#]])
    }

    @Test func `what is seen of a Scan stays the same when it is blocked, suspended, over, or asked for by another name`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let scan = try await customers.enrolScan()
        func seen(_ user: String = "alice", named name: String? = nil) async throws -> String {
            let attempt = try await customers.logins.begin(as: user, with: .scan, named: name, login: Login(place: "", browser: ""))
            guard case .sealed(let text) = attempt.presentation else { return "" }
            // Version and key id are the first nine bytes: six characters of Base45 for each four.
            return String(text.prefix(4 + 12))
        }
        let usual = try await seen()
        #expect(try await seen(named: "another") == usual)
        for change in [SuspensionReason.person, .fraud] {
            try await customers.bank.enrolments.suspend(scan.id, by: change)
            #expect(try await seen() == usual)
        }
        try await customers.bank.enrolments.resume(scan.id)
        for _ in 0..<5 {
            let operation = try await customers.bank.begin(.login(), with: scan.id)
            _ = try await customers.bank.operations.submit(.code("0"), to: operation.id)
        }
        #expect(try await customers.bank.enrolment(of: scan.id).state == .blocked)
        #expect(try await seen() == usual)
        try await customers.bank.enrolments.revoke(scan.id)
        #expect(try await seen() == usual)
        #expect(try await seen("nobody") == seen("nobody", named: "another"))
    }

    @Test func `what is seen of a phone stays the same when strangers block it, and its owner has another one`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let phones = [try await customers.enrolScan("M-1", as: .mobile), try await customers.enrolScan("M-2", as: .mobile)]
        func begin(named name: String? = nil) async throws -> (id: ChallengeID, key: String) {
            let attempt = try await customers.logins.begin(as: "alice", with: .mobile, named: name, login: Login(place: "", browser: ""))
            guard case .sealed(let text) = attempt.presentation else { return (attempt.id, "") }
            return (attempt.id, String(text.prefix(4 + 12)))
        }
        let usual = try await begin().key
        for _ in 0..<5 {
            let attempt = try await begin()
            await #expect(throws: SubscriberError.refused) {
                try await customers.logins.finish(attempt.id, as: "alice", password: secret("Wr0ng-one"), response: .code("00000000"))
            }
        }
        #expect(try await customers.bank.enrolment(of: phones[0].id).state == .blocked)
        #expect(try await begin().key == usual)
        // The other one is asked by its name, and by itself once the owner has said that the first one is gone.
        try await customers.bank.enrolments.rename(phones[1].id, to: "Spare")
        let spare = try await begin(named: "Spare").key
        #expect(spare != usual)
        try await customers.bank.enrolments.suspend(phones[0].id, by: .person)
        #expect(try await begin().key == spare)
    }

    @Test func `a password that costs less than today's takes one hash when the code is wrong, and is raised once the login succeeded`()
        async throws
    {
        let cheap = SecretHasher()
        let customers = try TestCustomers(hasher: cheap)
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let dear = SecretHasher(cost: try #require(ScryptCost(logN: 16)))
        let bank = customers.bank
        let subscribers = Subscribers(store: bank.store, hasher: dear, policy: bank.policy, now: { bank.clock.now })
        let logins = Logins(of: subscribers, by: bank.operations, decoyKey: .init(size: .bits256))
        for (isRight, hashes) in [(false, 1), (true, 2), (true, 1)] {
            bank.clock.advance(by: 90)
            let before = dear.begun
            let attempt = try await logins.begin(as: "alice", with: .token, login: Login(place: "", browser: ""))
            let code = isRight ? try token.code(at: bank.clock.now) : try token.wrongCode(at: bank.clock.now)
            let opened = try? await logins.finish(
                attempt.id, as: "alice", password: secret(TestCustomers.password), response: .code(code))
            #expect((opened != nil) == isRight)
            #expect(dear.begun - before == hashes)
        }
        #expect(try await customers.subscriber().record.password?.cost == dear.cost)
    }
}
