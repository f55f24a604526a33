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

        init() async throws {
            customers = try TestCustomers()
            try await customers.admitAlice()
            set = try SecretImageSet(SecretImagesTests.names, decoyKey: SymmetricKey(data: [UInt8](repeating: 5, count: 32)))
            images = SecretImages(
                store: customers.bank.store, set: set, policy: customers.bank.policy, now: { [customers] in customers.bank.clock.now })
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
        try await bench.images.choose(second, in: scan)
        #expect(try await bench.images.picture(for: "alice") == second)
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
