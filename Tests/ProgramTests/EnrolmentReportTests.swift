import Crypto
import DeviceProtocol
import Emulation
import Foundation
import Testing
import Verification

@testable import tessera

/// How a customer's device is told.
@Suite struct EnrolmentReportTests {
    @Test func `how far a clock is off is told in steps and in time`() {
        for (steps, text) in [
            (8, "8 steps (4 min) fast"), (-1, "1 step (30 s) slow"), (7, "7 steps (3 min 30 s) fast"), (0, "right, as far as is known"),
        ] as [(Int64, String)] { #expect(ClockDrift.telling(steps, of: .seconds(30)) == text) }
        #expect(Enrolments.Resynchronised.counter(skipped: 1).telling == "1 code skipped")
    }

    @Test func `a card's certificates are shown, with whose they are, who made them, and when they end`() throws {
        let alice = try SubscriberID("alice")
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let authority = try TestAuthority(now: now)
        let pair = try [CertificateUsage.authentication, .signature].map { usage in
            try authority.issue(
                holder: "Jo Test", publicKey: Array(P256.Signing.PrivateKey().publicKey.derRepresentation), usage: usage, now: now,
                validity: 8_640_000)
        }
        let report = EnrolmentReport(
            Enrolment(
                id: try #require(EnrolmentID(rawValue: "E-2")), subscriber: alice, device: DeviceID(fingerprintOf: pair[0]),
                product: .smartcard, isEmulated: true,
                credential: .certificates(CardCertificates(authentication: pair[0], signature: pair[1]))))
        #expect(report.certificates?.map(\.use) == ["logins", "approvals"] && report.driftSteps == nil)
        #expect(report.certificates?.allSatisfy { $0.words.subject.contains("Jo Test") && $0.words.issuer != $0.words.subject } == true)
        #expect(report.text.contains("for logins") && report.text.contains(", until 2027-04-25"), "\(report.text)")
    }
}
