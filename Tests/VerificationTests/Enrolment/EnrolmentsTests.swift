import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import ScanChallenge
import Testing
import Verification

struct EnrolmentsTests {
    private let seed = Enrolments.Registration.seed(SymmetricKey(size: .bits256))

    @Test func `what is enrolled is found by device and by subscriber`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let scan = try await bank.enrolScan()
        let card = try await bank.enrolCard()
        let found = try await bank.enrolments.enrolments(of: bank.alice)
        #expect(found.map(\.device) == [token.id, scan.id, card.id])
        #expect(found.map(\.product) == [.token, .scan, .smartcard])
        #expect(found.allSatisfy { $0.state == .active && $0.failures == 0 && $0.isEmulated && $0.subscriber == bank.alice })
        #expect(found.map { $0.sealing != nil } == [false, true, false])
        #expect(try await bank.enrolments.enrolment(of: scan.id) == found[1])
        #expect(try await bank.enrolments.enrolment(of: DeviceID("T-9")) == nil)
        #expect(try await bank.enrolments.enrolments(of: SubscriberID("bob")).isEmpty)
    }

    @Test func `a device is enrolled once, for one subscriber`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        await #expect(throws: VerificationError.alreadyEnrolled(token.id)) { try await bank.enrolToken() }
        let bob = try SubscriberID("bob")
        await #expect(throws: VerificationError.alreadyEnrolled(token.id)) {
            try await bank.enrolments.enrol(token.id, as: .token, for: bob, with: seed, id: bank.enrolmentID())
        }
        #expect(try await bank.enrolment(of: token.id).subscriber == bank.alice)
    }

    @Test func `a subscriber has at most one Scan and two phones`() async throws {
        let bank = try TestBank()
        _ = try await bank.enrolScan("S-1")
        await #expect(throws: VerificationError.limitReached(.scan, limit: 1)) { try await bank.enrolScan("S-2") }
        _ = try await bank.enrolScan("M-1", as: .mobile)
        _ = try await bank.enrolScan("M-2", as: .mobile)
        await #expect(throws: VerificationError.limitReached(.mobile, limit: 2)) { try await bank.enrolScan("M-3", as: .mobile) }
        _ = try await bank.enrolToken("T-1")
        _ = try await bank.enrolToken("T-2")
    }

    @Test func `a limit holds when all come at once`() async throws {
        let bank = try TestBank()
        let enrolled = await withTaskGroup(of: Bool.self) { group in
            for number in 1...8 { group.addTask { (try? await bank.enrolScan("M-\(number)", as: .mobile)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(enrolled == 2)
    }

    @Test func `a production store refuses emulated devices`() async throws {
        let bank = try TestBank(store: SQLiteStore(inMemory: .production)) { $0.anchors = TrustAnchors() }
        let device = try DeviceID("T-1")
        await #expect(throws: VerificationError.emulatedDeviceRefused(device)) { try await bank.enrolToken() }
        try await bank.enrolments.enrol(device, as: .token, for: bank.alice, with: seed, id: bank.enrolmentID())
        #expect(try await bank.enrolment(of: device).isEmulated == false)
    }

    @Test func `a production store refuses test roots`() throws {
        let production = try SQLiteStore(inMemory: .production)
        let policy = VerificationPolicy(anchors: try TrustAnchors(roots: [], testRoots: [TestBank.root.get().der]))
        #expect(throws: VerificationError.testRootRefused) { try Enrolments(store: production, policy: policy) }
        #expect(throws: VerificationError.testRootRefused) {
            try Operations(store: production, origin: "bank.example", policy: policy)
        }
        let real = VerificationPolicy(anchors: try TrustAnchors(roots: [TestBank.root.get().der]))
        _ = try Operations(store: production, origin: "bank.example", policy: real)
    }

    @Test func `a root that is named as a test root is one, whatever it is declared as`() throws {
        let named = try TestAuthority("Test Root CA", organization: "Tessera Test")
        #expect(try TrustAnchors(roots: [named.der]).hasTestRoots)
        #expect(try TrustAnchors(roots: [TestBank.root.get().der]).hasTestRoots == false)
        let policy = VerificationPolicy(anchors: try TrustAnchors(roots: [named.der]))
        let production = try SQLiteStore(inMemory: .production)
        #expect(throws: VerificationError.testRootRefused) { try Enrolments(store: production, policy: policy) }
    }

    @Test func `a real card of a real root works in a production store, and its evidence says that it is real`() async throws {
        let bank = try TestBank(store: SQLiteStore(inMemory: .production)) {
            $0.anchors = try TrustAnchors(roots: [TestBank.root.get().der])
        }
        let card = try TestCard(authority: TestBank.root.get())
        try await bank.enrolments.enrol(
            card.id, as: .smartcard, for: bank.alice, with: .certificates(card.certificates), id: bank.enrolmentID())
        let operation = try await bank.begin(.login(), with: card.id)
        guard case .succeeded(let evidence) = try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id)
        else {
            Issue.record("refused")
            return
        }
        #expect(!evidence.isEmulated)
    }

    @Test func `a test root vouches for emulated devices only`() async throws {
        let bank = try TestBank()
        let card = try TestCard(authority: TestBank.root.get())
        await #expect(throws: VerificationError.testRootForRealDevice(card.id)) {
            try await bank.enrolments.enrol(
                card.id, as: .smartcard, for: bank.alice, with: .certificates(card.certificates), id: bank.enrolmentID())
        }
    }

    @Test func `each product is enrolled with what belongs to it`() async throws {
        let bank = try TestBank()
        let scan = try TestScan(id: DeviceID("X-1"), kind: .scan, issuer: bank.issuer.identity)
        let card = try TestCard(authority: TestBank.root.get())
        let kinds: [(DeviceID, Enrolments.Registration, Set<ProductProfile.ID>)] = [
            (scan.id, seed, [.token]), (scan.id, .pairing(scan.record, scan.keys), [.scan, .mobile]),
            (card.id, .certificates(card.certificates), [.smartcard, .stick]),
        ]
        for (device, registration, fitting) in kinds {
            for product in ProductProfile.all where !fitting.contains(product.id) {
                await #expect(throws: VerificationError.wrongRegistration(product.id)) {
                    try await bank.enrolments.enrol(
                        device, as: product.id, for: bank.alice, with: registration, id: bank.enrolmentID(), isEmulated: true)
                }
            }
        }
        #expect(try await bank.enrolments.enrolments(of: bank.alice).isEmpty)
    }

    @Test func `a factory record of another serial number is refused`() async throws {
        let bank = try TestBank()
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: bank.issuer.identity)
        let other = try DeviceID("S-2")
        await #expect(throws: VerificationError.otherSerial(scan.id, of: other)) {
            try await bank.enrolments.enrol(
                other, as: .scan, for: bank.alice, with: .pairing(scan.record, scan.keys), id: bank.enrolmentID(), isEmulated: true)
        }
    }

    @Test(arguments: [0, 8, 80, 120, 128, 160])
    func `a seed has at least 128 bits`(_ bits: Int) async throws {
        let bank = try TestBank()
        let enrol = { try await bank.enrolToken(seed: Array(repeating: 1, count: bits / 8)) }
        if bits >= 128 {
            _ = try await enrol()
        } else {
            await #expect(throws: VerificationError.weakSeed(bits: bits)) { try await enrol() }
        }
    }

    @Test func `an unknown product is named`() async throws {
        let bank = try TestBank()
        let product = ProductProfile.ID(rawValue: "abacus")
        await #expect(throws: VerificationError.unknownProduct(product)) {
            try await bank.enrolments.enrol(DeviceID("A-1"), as: product, for: bank.alice, with: seed, id: bank.enrolmentID())
        }
    }

    @Test func `a card whose certificates are refused is not enrolled, and the reason is told to the bank`() async throws {
        let bank = try TestBank()
        let card = try TestCard(authority: TestBank.root.get())
        let stranger = try TestCard(authority: TestAuthority("Stranger"))
        let swapped = CardCertificates(authentication: card.certificates.signature, signature: card.certificates.authentication)
        let junk = CardCertificates(authentication: [1, 2, 3], signature: card.certificates.signature)
        for (pair, reason) in [
            (swapped, CertificateRefusal.wrongKeyUsage(.authentication)), (junk, .malformed), (stranger.certificates, nil),
        ] {
            do throws(VerificationError) {
                try await bank.enrolments.enrol(
                    card.id, as: .smartcard, for: bank.alice, with: .certificates(pair), id: bank.enrolmentID(), isEmulated: true)
                Issue.record("enrolled")
            } catch {
                guard case .certificate(let refusal) = error else {
                    Issue.record("\(error)")
                    continue
                }
                if let reason { #expect(refusal == reason) }
                #expect(error.description == refusal.description)
            }
        }
        #expect(try await bank.enrolments.enrolment(of: card.id) == nil)
    }

    @Test func `a card below an authority is enrolled when that certificate comes along`() async throws {
        let bank = try TestBank()
        let authority = try TestAuthority("Citizens", below: TestBank.root.get())
        let card = try TestCard(authority: authority)
        try await bank.enrolments.enrol(
            card.id, as: .smartcard, for: bank.alice, with: .certificates(card.certificates(over: [authority.der])),
            id: bank.enrolmentID(), isEmulated: true)
        for content in [try Challenge.Content.login(), try .payment()] {
            let alone = try await bank.begin(content, with: card.id)
            #expect(try await bank.operations.submit(card.respond(to: alone.challenge), to: alone.id).name == "succeeded")
            let operation = try await bank.begin(content, with: card.id)
            guard case .signature(let signature, let certificates) = try card.respond(to: operation.challenge) else {
                Issue.record("no signature")
                return
            }
            let whole = Response.signature(signature, certificates: certificates + [try authority.der])
            #expect(try await bank.operations.submit(whole, to: operation.id).name == "succeeded")
        }
        #expect(try await bank.enrolment(of: card.id).failures == 0)
    }

    @Test func `a card below an authority is not enrolled without it, nor with more than a chain needs`() async throws {
        let bank = try TestBank()
        let authority = try TestAuthority("Citizens", below: TestBank.root.get())
        let card = try TestCard(authority: authority)
        func enrol(over intermediates: [[UInt8]]) async throws(VerificationError) {
            try await bank.enrolments.enrol(
                card.id, as: .smartcard, for: bank.alice, with: .certificates(card.certificates(over: intermediates)),
                id: bank.enrolmentID(), isEmulated: true)
        }
        await #expect(throws: VerificationError.self) { try await enrol(over: []) }
        await #expect(throws: VerificationError.certificate(.malformed)) { try await enrol(over: [authority.der, [1, 2, 3]]) }
        await #expect(throws: VerificationError.certificate(.tooMany(6))) {
            try await enrol(over: Array(repeating: authority.der, count: 5))
        }
        try await enrol(over: Array(repeating: authority.der, count: 4))
    }

    @Test func `certificates that were stored without intermediates have none, and all others come back`() throws {
        let json = Data(#"{"authentication": [1, 2], "signature": [3]}"#.utf8)
        #expect(try JSONDecoder().decode(CardCertificates.self, from: json) == CardCertificates(authentication: [1, 2], signature: [3]))
        let whole = CardCertificates(authentication: [1], signature: [2], intermediates: [[3, 4], [5]])
        #expect(try JSONDecoder().decode(CardCertificates.self, from: JSONEncoder().encode(whole)) == whole)
    }

    @Test func `a card is enrolled under the fingerprint of its authentication certificate, and no other name`() async throws {
        let bank = try TestBank()
        let card = try TestCard(authority: TestBank.root.get())
        let own = card.id
        let other = try TestCard(authority: TestBank.root.get()).id
        for name in [other, try DeviceID("C-1"), try DeviceID(own.rawValue.uppercased())] {
            await #expect(throws: VerificationError.otherCertificate(own, of: name)) {
                try await bank.enrolments.enrol(
                    name, as: .smartcard, for: bank.alice, with: .certificates(card.certificates), id: bank.enrolmentID(),
                    isEmulated: true)
            }
        }
        #expect(try await bank.enrolments.enrolments(of: bank.alice).isEmpty)
        try await bank.enrolments.enrol(
            own, as: .smartcard, for: bank.alice, with: .certificates(card.certificates), id: bank.enrolmentID(), isEmulated: true)
    }

    @Test func `an unknown device can be neither suspended nor resumed`() async throws {
        let bank = try TestBank()
        let missing = try DeviceID("T-9")
        await #expect(throws: VerificationError.noSuchDevice(missing)) { try await bank.enrolments.suspend(missing) }
        await #expect(throws: VerificationError.noSuchDevice(missing)) { try await bank.enrolments.resume(missing) }
    }

    @Test(arguments: ["", " ", "with space", "tab\t", "é", String(repeating: "a", count: 65)])
    func `a name that cannot be typed and printed is refused`(_ text: String) {
        #expect(SubscriberID(rawValue: text) == nil)
        #expect(EnrolmentID(rawValue: text) == nil)
        #expect(throws: ContentError.self) { try SubscriberID(text) }
    }

    @Test func `names are drawn from 128 random bits`() {
        var generator = SystemRandomNumberGenerator()
        let ids = Set((0..<100).map { _ in EnrolmentID(using: &generator).rawValue })
        #expect(ids.count == 100)
        #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }
}
