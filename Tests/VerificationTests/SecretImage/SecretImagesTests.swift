import Crypto
import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import Verification

/// The secret image: chosen among nine at the first use of a chip device, the same for every application, changed after authenticating.
@Suite struct SecretImagesTests {
    private static let names = (1...80).map { "picture \($0)" }

    private struct Bench {
        let customers: TestCustomers
        let set: SecretImageSet
        let images: SecretImages
        let logins: Logins

        init() async throws {
            customers = try TestCustomers()
            try await customers.admitAlice()
            set = try SecretImageSet(SecretImagesTests.names, decoyKey: SymmetricKey(data: [UInt8](repeating: 5, count: 32)))
            logins = Logins(
                of: customers.subscribers, by: customers.bank.operations, decoyKey: SymmetricKey(data: [UInt8](repeating: 7, count: 32)),
                pictures: set)
            images = SecretImages(
                store: customers.bank.store, set: set, policy: customers.bank.policy, now: { [customers] in customers.bank.clock.now })
        }

        /// A login by a Scan of hers for the change to one picture.
        func approve(_ name: String) async throws -> ChallengeID {
            let bank = customers.bank
            let scan = try await bank.enrolScan("M-\(UUID().uuidString)", as: .mobile)
            let begun = try await bank.operations.changeSecretImage(
                to: SecretImageChange(image: name), for: bank.alice, with: scan.id, idempotencyKey: UUID().uuidString)
            let presentation = try await bank.operations.presentation(of: begun.id)
            #expect(try await bank.operations.submit(scan.respond(to: presentation), to: begun.id).name == "succeeded")
            return begun.id
        }

        /// A session that alice's card, or her Scan, opened.
        func session(of product: ProductProfile.ID) async throws -> SessionToken {
            customers.bank.clock.advance(by: 60)
            let attempt: (Login) async throws -> Logins.Attempt = {
                try await customers.logins.begin(as: "alice", with: product, login: $0)
            }
            let response: Response
            let id: ChallengeID
            if product == .smartcard {
                let card = try await customers.bank.enrolCard()
                try await customers.bank.enrolments.identify(card.id, by: .branch)
                let begun = try await attempt(Login(place: "", browser: ""))
                guard case .plain(let challenge) = begun.presentation else { throw DeviceError(.notSupported, "no challenge") }
                (id, response) = (begun.id, try card.respond(to: challenge))
            } else {
                let scan = try await customers.enrolScan()
                let begun = try await attempt(Login(place: "", browser: ""))
                (id, response) = (begun.id, try scan.respond(to: begun.presentation))
            }
            return try await customers.logins.finish(id, as: "alice", password: secret(TestCustomers.password), response: response).token
        }
    }

