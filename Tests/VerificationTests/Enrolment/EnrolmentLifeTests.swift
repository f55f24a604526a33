import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import ScanChallenge
import Testing
import Verification

/// Dates, names, identification, accounts, replacement: FACTS of the products that hold for every enrolment.
struct EnrolmentLifeTests {
    private static let day: TimeInterval = 86_400

    @Test func `an enrolment lasts three years, and not a second longer`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let end = try #require(try await bank.enrolment(of: token.id).life.validUntil)
        #expect(Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: end).year == 2030)
        bank.clock.advance(by: end.timeIntervalSince(TestBank.start) - 1)
        _ = try await bank.begin(.login(), with: token.id)
        bank.clock.advance(by: 1)
        await #expect(throws: VerificationError.deviceNotActive(token.id, .expired)) { try await bank.begin(.login(), with: token.id) }
    }

    @Test func `an enrolment is renewed before its end, not much earlier and not after it`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let end = try #require(try await bank.enrolment(of: token.id).life.validUntil)
        let opening = end.addingTimeInterval(-60 * Self.day)
        await #expect(throws: VerificationError.enrolment(.renewalTooEarly(from: opening))) { try await bank.enrolments.renew(token.id) }
        bank.clock.advance(by: opening.timeIntervalSince(bank.clock.now))
        try await bank.enrolments.renew(token.id)
        let next = try #require(try await bank.enrolment(of: token.id).life.validUntil)
        #expect(Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: next).year == 2033)
        bank.clock.advance(by: next.timeIntervalSince(bank.clock.now))
        await #expect(throws: VerificationError.enrolment(.illegal(.renew, .expired))) { try await bank.enrolments.renew(token.id) }
    }

    @Test func `a card is renewed by another card, because its certificates name it`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        await #expect(throws: VerificationError.enrolment(.renewedAsOtherDevice)) { try await bank.enrolments.renew(card.id) }
        let next = try TestCard(authority: TestBank.root.get())
        try await bank.enrolments.enrol(
            next.id, as: .smartcard, for: bank.alice, with: .certificates(next.certificates), id: bank.enrolmentID(), isEmulated: true,
            replacing: card.id)
        let old = try await bank.enrolment(of: card.id)
        #expect(old.state == .replaced)
        #expect(old.life.successor == (try await bank.enrolment(of: next.id)).id)
    }

    @Test func `a third phone must replace one, and a second Scan the first`() async throws {
        let bank = try TestBank()
        for (product, limit) in [(ProductProfile.ID.mobile, 2), (.scan, 1)] {
            for number in 1...limit { _ = try await bank.enrolScan("\(product)-\(number)", as: product) }
            let name = try DeviceID("\(product)-1")
            let next = try TestScan(id: DeviceID("\(product)-9"), kind: product == .scan ? .scan : .mobile, issuer: bank.issuer.identity)
            let enrol = { (replaced: DeviceID?) in
                try await bank.enrolments.enrol(
                    next.id, as: product, for: bank.alice, with: .pairing(next.record, next.keys), id: bank.enrolmentID(), isEmulated: true,
                    replacing: replaced)
            }
            await #expect(throws: VerificationError.limitReached(product, limit: limit)) { try await enrol(nil) }
            _ = try await enrol(name)
            #expect(try await bank.enrolment(of: name).state == .replaced)
            #expect(try await bank.enrolment(of: next.id).state == .active)
            await #expect(throws: VerificationError.deviceNotActive(name, .replaced)) { try await bank.begin(.login(), with: name) }
        }
    }

    @Test func `nobody's device but one's own of the same product is replaced`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let scan = try TestScan(id: DeviceID("S-9"), kind: .scan, issuer: bank.issuer.identity)
        for other in [token.id, try DeviceID("S-1"), scan.id] {
            await #expect(throws: VerificationError.enrolment(.unsuitableReplacement)) {
                try await bank.enrolments.enrol(
                    scan.id, as: .scan, for: bank.alice, with: .pairing(scan.record, scan.keys), id: bank.enrolmentID(), isEmulated: true,
                    replacing: other)
            }
        }
        #expect(try await bank.enrolment(of: token.id).state == .active)
    }

    @Test func `a revoked device makes room for another one, and may be enrolled again`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan("S-1")
        try await bank.enrolments.revoke(scan.id)
        _ = try await bank.enrolScan("S-2")
        try await bank.enrolments.revoke(DeviceID("S-2"))
        let again = try await bank.enrolScan("S-1")
        #expect(try await bank.enrolment(of: again.id).state == .active)
        let all = try await bank.enrolments.enrolments(of: bank.alice)
        #expect(all.map(\.state) == [.revoked, .revoked, .active])
    }

    @Test func `a device that is past its end may be enrolled again`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        bank.clock.advance(by: 4 * 366 * Self.day)
        _ = try await bank.enrolToken()
        #expect(try await bank.enrolments.enrolments(of: bank.alice).map(\.state) == [.expired, .active])
        #expect(try await bank.enrolment(of: token.id).state == .active)
    }

    @Test(arguments: [Enrolment.State.suspended, .revoked, .replaced, .expired])
    func `what is suspended, revoked, replaced or expired answers nothing any more, not even what was asked before, Article 27`(
        _ state: Enrolment.State
    ) async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let end = try #require(try await bank.enrolment(of: scan.id).life.validUntil)
        if state == .expired { bank.clock.advance(by: end.timeIntervalSince(bank.clock.now) - 30) }
        let operation = try await bank.begin(.payment(), with: scan.id)
        let response = try scan.respond(to: try await bank.operations.presentation(of: operation.id))
        switch state {
        case .suspended: try await bank.enrolments.suspend(scan.id, by: .person)
        case .revoked: try await bank.enrolments.revoke(scan.id)
        case .replaced:
            let next = try TestScan(id: DeviceID("S-2"), kind: .scan, issuer: bank.issuer.identity)
            try await bank.enrolments.enrol(
                next.id, as: .scan, for: bank.alice, with: .pairing(next.record, next.keys), id: bank.enrolmentID(), isEmulated: true,
                replacing: scan.id)
        default: bank.clock.advance(by: 30)
        }
        let outcome = try? await bank.operations.submit(response, to: operation.id)
        #expect(outcome == nil || outcome == .refused, "\(String(describing: outcome))")
        await #expect(throws: VerificationError.deviceNotActive(scan.id, state)) { _ = try await bank.begin(.login(), with: scan.id) }
    }

    @Test func `a Token that is enrolled again accepts no code that was spent before`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let code = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(code), to: bank.begin(.login(), with: token.id).id).name == "succeeded")
        try await bank.enrolments.revoke(token.id)
        _ = try await bank.enrolToken()
        #expect(try await bank.operations.submit(.code(code), to: bank.begin(.login(), with: token.id).id) == .refused)
    }

    @Test(arguments: StoreKind.allCases)
    func `a key that comes back after another one accepts no code that was spent before`(_ kind: StoreKind) async throws {
        let other = Array("09876543210987654321".utf8)
        let place = try await kind.place()
        let bank = try TestBank(store: try await place.open())
        let token = try await bank.enrolToken()
        let code = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(code), to: bank.begin(.login(), with: token.id).id).name == "succeeded")
        try await bank.enrolments.revoke(token.id)
        let between = try await bank.enrolToken(seed: other)
        let unspent = try between.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(unspent), to: bank.begin(.login(), with: token.id).id).name == "succeeded")
        try await bank.enrolments.revoke(token.id)
        _ = try await bank.enrolToken()
        #expect(try await bank.operations.submit(.code(code), to: bank.begin(.login(), with: token.id).id) == .refused)
        // The latest of all former enrolments may be the one that spent nothing.
        try await bank.enrolments.revoke(token.id)
        _ = try await bank.enrolToken()
        #expect(try await bank.operations.submit(.code(code), to: bank.begin(.login(), with: token.id).id) == .refused)
        bank.clock.advance(by: 60)
        let next = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(next), to: bank.begin(.login(), with: token.id).id).name == "succeeded")
    }

    @Test func `a counter that comes back after another key does not go back`() async throws {
        let product = ProductProfile.ID(rawValue: "counter")
        let bank = try TestBank {
            $0.products.append(ProductProfile(id: product, kind: .token, method: .countedCode(CountedCodeParameters(digits: 6))))
        }
        let device = try DeviceID("H-1")
        func place(after seed: String, counter: UInt64) async throws -> UInt64? {
            let key = SymmetricKey(data: Array(seed.utf8))
            try await bank.enrolments.enrol(
                device, as: product, for: bank.alice, with: .countedSeed(key, counter: counter), id: bank.enrolmentID(), isEmulated: true)
            let now = try await bank.enrolment(of: device)
            try await bank.enrolments.revoke(device)
            guard case .countedCode(let codes) = now.credential else { return nil }
            return codes.next
        }
        #expect(try await place(after: "12345678901234567890", counter: 40) == 40)
        #expect(try await place(after: "09876543210987654321", counter: 0) == 0)
        #expect(try await place(after: "12345678901234567890", counter: 0) == 40)
        #expect(try await place(after: "12345678901234567890", counter: 50) == 50, "what comes along may be further on")
        #expect(try await place(after: "09876543210987654321", counter: 0) == 0)
        #expect(try await place(after: "12345678901234567890", counter: 0) == 50)
    }

    @Test func `a device has a name that the person gives it`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        try await bank.enrolments.rename(token.id, to: "  Zoé's fob  ")
        #expect(try await bank.enrolment(of: token.id).life.name == "Zoé's fob")
        for name in ["", "   ", String(repeating: "x", count: 41), "bell\u{7}", "flip\u{202E}ped", "two\nlines"] {
            await #expect(throws: VerificationError.enrolment(.unsuitableName)) { try await bank.enrolments.rename(token.id, to: name) }
        }
        #expect(try await bank.enrolment(of: token.id).life.name == "Zoé's fob")
        try await bank.enrolments.rename(token.id, to: nil)
        #expect(try await bank.enrolment(of: token.id).life.name == nil)
    }

    @Test func `an enrolment that is over keeps its name, its identification and its accounts`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let account = try #require(AccountID(rawValue: "A-1"))
        try await bank.enrolments.rename(token.id, to: "fob")
        try await bank.enrolments.identify(token.id, by: .branch)
        try await bank.enrolments.revoke(token.id)
        let before = try await bank.enrolment(of: token.id)
        let refusal = VerificationError.enrolment(.over(.revoked))
        await #expect(throws: refusal) { try await bank.enrolments.rename(token.id, to: "other") }
        await #expect(throws: refusal) { try await bank.enrolments.identify(token.id, by: .video) }
        await #expect(throws: refusal) { try await bank.enrolments.link(token.id, to: account) }
        #expect(try await bank.enrolment(of: token.id) == before)
    }

    @Test func `a branch visit or video opens every application, a certified copy the bank's own only`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for application in Application.all {
            let unknown = try await bank.enrolment(of: token.id)
            #expect(throws: EnrolmentRefusal.identificationTooWeak(nil, application.id)) {
                try unknown.admit(to: application, account: nil)
            }
        }
        for identification in Identification.allCases {
            try await bank.enrolments.identify(token.id, by: identification)
            let known = try await bank.enrolment(of: token.id)
            for application in Application.all {
                if identification == .certifiedCopy, application != .own {
                    #expect(throws: EnrolmentRefusal.identificationTooWeak(.certifiedCopy, application.id)) {
                        try known.admit(to: application, account: nil)
                    }
                } else {
                    try known.admit(to: application, account: nil)
                }
            }
        }
    }

    @Test func `a certificate opens an account only once it is linked to it`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        try await bank.enrolments.identify(card.id, by: .branch)
        let account = try #require(AccountID(rawValue: "LU280019400644750000"))
        let before = try await bank.enrolment(of: card.id)
        #expect(throws: EnrolmentRefusal.notLinked(account)) { try before.admit(to: .own, account: account) }
        try await bank.enrolments.link(card.id, to: account)
        try (try await bank.enrolment(of: card.id)).admit(to: .own, account: account)
        try await bank.enrolments.link(card.id, to: account, isLinked: false)
        let after = try await bank.enrolment(of: card.id)
        #expect(throws: EnrolmentRefusal.notLinked(account)) { try after.admit(to: .own, account: account) }
    }

    @Test func `a block is temporary first, and only more wrong answers after a warning make it last`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        func fail(_ times: Int) async throws {
            for _ in 0..<times {
                let operation = try await bank.begin(.login(), with: token.id)
                #expect(try await bank.operations.submit(.code(token.wrongCode(at: bank.clock.now)), to: operation.id) == .refused)
            }
        }
        func notices() async throws -> [Notice.Kind] {
            try await bank.store.read { (reader) throws(StoreError) in try reader.notices(of: bank.alice).map(\.kind) }
        }
        try await fail(4)
        #expect(try await notices().isEmpty)
        try await fail(1)
        let end = bank.clock.now.addingTimeInterval(1800)
        #expect(try await notices() == [.deviceBlocked(until: end, triesAfterwards: 3)])
        bank.clock.advance(by: 1799)
        await #expect(throws: VerificationError.deviceNotActive(token.id, .blocked)) { try await bank.begin(.login(), with: token.id) }
        bank.clock.advance(by: 1)
        try await fail(2)
        #expect(try await bank.enrolment(of: token.id).failures == 7, "the count goes on")
        #expect(try await notices().count == 1)
        try await fail(1)
        #expect(try await notices().last == .deviceBlockedForGood)
        bank.clock.advance(by: 365 * Self.day)
        await #expect(throws: VerificationError.deviceNotActive(token.id, .blocked)) { try await bank.begin(.login(), with: token.id) }
        try await bank.enrolments.resume(token.id)
        _ = try await bank.begin(.login(), with: token.id)
    }

    @Test func `a stricter rule does not let the sixth wrong answer in a row come before the first block`() async throws {
        let lenient = try TestBank()
        let strict = try TestBank(store: lenient.store, clock: lenient.clock, issuer: lenient.issuer, seed: 2) {
            $0.blocking = BlockingRule(limit: 3, duration: 60)
        }
        let token = try await lenient.enrolToken()
        func fail(at bank: TestBank) async throws {
            let operation = try await bank.begin(.login(), with: token.id)
            #expect(try await bank.operations.submit(.code(token.wrongCode(at: bank.clock.now)), to: operation.id) == .refused)
        }
        for _ in 0..<4 { try await fail(at: lenient) }
        try await fail(at: strict)
        #expect(try await strict.enrolment(of: token.id).state == .blocked)
        let notices = try await strict.store.read { (reader) throws(StoreError) in try reader.notices(of: strict.alice).map(\.kind) }
        #expect(notices == [.deviceBlocked(until: strict.clock.now.addingTimeInterval(60), triesAfterwards: 1)])
        strict.clock.advance(by: 60)
        try await fail(at: strict)
        let enrolment = try await strict.enrolment(of: token.id)
        #expect(enrolment.state == .blocked && enrolment.life.blockedUntil == nil, "for good")
    }

    @Test func `a right answer after a block's time forgets all wrong ones`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for _ in 0..<5 {
            let operation = try await bank.begin(.login(), with: token.id)
            _ = try await bank.operations.submit(.code(token.wrongCode(at: bank.clock.now)), to: operation.id)
        }
        bank.clock.advance(by: 1800)
        let operation = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        #expect(try await bank.enrolment(of: token.id).failures == 0)
    }

    @Test func `a rule allows no more than five consecutive failures, whatever it is told`() {
        #expect(BlockingRule(limit: 50).limit == 5)
        #expect(BlockingRule(limit: -1).limit == 1)
        let rule = BlockingRule(limit: 2, duration: 60, triesAfterwards: 1)
        let now = TestBank.start
        #expect(rule.consequence(of: 1, wasBlocked: false, at: now) == .counted)
        #expect(rule.consequence(of: 2, wasBlocked: false, at: now) == .blocked(until: now.addingTimeInterval(60), triesAfterwards: 1))
        #expect(rule.consequence(of: 3, wasBlocked: true, at: now) == .blockedForGood)
        #expect(rule.consequence(of: 3, wasBlocked: false, at: now) == .blocked(until: now.addingTimeInterval(60), triesAfterwards: 1))
        #expect(rule.consequence(of: 6, wasBlocked: false, at: now) == .blockedForGood, "no rule lets six pass")
    }
}
