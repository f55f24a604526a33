import Crypto
import CryptoExtras
import DeviceProtocol
import Foundation
import SwiftASN1
import Testing
import Verification
import X509

/// Certificates that no card of ours has: each has an error of its own, and nothing changes in the store.
struct AbsurdCertificateTests {
    private static let now = TestBank.start
    private static let day: TimeInterval = 86_400

    /// A certificate for logins in which one thing is wrong, and those that come with it.
    private struct Case {
        let name: String
        let login: [UInt8]
        var others: [[UInt8]] = []
        /// How the sentence begins.
        let told: String
    }

    /// An extension of so many bytes that nobody knows.
    private static func padding(_ count: Int, critical: Bool) -> Certificate.Extension {
        Certificate.Extension(
            oid: [1, 3, 6, 1, 4, 1, 99_999, 1], critical: critical, value: Array(repeating: 7, count: count)[...])
    }

    /// An authority that may vouch for one organization only.
    private static func constrained(below root: TestAuthority, to subtrees: NameConstraints) throws -> TestAuthority {
        try TestAuthority("Constrained", below: root, more: [Certificate.Extension(subtrees, critical: true)])
    }

    private static func cases(_ root: TestAuthority, _ key: Certificate.PublicKey) throws -> [Case] {
        func leaf(
            usage: KeyUsage? = .forLogins, from start: TimeInterval = -day, until end: TimeInterval = day,
            more: [Certificate.Extension] = []
        ) throws -> [UInt8] {
            try root.issue(key, usage: usage, validity: now + start...now + end, more: more)
        }
        let weak = try _RSA.Signing.PrivateKey(unsafeKeySize: _RSA.Signing.KeySize(bitCount: 1024))
        let stranger = try TestAuthority("Test Root")
        let own = P256.Signing.PrivateKey()
        let usage = KeyUsage(digitalSignature: true, keyCertSign: true)
        let authority = try TestAuthority("Authority", below: root, key: Certificate.PrivateKey(own), usage: usage)
        let others = GeneralName.directoryName(try DistinguishedName { OrganizationName("Another bank") })
        let permitted = try constrained(below: root, to: NameConstraints(permittedSubtrees: [others]))
        let mine = GeneralName.directoryName(try DistinguishedName { CommonName("Card") })
        let excluded = try constrained(below: root, to: NameConstraints(excludedSubtrees: [mine]))
        let names = SubjectAlternativeNames([.dnsName("card.example")])
        let hosts = try constrained(below: root, to: NameConstraints(excludedSubtrees: [.dnsName("example")]))
        let person = try TestAuthority("Person", below: root, constraints: .notCertificateAuthority)
        let untrusted = "no chain leads from the certificate to a trusted root: "
        return [
            Case(name: "empty", login: [], told: "not a certificate"),
            Case(name: "no certificate", login: Array("-----BEGIN CERTIFICATE-----".utf8), told: "not a certificate"),
            Case(
                name: "expired", login: try leaf(until: -60),
                told: "the certificate is valid from 2027-01-14T08:00:00Z until 2027-01-15T07:59:00Z, not now"),
            Case(
                name: "not yet valid", login: try leaf(from: 60),
                told: "the certificate is valid from 2027-01-15T08:01:00Z until 2027-01-16T08:00:00Z, not now"),
            Case(
                name: "usage for approvals", login: try leaf(usage: .forApprovals),
                told: "the certificate's key usage does not allow authentication"),
            Case(name: "no usage", login: try leaf(usage: nil), told: "the certificate's key usage does not allow authentication"),
            Case(
                name: "16 KB of extensions", login: try leaf(more: [padding(16_384, critical: false)]),
                told: "the certificate has 16"),
            Case(
                name: "16 KB of extensions in an authority", login: try leaf(),
                others: [try root.issue(key, usage: usage, more: [padding(16_384, critical: false)])], told: "the certificate has 16"),
            Case(
                name: "RSA of 1024 bits", login: try root.issue(Certificate.PublicKey(weak.publicKey), usage: .forLogins),
                told: "the certificate's RSA key has 1024 bits, at least 2048 are needed"),
            Case(
                name: "Ed25519",
                login: try root.issue(Certificate.PublicKey(Curve25519.Signing.PrivateKey().publicKey), usage: .forLogins),
                told: "the certificate's key is of a kind that no device of ours has: Ed25519"),
            Case(name: "another root of the same name", login: try stranger.issue(key, usage: .forLogins), told: untrusted),
            Case(
                name: "another root that comes along", login: try stranger.issue(key, usage: .forLogins), others: [try stranger.der],
                told: untrusted),
            Case(name: "an authority as a device", login: try authority.der, told: untrusted),
            Case(name: "a root as a device", login: try root.der, told: "the certificate's key usage does not allow authentication"),
            Case(name: "an unknown critical extension", login: try leaf(more: [padding(2, critical: true)]), told: untrusted),
            Case(
                name: "not within the permitted names", login: try permitted.issue(key, usage: .forLogins), others: [try permitted.der],
                told: untrusted),
            Case(
                name: "within the excluded names", login: try excluded.issue(key, usage: .forLogins), others: [try excluded.der],
                told: untrusted),
            Case(
                name: "within the excluded hosts",
                login: try hosts.issue(key, usage: .forLogins, more: [Certificate.Extension(names, critical: false)]),
                others: [try hosts.der], told: untrusted),
            Case(
                name: "a device in between",
                login: try person.issue(key, usage: .forLogins), others: [try person.der], told: untrusted),
            Case(
                name: "five authorities", login: try leaf(), others: Array(repeating: try authority.der, count: 5),
                told: "6 certificates came along, at most 5 are allowed"),
        ]
    }