    @Test func `who has chosen is shown that picture, whatever device or application asks`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let offer = try await bench.images.offer(in: token)
        #expect(offer.count == 9 && Set(offer).count == 9)
        try await bench.images.choose(offer[4], in: token)
        #expect(try await bench.images.picture(for: "alice") == offer[4])
        #expect(try await bench.customers.notices().last == .secretImageChosen)
    }

    @Test func `the nine stay the same until one is chosen`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let offer = try await bench.images.offer(in: token)
        for _ in 0..<5 { #expect(try await bench.images.offer(in: token) == offer) }
        try await bench.images.choose(offer[0], in: token)
        let next = try await bench.images.offer(in: token)
        #expect(next != offer && !next.contains(offer[0]) && next.count == 9)
    }

    @Test func `only one of the nine can be chosen, and only once`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let early = SubscriberError.secretImage(.notOffered)
        await #expect(throws: early) { try await bench.images.choose("picture 1", in: token) }
        let offer = try await bench.images.offer(in: token)
        let other = try #require(Self.names.first { !offer.contains($0) })
        for name in [other, "", "no picture"] { await #expect(throws: early) { try await bench.images.choose(name, in: token) } }
        #expect(try await bench.images.picture(for: "alice") == bench.set.decoy(for: "alice"))
        try await bench.images.choose(offer[8], in: token)
        await #expect(throws: early) { try await bench.images.choose(offer[7], in: token) }
        #expect(try await bench.images.picture(for: "alice") == offer[8])
    }

    @Test func `a Scan, which shows no secret image, chooses no first one, and may change it`() async throws {
        let bench = try await Bench()
        let scan = try await bench.session(of: .scan)
        let refusal = SubscriberError.secretImage(.notWithThisDevice)
        await #expect(throws: refusal) { try await bench.images.offer(in: scan) }
        await #expect(throws: refusal) { try await bench.images.choose("picture 1", in: scan) }
        let card = try await bench.session(of: .smartcard)
        try await bench.images.choose(try #require(bench.images.offer(in: card).first), in: card)
        let second = try #require(try await bench.images.offer(in: scan).last)
        let approved = try await bench.approve(second)
        try await bench.images.choose(second, in: scan, approvedBy: approved)
        #expect(try await bench.images.picture(for: "alice") == second)
    }

    @Test func `another picture is chosen after a login that names it, once`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let first = try await bench.images.offer(in: token)[0]
        try await bench.images.choose(first, in: token)
        let offer = try await bench.images.offer(in: token)
        let refusal = SubscriberError.secretImage(.notApproved)
        await #expect(throws: refusal) { try await bench.images.choose(offer[0], in: token) }
        let approved = try await bench.approve(offer[0])
        await #expect(throws: refusal) { try await bench.images.choose(offer[1], in: token, approvedBy: approved) }
        #expect(try await bench.images.picture(for: "alice") == first)
        try await bench.images.choose(offer[0], in: token, approvedBy: approved)
        #expect(try await bench.images.picture(for: "alice") == offer[0])
        let back = try await bench.images.offer(in: token)[0]
        await #expect(throws: refusal) { try await bench.images.choose(back, in: token, approvedBy: approved) }
        let late = try await bench.approve(back)
        for _ in 0..<3 {
            bench.customers.bank.clock.advance(by: 200)
            try await bench.customers.sessions.goOn(with: token)
        }
        await #expect(throws: refusal) { try await bench.images.choose(back, in: token, approvedBy: late) }
    }

    @Test func `the login of a chip device shows it, a stranger's a decoy that stays, a Scan's nothing`() async throws {
        let bench = try await Bench()
        func shown(_ user: String, _ product: ProductProfile.ID) async throws -> String? {
            try await bench.logins.begin(as: user, with: product, login: Login(place: "", browser: "")).secretImage
        }
        #expect(try await shown("alice", .smartcard) == bench.set.decoy(for: "alice"), "nothing is chosen yet")
        let token = try await bench.session(of: .smartcard)
        let (offer, decoy) = (try await bench.images.offer(in: token), bench.set.decoy(for: "alice"))
        let chosen = offer[0] == decoy ? offer[1] : offer[0]
        try await bench.images.choose(chosen, in: token)
        for product in [ProductProfile.ID.smartcard, .stick, .token] { #expect(try await shown("alice", product) == chosen) }
        for user in ["nobody", "", "two words", "東京"] {
            let first = try #require(try await shown(user, .smartcard))
            #expect(first == bench.set.decoy(for: user))
            #expect(try await shown(user, .stick) == first)
        }
        for product in [ProductProfile.ID.scan, .mobile] { #expect(try await shown("nobody", product) == nil) }
        let plain = try await bench.customers.logins.begin(as: "alice", with: .smartcard, login: Login(place: "", browser: ""))
        #expect(plain.secretImage == nil, "a bank without pictures shows none")
    }

    @Test func `nothing changes without a session that goes on`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let offer = try await bench.images.offer(in: token)
        let forged = try #require(SessionToken(text: String(repeating: "ab", count: 32)))
        await #expect(throws: SubscriberError.sessionOver) { try await bench.images.choose(offer[0], in: forged) }
        await #expect(throws: SubscriberError.sessionOver) { try await bench.images.offer(in: forged) }
        bench.customers.bank.clock.advance(by: 300)
        await #expect(throws: SubscriberError.sessionOver) { try await bench.images.choose(offer[0], in: token) }
        #expect(try await bench.images.picture(for: "alice") == bench.set.decoy(for: "alice"))
    }

    @Test func `who has not chosen, and who is not there, are shown a picture of the same kind, always the same`() async throws {
        let bench = try await Bench()
        for user in ["alice", "nobody", "", "two words", "東京", String(repeating: "x", count: 5000)] {
            let shown = try await bench.images.picture(for: user)
            #expect(Self.names.contains(shown))
            #expect(try await bench.images.picture(for: user) == shown)
        }
    }

    @Test func `a picture that the set has no more is still named, not replaced by another`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let chosen = try #require(try await bench.images.offer(in: token).first)
        try await bench.images.choose(chosen, in: token)
        let smaller = try SecretImageSet(Self.names.filter { $0 != chosen }, decoyKey: SymmetricKey(size: .bits256))
        let images = SecretImages(store: bench.customers.bank.store, set: smaller)
        #expect(try await images.picture(for: "alice") == chosen)
    }

    @Test func `an offer with a picture that the set has no more is drawn anew`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let gone = try await bench.images.offer(in: token)[0]
        let smaller = try SecretImageSet(Self.names.filter { $0 != gone }, decoyKey: SymmetricKey(size: .bits256))
        let clock = bench.customers.bank.clock
        let images = SecretImages(store: bench.customers.bank.store, set: smaller, policy: bench.customers.bank.policy, now: { clock.now })
        let offer = try await images.offer(in: token)
        #expect(offer.count == 9 && !offer.contains(gone))
    }

    @Test func `the picture's name is in no notice and in no audit row`() async throws {
        let bench = try await Bench()
        let token = try await bench.session(of: .smartcard)
        let chosen = try #require(try await bench.images.offer(in: token).first)
        try await bench.images.choose(chosen, in: token)
        let rows = try await bench.customers.bank.store.read { reader throws(StoreError) in try reader.auditRows(after: 0, limit: 1000) }
        #expect(!rows.isEmpty && !"\(rows)".contains(chosen))
        let notices = try await bench.customers.subscribers.notices(of: bench.customers.alice)
        #expect(!notices.map(\.description).joined().contains("picture "))
        #expect("\(rows)".contains("secret image chosen"))
    }
}
