import Crypto
import DeviceProtocol
import Emulation
import Foundation
import SwiftASN1
import Synchronization
import TestSupport
import Testing
import X509

@testable import Verification

/// A certificate that its authority took back is not believed; the judges of what we read are the test authority and openssl.
struct RevocationTests {
    private let now = TestBank.start
    private let bytes = Array("what is signed".utf8)
    private let key = P256.Signing.PrivateKey()
    private let root: Emulation.TestAuthority
    private let issuing: Emulation.TestAuthority
    private let leaf: [UInt8]

    init() throws {
        var root = try Emulation.TestAuthority(now: now)
        root.services = RevocationServices(responder: "http://localhost:1/root")
        var issuing = try root.intermediate(now: now)
        issuing.services = RevocationServices(responder: "http://localhost:1/issuing")
        (self.root, self.issuing) = (root, issuing)
        leaf = try issuing.issue(holder: "Holder", publicKey: Array(key.publicKey.derRepresentation), usage: .signature, now: now)
    }

    private func refusal(
        _ revocation: RevocationCheck, stapled: [[UInt8]] = [], at date: Date? = nil, signing signed: [UInt8]? = nil
    ) async -> CertificateRefusal? {
        do {
            let check = CertificateCheck(
                anchors: try TrustAnchors(roots: [], testRoots: [root.root]), now: date ?? now, revocation: revocation, stapled: stapled)
            try await check.accept(
                Array(key.signature(for: signed ?? bytes).derRepresentation), over: bytes, certificates: [leaf],
                pinned: CardCertificates(authentication: leaf, signature: leaf, intermediates: [issuing.certificate]), role: .signature)
            return nil
        } catch { return error as? CertificateRefusal }
    }

    private func isUnknown(_ refusal: CertificateRefusal?) -> Bool { if case .revocationUnknown? = refusal { true } else { false } }

    private func taken(_ certificate: [UInt8], seconds: TimeInterval = 60) throws -> RevokedCertificate {
        RevokedCertificate(
            serialNumber: try Emulation.TestAuthority.serialNumber(of: certificate), date: now.addingTimeInterval(-seconds),
            reason: .keyCompromise)
    }

    /// The answer of an authority about a certificate.
    private func answer(
        _ authority: Emulation.TestAuthority, about certificate: [UInt8], revoked: [RevokedCertificate] = [], unknown: Set<[UInt8]> = [],
        at date: Date? = nil, from issuer: Emulation.TestAuthority? = nil
    ) throws -> [UInt8] {
        let request = try OCSPQuestion.request(
            for: Certificate(derEncoded: certificate), from: Certificate(derEncoded: (issuer ?? authority).certificate))
        return authority.ocspResponse(to: request, revoked: revoked, unknown: unknown, now: date ?? now)
    }

    @Test func `without list and answer, only a policy that requires them refuses`() async throws {
        #expect(await refusal(try RevocationCheck(.off)) == nil)
        #expect(await refusal(try RevocationCheck(.prefer)) == nil)
        #expect(await refusal(RevocationCheck()) == nil)
        #expect(isUnknown(await refusal(try RevocationCheck(.require))))
    }

    @Test func `lists vouch for the whole chain, the root apart`() async throws {
        let upper = try root.revocationList(of: [], now: now)
        let lower = try issuing.revocationList(of: [taken(root.root)], now: now)
        #expect(await refusal(try RevocationCheck(.require, lists: [upper, lower])) == nil)
        #expect(isUnknown(await refusal(try RevocationCheck(.require, lists: [lower]))))
        #expect(isUnknown(await refusal(try RevocationCheck(.require, lists: [upper]))))
    }

    @Test func `what a list names is refused, also an authority in between, and since when is told`() async throws {
        let good = (try root.revocationList(of: [], now: now), try issuing.revocationList(of: [], now: now))
        let bad = (
            try root.revocationList(of: [taken(issuing.certificate)], now: now), try issuing.revocationList(of: [taken(leaf)], now: now)
        )
        let expected = CertificateRefusal.revoked(since: now.addingTimeInterval(-60))
        for lists in [[good.0, bad.1], [bad.0, good.1], [bad.1]] {
            #expect(await refusal(try RevocationCheck(.prefer, lists: lists)) == expected)
            #expect(await refusal(try RevocationCheck(.off, lists: lists)) == nil)
        }
        #expect(await refusal(try RevocationCheck(.require, lists: [good.0, good.1, bad.1])) == expected, "revoked outweighs good")
    }