    @Test func `a card with a certificate that is wrong in one thing is not enrolled, is told which, and nothing is stored`() async throws {
        let bank = try await WatchedBank()
        let root = try TestBank.root.get()
        let (login, approval) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let signature = try root.issue(Certificate.PublicKey(approval.publicKey), usage: .forApprovals)
        func enrol(_ own: [UInt8], _ others: [[UInt8]] = []) async throws {
            let pair = CardCertificates(authentication: own, signature: signature, intermediates: others)
            try await bank.bank.enrolments.enrol(
                DeviceID(fingerprintOf: own), as: .smartcard, for: bank.customers.alice, with: .certificates(pair),
                id: bank.bank.enrolmentID(), isEmulated: true)
        }
        for one in try Self.cases(root, Certificate.PublicKey(login.publicKey)) {
            let told = try await bank.refusal(of: one.name) { try await enrol(one.login, one.others) }
            #expect(told.hasPrefix(one.told), "\(one.name): \(told)")
        }
        try await enrol(root.issue(Certificate.PublicKey(login.publicKey), usage: .forLogins))
    }

    @Test func `a chain that is wrong says where it broke`() async throws {
        let bank = try await WatchedBank()
        let root = try TestBank.root.get()
        let key = Certificate.PublicKey(P256.Signing.PrivateKey().publicKey)
        let signature = try root.issue(Certificate.PublicKey(P256.Signing.PrivateKey().publicKey), usage: .forApprovals)
        var told: [String: String] = [:]
        for one in try Self.cases(root, key) where one.told.hasSuffix(": ") {
            let pair = CardCertificates(authentication: one.login, signature: signature, intermediates: one.others)
            told[one.name] = try await bank.refusal(of: one.name) {
                try await bank.bank.enrolments.enrol(
                    DeviceID(fingerprintOf: one.login), as: .smartcard, for: bank.customers.alice, with: .certificates(pair),
                    id: bank.bank.enrolmentID(), isEmulated: true)
            }
        }
        #expect(told["an authority as a device"]?.contains("an authority is not a device") == true)
        #expect(
            told["an unknown critical extension"]?.hasSuffix("the extension 1.3.6.1.4.1.99999.1 is critical, and nobody here knows it")
                == true)
        #expect(told["within the excluded hosts"]?.contains("excluded") == true)
        #expect(told["not within the permitted names"]?.contains("name constraints") == true)
        #expect(told["another root that comes along"]?.hasSuffix("no issuer in sight") == true)
        #expect(told["a device in between"] != told["another root that comes along"])
    }

    @Test func `certificates that are wrong come with an answer: refused, counted, and nothing else is stored`() async throws {
        let bank = try await WatchedBank()
        let card = try await bank.bank.enrolCard()
        let root = try TestBank.root.get()
        for one in try Self.cases(root, card.authentication.publicKey) {
            let operation = try await bank.bank.begin(.login(), with: card.id)
            let before = try bank.contents()
            let signed = try card.authentication.sign(operation.challenge.coveredBytes(as: .card, by: card.id))
            let outcome = try await bank.bank.operations.submit(
                .signature(signed, certificates: [one.login] + one.others), to: operation.id)
            #expect(outcome == .refused, "\(one.name)")
            // The wrong answer of the device and its person, the outcome, and the row that says so; from the fifth on nothing counts any more.
            let changed = Set(try bank.contents().changes(since: before))
            #expect(
                changed.isSubset(of: ["audit", "audit_person", "enrolment", "notice", "operation", "sqlite_sequence", "subscriber"]),
                "\(one.name): \(changed)")
            try await bank.bank.enrolments.resume(card.id)
        }
    }
}
