import Crypto
import DeviceProtocol
import Emulation
import Foundation
import Synchronization
import Testing
import Verification

@testable import Bridge

/// A login with a card that signs elsewhere, at a bank that believes a certificate only when its authority vouches for it.
@Suite struct CardLoginTests {
    private let clock = TurnedClock(Date(timeIntervalSince1970: 1_800_000_000))
    private let authority: TestAuthority
    private let key = P256.Signing.PrivateKey()
    private let certificates: CardCertificates
    private var device: DeviceID { DeviceID(fingerprintOf: certificates.authentication) }

    init() throws {
        var authority = try TestAuthority(now: clock.now)
        authority.services = RevocationServices(responder: "http://localhost:1/root")
        self.authority = authority
        let other = P256.Signing.PrivateKey().publicKey
        certificates = CardCertificates(
            authentication: try authority.issue(
                holder: "Alice Test", publicKey: Array(key.publicKey.derRepresentation), usage: .authentication, now: clock.now),
            signature: try authority.issue(
                holder: "Alice Test", publicKey: Array(other.derRepresentation), usage: .signature, now: clock.now))
    }

    private func policy(_ revocation: RevocationCheck) throws -> VerificationPolicy {
        var policy = VerificationPolicy(
            anchors: try TrustAnchors(roots: [], testRoots: [authority.root]), admittedAfterEndOfLife: [.token])
        policy.revocation = revocation
        return policy
    }

    /// Enrols the card of alice; what its authority answered about its two certificates, the one for logins first.
    private func enrol(at served: ServedBank) async throws -> [[UInt8]] {
        let told = Mutex<[[UInt8]]>([])
        let fetch: RevocationCheck.Fetch = { [authority, clock] request, _ in
            let answer = authority.ocspResponse(to: request, revoked: [], now: clock.now)
            told.withLock { $0.append(answer) }
            return answer
        }
        let asking = try policy(RevocationCheck(.require, fetch: fetch))
        var generator = SystemRandomNumberGenerator()
        try await Enrolments(store: served.bank.store, policy: asking, now: { [clock] in clock.now }).enrol(
            device, as: .smartcard, for: SubscriberID("alice"), with: .certificates(certificates), id: EnrolmentID(using: &generator),
            isEmulated: true, life: EnrolmentLife(identification: .branch))
        return told.withLock { $0 }
    }

    @Test func `a card's login counts with its authority's answer stapled to it, and is refused without`() async throws {
        let served = try ServedBank(policy: policy(RevocationCheck(.require)), clock: clock)
        try await served.admit()
        let told = try await enrol(at: served)
        try #require(told.count == 2)
        try await served.served { (client) async throws in
            for (stapled, status) in [([], 401), ([told[1]], 401), ([told[0]], 201)] as [([[UInt8]], UInt)] {
                let begun = try await client.post(
                    "/v1/logins", ["user": "alice", "product": "smartcard", "place": "Luxembourg", "browser": "Firefox"])
                let id = try #require(begun.string("id"))
                let challenge = try await served.bank.operations.operation(try #require(ChallengeID(text: id))).challenge
                let signature = try key.signature(for: challenge.coveredBytes(as: .card, by: device)).derRepresentation
                let response: [String: any Sendable] = [
                    "signature": signature.base64EncodedString(),
                    "certificates": [Data(certificates.authentication).base64EncodedString()],
                    "stapled": stapled.map { Data($0).base64EncodedString() },
                ]
                let finished = try await client.post(
                    "/v1/logins/\(id)/finish", ["user": "alice", "password": ServedBank.password, "response": response])
                #expect(finished.status == status && finished.code == (status == 401 ? "refused" : nil), "\(finished.text)")
            }
        }
    }
}