    @Test func `a list that is old, from tomorrow, or signed by somebody with the same name says nothing`() async throws {
        let upper = try root.revocationList(of: [], now: now, validity: 1_000_000)
        let impostor = try root.intermediate(now: now)
        for lower in [
            try issuing.revocationList(of: [taken(leaf)], now: now.addingTimeInterval(-100), validity: 100),
            try issuing.revocationList(of: [taken(leaf)], now: now.addingTimeInterval(301)),
            try impostor.revocationList(of: [taken(leaf)], now: now),
        ] {
            #expect(isUnknown(await refusal(try RevocationCheck(.require, lists: [upper, lower]))))
            #expect(await refusal(try RevocationCheck(.prefer, lists: [upper, lower])) == nil)
        }
    }

    @Test func `what is no list is refused when it is configured`() throws {
        let list = try issuing.revocationList(of: [taken(leaf)], now: now)
        for wrong in [[], [0x30, 0x00], Array("-----BEGIN X509 CRL-----".utf8), leaf, Array(list.dropLast()), list + [0]] {
            #expect(throws: CertificateRefusal.malformedRevocationList) { try RevocationCheck(lists: [wrong]) }
        }
    }

    @Test func `what is no answer is refused when it is configured`() throws {
        let good = try answer(issuing, about: leaf)
        for wrong in [[], [0x30, 0x00], [0x30, 0x03, 0x0A, 0x01, 0x03], leaf, Array(good.dropLast()), good + [0]] {
            #expect(throws: CertificateRefusal.malformedRevocationAnswer) { try RevocationCheck(responses: [wrong]) }
        }
        _ = try RevocationCheck(responses: [good])
    }

    @Test func `answers that came along or lie ready vouch, or refuse`() async throws {
        let upper = try answer(root, about: issuing.certificate)
        let good = try answer(issuing, about: leaf)
        let bad = try answer(issuing, about: leaf, revoked: [taken(leaf)])
        #expect(await refusal(try RevocationCheck(.require), stapled: [upper, good]) == nil)
        #expect(await refusal(try RevocationCheck(.require, responses: [upper]), stapled: [good]) == nil)
        #expect(isUnknown(await refusal(try RevocationCheck(.require), stapled: [good])))
        let expected = CertificateRefusal.revoked(since: now.addingTimeInterval(-60))
        #expect(await refusal(try RevocationCheck(.prefer), stapled: [bad]) == expected)
        #expect(await refusal(try RevocationCheck(.require), stapled: [upper, good, bad]) == expected)
    }

    @Test func `an answer that is old, about another one, unsure, or of an impostor says nothing`() async throws {
        let upper = try answer(root, about: issuing.certificate)
        let impostor = try root.intermediate(now: now)
        let other = try issuing.issue(holder: "Other", publicKey: Array(key.publicKey.derRepresentation), usage: .signature, now: now)
        let serial = try Emulation.TestAuthority.serialNumber(of: leaf)
        for answer in [
            try answer(issuing, about: leaf, at: now.addingTimeInterval(-3600)),
            try answer(issuing, about: leaf, at: now.addingTimeInterval(301)), try answer(issuing, about: other),
            try answer(issuing, about: leaf, unknown: [serial]), try answer(impostor, about: leaf),
            try answer(impostor, about: leaf, from: issuing), [], [0x30, 0x03, 0x0A, 0x01, 0x06], leaf,
        ] {
            #expect(isUnknown(await refusal(try RevocationCheck(.require), stapled: [upper, answer])))
            #expect(await refusal(try RevocationCheck(.prefer), stapled: [upper, answer]) == nil)
        }
    }

