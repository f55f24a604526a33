import Crypto
import Foundation
import SwiftASN1
import Testing
@_spi(FixedExpiryValidationTime) import X509

@testable import Emulation

@Suite struct TestAuthorityTests {
    private let day: TimeInterval = 86_400
    private let holderKey = P256.Signing.PrivateKey()

    private func issue(_ usage: CertificateUsage = .authentication, from authority: TestAuthority) throws -> Certificate {
        try Certificate(
            derEncoded: authority.issue(
                holder: "Test Holder", publicKey: Array(holderKey.publicKey.derRepresentation), usage: usage, now: TestCards.now))
    }

    private func isTrusted(_ leaf: Certificate, by root: Certificate, at time: Date) async -> Bool {
        var verifier = Verifier(rootCertificates: CertificateStore([root])) { RFC5280Policy(fixedExpiryValidationTime: time) }
        if case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore()) { return true }
        return false
    }

    /// Signatures have 70 to 72 bytes otherwise: reading a card would take other commands in each run.
    @Test func `certificates for one key and name have one length`() throws {
        let authority = try TestCards.authority()
        let lengths = try (0..<50).map { _ in
            try authority.issue(
                holder: "Test Holder", publicKey: Array(holderKey.publicKey.derRepresentation), usage: .signature, now: TestCards.now
            ).count
        }
        #expect(Set(lengths).count == 1)
        #expect(Set(try (0..<20).map { _ in try TestAuthority(now: TestCards.now).root.count }).count == 1)
    }

    @Test(arguments: CertificateUsage.allCases)
    func `a chain verifies with swift-certificates`(usage: CertificateUsage) async throws {
        let authority = try TestCards.authority()
        let root = try Certificate(derEncoded: authority.root)
        let leaf = try issue(usage, from: authority)
        #expect(await isTrusted(leaf, by: root, at: TestCards.now))
        #expect(await isTrusted(leaf, by: root, at: TestCards.now + 1000 * day))
        #expect(await !isTrusted(leaf, by: root, at: TestCards.now - 1))
        #expect(await !isTrusted(leaf, by: root, at: TestCards.now + 1100 * day))
    }

    @Test(arguments: CardKeyKind.allCases)
    func `the chains of a card verify`(kind: CardKeyKind) async throws {
        let root = try Certificate(derEncoded: TestCards.authority().root)
        let card = try TestCards.powered(kind)
        for slot in PIVSlot.allCases { #expect(await isTrusted(try card.certificate(slot), by: root, at: TestCards.now)) }
    }

    @Test func `leaves have the dates that a test wants, and never longer than the authority`() async throws {
        var authority = try TestCards.authority()
        let root = try Certificate(derEncoded: authority.root)
        let (from, until) = (TestCards.now + 10 * day, TestCards.now + 20 * day)
        authority.leafDates = from...until
        let leaf = try issue(from: authority)
        #expect(leaf.notValidBefore == from && leaf.notValidAfter == until)
        #expect(await isTrusted(leaf, by: root, at: TestCards.now + 15 * day))
        for moment in [TestCards.now, until + 1] { #expect(await !isTrusted(leaf, by: root, at: moment)) }
        // An authority below has its own dates.
        #expect(try Certificate(derEncoded: authority.intermediate(now: TestCards.now).certificate).notValidBefore == TestCards.now)
        authority.leafDates = from...root.notValidAfter
        #expect(try issue(from: authority).notValidAfter == root.notValidAfter)
        authority.leafDates = from...root.notValidAfter + 1
        #expect(throws: TestAuthorityError.tooLate(root.notValidAfter)) { try issue(from: authority) }
    }

    @Test func `another authority of the same name is not trusted`() async throws {
        let leaf = try issue(from: TestAuthority(now: TestCards.now))
        let root = try Certificate(derEncoded: TestCards.authority().root)
        #expect(leaf.issuer == root.subject)
        #expect(await !isTrusted(leaf, by: root, at: TestCards.now))
    }

    @Test func `the same key and name make the same authority again`() async throws {
        let key = P256.Signing.PrivateKey()
        let before = try TestAuthority(name: "Again", key: key, now: TestCards.now)
        let after = try TestAuthority(name: "Again", key: key, now: TestCards.now + 30 * day)
        let root = try Certificate(derEncoded: after.root)
        #expect(await isTrusted(try issue(from: before), by: root, at: TestCards.now + 31 * day))
    }

    @Test func `names say that they are of a test`() throws {
        let authority = try TestCards.authority()
        let root = try Certificate(derEncoded: authority.root)
        let leaf = try issue(from: authority)
        #expect(root.subject.description.contains("O=Tessera Test"))
        #expect(root.subject.description.contains("CN=Test Root CA"))
        #expect(root.issuer == root.subject)
        #expect(leaf.subject.description.contains("O=Tessera Test"))
        #expect(leaf.subject.description.contains("CN=Test Holder"))
    }

    @Test func `the root has room for one authority below it`() throws {
        let root = try Certificate(derEncoded: TestCards.authority().root)
        #expect(try root.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 1))
        #expect(try root.extensions.keyUsage == KeyUsage(keyCertSign: true, cRLSign: true))
        #expect(root.publicKey.isValidSignature(root.signature, for: root))
    }

    @Test(
        arguments: [
            (.authentication, KeyUsage(digitalSignature: true)), (.signature, KeyUsage(nonRepudiation: true)),
            (.keyManagement, KeyUsage(keyAgreement: true)), (.cardAuthentication, KeyUsage(digitalSignature: true)),
        ] as [(CertificateUsage, KeyUsage)])
    func `each usage allows its own and nothing else`(usage: CertificateUsage, expected: KeyUsage) throws {
        let leaf = try issue(usage, from: TestCards.authority())
        #expect(try leaf.extensions.keyUsage == expected)
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
        #expect(leaf.extensions[oid: .X509ExtensionID.keyUsage]?.critical == true)
        #expect((try leaf.extensions.extendedKeyUsage != nil) == (usage == .authentication))
    }

    @Test func `an RSA key enciphers where an EC key agrees`() throws {
        let leaf = try TestCards.powered(.rsa2048).certificate(.keyManagement)
        #expect(try leaf.extensions.keyUsage == KeyUsage(keyEncipherment: true))
    }

    @Test func `key identifiers lead from the leaf to the root`() throws {
        let authority = try TestCards.authority()
        let root = try Certificate(derEncoded: authority.root)
        let leaf = try issue(from: authority)
        let identifier = try #require(try root.extensions.subjectKeyIdentifier)
        #expect(try leaf.extensions.authorityKeyIdentifier?.keyIdentifier == identifier.keyIdentifier)
        let own = try #require(try leaf.extensions.subjectKeyIdentifier)
        #expect(own.keyIdentifier == SubjectKeyIdentifier(hash: leaf.publicKey).keyIdentifier)
        #expect(own.keyIdentifier != identifier.keyIdentifier)
    }

    @Test func `serial numbers differ`() throws {
        let authority = try TestCards.authority()
        let serials = try (0..<20).map { _ in try issue(from: authority).serialNumber }
        #expect(Set(serials).count == 20)
        // RFC 5280, 4.1.2.2: positive, at most 20 bytes.
        #expect(serials.allSatisfy { (1...20).contains($0.bytes.count) && $0.bytes.first.map { $0 < 0x80 } == true })
    }

    @Test func `a leaf never outlives its root`() throws {
        let authority = try TestAuthority(now: TestCards.now, validity: 10 * day)
        let leaf = try issue(from: authority)
        #expect(leaf.notValidBefore == TestCards.now)
        #expect(leaf.notValidAfter == TestCards.now + 10 * day)
        #expect(try Certificate(derEncoded: authority.root).notValidAfter == leaf.notValidAfter)
    }

    @Test(arguments: [0.1, 0.5, 0.9])
    func `a certificate is valid at the very moment of its issue`(fraction: TimeInterval) async throws {
        let now = TestCards.now + fraction
        let authority = try TestAuthority(now: now)
        let der = try authority.issue(
            holder: "Now", publicKey: Array(holderKey.publicKey.derRepresentation), usage: .authentication, now: now)
        let root = try Certificate(derEncoded: authority.root)
        #expect(root.notValidBefore == TestCards.now)
        #expect(await isTrusted(try Certificate(derEncoded: der), by: root, at: now))
    }

    @Test func `validity is what was asked for`() throws {
        let der = try TestCards.authority().issue(
            holder: "Short", publicKey: Array(holderKey.publicKey.derRepresentation), usage: .signature, now: TestCards.now + day,
            validity: 2 * day)
        let leaf = try Certificate(derEncoded: der)
        #expect(leaf.notValidBefore == TestCards.now + day)
        #expect(leaf.notValidAfter == TestCards.now + 3 * day)
    }

    @Test(arguments: ["Zoë Müller", "李小龍", "O'Brien, \"Bob\" <x>", String(repeating: "x", count: 64)])
    func `any name of up to 64 characters is written`(name: String) throws {
        let der = try TestCards.authority().issue(
            holder: name, publicKey: Array(holderKey.publicKey.derRepresentation), usage: .signature, now: TestCards.now)
        let values = try Certificate(derEncoded: der).subject.flatMap { $0.compactMap { String($0.value) } }
        #expect(values.contains(name))
    }

    @Test(arguments: ["", String(repeating: "x", count: 65)])
    func `a name without characters, or with too many, is refused`(name: String) throws {
        let authority = try TestCards.authority()
        #expect(throws: TestAuthorityError.unsuitableName(name)) {
            try authority.issue(holder: name, publicKey: [], usage: .signature, now: TestCards.now)
        }
        #expect(throws: TestAuthorityError.unsuitableName(name)) { try TestAuthority(name: name, now: TestCards.now) }
        #expect(TestAuthorityError.unsuitableName(name).description.contains("1 to 64"))
    }

    @Test(arguments: [[], [0x30], [0x30, 0x00], Array(repeating: 0xFF, count: 91)] as [[UInt8]])
    func `what is no public key is refused`(bytes: [UInt8]) throws {
        let authority = try TestCards.authority()
        #expect(throws: TestAuthorityError.unreadablePublicKey) {
            try authority.issue(holder: "Test", publicKey: bytes, usage: .signature, now: TestCards.now)
        }
    }
}