    @Test func `a responder is asked only when nothing else can tell, and only through what the bank gave`() async throws {
        let asked = Mutex<[String]>([])
        let fetch: RevocationCheck.Fetch = { [root, issuing, now] request, url in
            asked.withLock { $0.append(url) }
            return url.hasSuffix("/root")
                ? root.ocspResponse(to: request, revoked: [], now: now) : issuing.ocspResponse(to: request, revoked: [], now: now)
        }
        #expect(await refusal(try RevocationCheck(.require, fetch: fetch)) == nil)
        #expect(asked.withLock { $0 } == ["http://localhost:1/issuing", "http://localhost:1/root"])
        let ready = [try answer(issuing, about: leaf)]
        #expect(await refusal(try RevocationCheck(.require, responses: ready, fetch: fetch)) == nil)
        #expect(asked.withLock { $0.count } == 3)
        let taken = try taken(leaf)
        let revoking: RevocationCheck.Fetch = { [issuing, now] request, _ in issuing.ocspResponse(to: request, revoked: [taken], now: now) }
        #expect(await refusal(try RevocationCheck(.prefer, fetch: revoking)) == .revoked(since: taken.date))
        #expect(isUnknown(await refusal(try RevocationCheck(.require) { _, _ in nil })))
        #expect(await refusal(try RevocationCheck(.off, fetch: revoking)) == nil)
    }

    @Test func `nobody is asked about the certificate of a wrong signature`() async throws {
        let asked = Mutex(0)
        let fetch: RevocationCheck.Fetch = { _, _ in
            asked.withLock { $0 += 1 }
            return nil
        }
        let require = try RevocationCheck(.require, fetch: fetch)
        #expect(await refusal(require, signing: [1, 2, 3]) == .wrongSignature)
        #expect(await refusal(require, at: now.addingTimeInterval(-86_400 * 365), signing: [1, 2, 3]) == .wrongSignature)
        #expect(asked.withLock { $0 } == 0)
        #expect(isUnknown(await refusal(require)))
        #expect(asked.withLock { $0 } > 0)
    }

    // Every byte that is changed is a signature that does not fit, or something that cannot be read.
    @Test func `no changed byte turns revoked into good`() async throws {
        let certificate = try Certificate(derEncoded: leaf)
        let authority = try Certificate(derEncoded: issuing.certificate)
        let list = try issuing.revocationList(of: [taken(leaf)], now: now)
        let response = try answer(issuing, about: leaf, revoked: [taken(leaf)])
        var generator = SeededGenerator(seed: 5280)
        for place in Proof.cases(response.indices, sample: 200) {
            var changed = response
            changed[place] ^= UInt8.random(in: 1...255, using: &generator)
            #expect(OCSPAnswer.status(of: certificate, from: authority, in: changed, at: now) != .good, "byte \(place)")
        }
        for place in Proof.cases(list.indices, sample: 200) {
            var changed = list
            changed[place] ^= UInt8.random(in: 1...255, using: &generator)
            guard let read = try? RevocationList(der: changed), read.isFrom(authority) else { continue }
            #expect(read.status(of: certificate, from: authority, at: now) != .good, "byte \(place)")
        }
    }

    /// A bank that asks nobody about certificates, and a card that it has enrolled for its customer.
    private func bankWithCard() async throws -> (TestBank, DeviceID) {
        let login = P256.Signing.PrivateKey()
        let authentication = try issuing.issue(
            holder: "Holder", publicKey: Array(login.publicKey.derRepresentation), usage: .authentication, now: now)
        let bank = try TestBank { $0.anchors = try TrustAnchors(roots: [], testRoots: [root.root]) }
        let card = DeviceID(fingerprintOf: authentication)
        try await bank.enrolments.enrol(
            card, as: .smartcard, for: bank.alice,
            with: .certificates(.init(authentication: authentication, signature: leaf, intermediates: [issuing.certificate])),
            id: bank.enrolmentID(), isEmulated: true)
        return (bank, card)
    }

    @Test func `a signature with its answer stapled is accepted where one is required, and without it refused`() async throws {
        let (bank, card) = try await bankWithCard()
        let lists = [try root.revocationList(of: [], now: now)]
        let strict = try TestBank(store: bank.store, clock: bank.clock, seed: 2) {
            $0.anchors = try TrustAnchors(roots: [], testRoots: [root.root])
            $0.revocation = try RevocationCheck(.require, lists: lists)
        }
        for (stapled, outcome) in [([], "refused"), ([try answer(issuing, about: leaf)], "succeeded")] as [([[UInt8]], String)] {
            let operation = try await strict.begin(.payment(), with: card)
            let signature = try key.signature(for: operation.challenge.coveredBytes(as: .card, by: card)).derRepresentation
            let response = Response.signature(Array(signature), certificates: [leaf])
            #expect(try await strict.operations.submit(response, to: operation.id, stapled: stapled).name == outcome)
        }
        let other = P256.Signing.PrivateKey()
        let fresh = try issuing.issue(
            holder: "Holder", publicKey: Array(other.publicKey.derRepresentation), usage: .authentication, now: now)
        await #expect {
            try await strict.enrolments.enrol(
                DeviceID(fingerprintOf: fresh), as: .smartcard, for: bank.alice,
                with: .certificates(.init(authentication: fresh, signature: leaf, intermediates: [issuing.certificate])),
                id: bank.enrolmentID(), isEmulated: true)
        } throws: {
            guard case VerificationError.certificate(.revocationUnknown) = $0 else { return false }
            return true
        }
    }

    @Test func `signatures that nobody can vouch for are refused and block nobody, and wrong ones count`() async throws {
        let (bank, card) = try await bankWithCard()
        // Its authority's responder is away.
        let strict = try TestBank(store: bank.store, clock: bank.clock, seed: 2) {
            $0.anchors = try TrustAnchors(roots: [], testRoots: [root.root])
            $0.revocation = try RevocationCheck(.require) { _, _ in nil }
        }
        for (count, signer) in [(6, key), (1, P256.Signing.PrivateKey())] {
            for _ in 0..<count {
                let operation = try await strict.begin(.payment(), with: card)
                let signature = try signer.signature(for: operation.challenge.coveredBytes(as: .card, by: card)).derRepresentation
                let response = Response.signature(Array(signature), certificates: [leaf])
                #expect(try await strict.operations.submit(response, to: operation.id) == .refused)
            }
        }
        let enrolment = try await bank.enrolment(of: card)
        #expect(enrolment.state == .active && enrolment.failures == 1)
        let details = try await AuditedEvents.all(in: AuditLog(store: bank.store)).filter { $0.kind == .refused }.map(\.detail)
        #expect(details.count { $0 == "refused, failures 0; nobody can say whether the certificate was revoked" } == 6, "\(details)")
        #expect(details.last == "refused, failures 1")
    }

    @Test func `an answer that came along with a login vouches for its card`() async throws {
        let key = P256.Signing.PrivateKey()
        let own = try issuing.issue(
            holder: "Holder", publicKey: Array(key.publicKey.derRepresentation), usage: .authentication, now: now)
        let anchors = try TrustAnchors(roots: [], testRoots: [root.root])
        let customers = try TestCustomers { policy in
            policy.anchors = anchors
            policy.revocation = try RevocationCheck(.require)
        }
        try await customers.admitAlice()
        var lenient = customers.bank.policy
        lenient.revocation = RevocationCheck()
        let device = DeviceID(fingerprintOf: own)
        try await Enrolments(store: customers.bank.store, policy: lenient, now: { [now] in now }).enrol(
            device, as: .smartcard, for: customers.alice,
            with: .certificates(CardCertificates(authentication: own, signature: leaf, intermediates: [issuing.certificate])),
            id: customers.bank.enrolmentID(), isEmulated: true, life: EnrolmentLife(identification: .branch))
        let logIn = { (stapled: [[UInt8]]) async throws -> SubscriberID in
            let attempt = try await customers.logins.begin(as: "alice", with: .smartcard, login: Login(place: "", browser: ""))
            guard case .plain(let challenge) = attempt.presentation else { throw DeviceError(.notSupported, "no challenge") }
            let signature = try key.signature(for: challenge.coveredBytes(as: .card, by: device))
            return try await customers.logins.finish(
                attempt.id, as: "alice", password: secret(TestCustomers.password),
                response: .signature(Array(signature.derRepresentation), certificates: [own]), stapled: stapled
            ).session.subscriber
        }
        // As often as would block whoever does not know the password.
        for _ in 0..<6 { await #expect(throws: SubscriberError.refused) { try await logIn([]) } }
        let stapled = [try answer(root, about: issuing.certificate), try answer(issuing, about: own)]
        #expect(try await logIn(stapled) == customers.alice)
    }
}
