import Crypto
import Foundation
import SwiftASN1
import Testing
@_spi(FixedExpiryValidationTime) import X509

@testable import Emulation

/// An authority between the root and the cards, and what its certificates say; openssl's opinion is in PeerTests.
@Suite struct IntermediateAuthorityTests {
    private let day: TimeInterval = 86_400
    private let holderKey = P256.Signing.PrivateKey()

    private func issue(_ usage: CertificateUsage = .signature, from authority: TestAuthority) throws -> Certificate {
        try Certificate(
            derEncoded: authority.issue(
                holder: "Test Holder", publicKey: Array(holderKey.publicKey.derRepresentation), usage: usage, now: TestCards.now))
    }

    private func isTrusted(_ leaf: Certificate, by root: [UInt8], through intermediates: [[UInt8]]) async throws -> Bool {
        var verifier = Verifier(rootCertificates: CertificateStore([try Certificate(derEncoded: root)])) {
            RFC5280Policy(fixedExpiryValidationTime: TestCards.now)
        }
        let between = CertificateStore(try intermediates.map { try Certificate(derEncoded: $0) })
        if case .validCertificate = await verifier.validate(leaf: leaf, intermediates: between) { return true }
        return false
    }

    @Test(arguments: CertificateUsage.allCases)
    func `a chain over an intermediate verifies, and not without it`(usage: CertificateUsage) async throws {
        let issuing = try TestAuthority(now: TestCards.now).intermediate(now: TestCards.now)
        let leaf = try issue(usage, from: issuing)
        #expect(issuing.intermediates == [issuing.certificate])
        #expect(try await isTrusted(leaf, by: issuing.root, through: issuing.intermediates))
        #expect(try await !isTrusted(leaf, by: issuing.root, through: []))
    }

    @Test func `a root has nothing between itself and its leaves`() throws {
        let root = try TestAuthority(now: TestCards.now)
        #expect(root.intermediates.isEmpty)
        #expect(root.certificate == root.root)
    }

    @Test func `an intermediate signs leaves only, and never outlives its root`() throws {
        let root = try TestAuthority(now: TestCards.now, validity: 10 * day)
        let issuing = try root.intermediate(name: "Below", now: TestCards.now)
        let certificate = try Certificate(derEncoded: issuing.certificate)
        #expect(try certificate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(try certificate.extensions.keyUsage == KeyUsage(keyCertSign: true, cRLSign: true))
        #expect(certificate.subject.description.contains("CN=Below"))
        #expect(certificate.subject.description.contains("O=Tessera Test"))
        #expect(certificate.notValidAfter == TestCards.now + 10 * day)
        #expect(throws: TestAuthorityError.noRoomBelow) { try issuing.intermediate(now: TestCards.now) }
    }

    @Test(arguments: CertificateUsage.allCases)
    func `only a certificate for signatures says that it is qualified`(usage: CertificateUsage) throws {
        let leaf = try issue(usage, from: TestCards.authority())
        let statements = leaf.extensions[oid: [1, 3, 6, 1, 5, 5, 7, 1, 3]]
        guard usage == .signature else {
            #expect(statements == nil)
            return
        }
        // QcCompliance, QcSSCD, QcType { esign }; 0.4.0.1862.1.1, .4, .6 and .6.1.
        let expected: [UInt8] =
            [0x30, 0x29] + [0x30, 0x08, 0x06, 0x06, 0x04, 0x00, 0x8E, 0x46, 0x01, 0x01]
            + [0x30, 0x08, 0x06, 0x06, 0x04, 0x00, 0x8E, 0x46, 0x01, 0x04]
            + [0x30, 0x13, 0x06, 0x06, 0x04, 0x00, 0x8E, 0x46, 0x01, 0x06]
            + [0x30, 0x09, 0x06, 0x07, 0x04, 0x00, 0x8E, 0x46, 0x01, 0x06, 0x01]
        #expect(statements.map { Array($0.value) } == expected)
        #expect(statements?.critical == false)
    }

    @Test func `certificates say where revocation can be asked, once that is known`() throws {
        var authority = try TestAuthority(now: TestCards.now)
        #expect(try issue(from: authority).extensions.authorityInformationAccess == nil)
        #expect(try issue(from: authority).extensions[oid: [2, 5, 29, 31]] == nil)
        authority.services = RevocationServices(list: "http://localhost/a.crl", responder: "http://localhost/a")
        let leaf = try issue(from: authority)
        let access = try #require(try leaf.extensions.authorityInformationAccess)
        #expect(access.map(\.location) == [.uniformResourceIdentifier("http://localhost/a")])
        #expect(access.map(\.method) == [.ocspServer])
        let points = try #require(leaf.extensions[oid: [2, 5, 29, 31]])
        // SEQUENCE { SEQUENCE { [0] { [0] { [6] URL } } } }
        let url = Array("http://localhost/a.crl".utf8)
        #expect(Array(points.value) == [0x30, 30, 0x30, 28, 0xA0, 26, 0xA0, 24, 0x86, 22] + url)
    }

    @Test func `a URL that is not ASCII is an error`() throws {
        var authority = try TestAuthority(now: TestCards.now)
        authority.services = RevocationServices(list: "http://Zoë/")
        #expect(throws: TestAuthorityError.self) { try issue(from: authority) }
    }

    @Test func `an authority and its root are the same after they were written and read`() async throws {
        let root = try TestAuthority(now: TestCards.now)
        let issuing = try root.intermediate(now: TestCards.now)
        let read = try TestAuthority.reading(pem: TestAuthority.pem(root: root, issuing: issuing))
        #expect(read.root.certificate == root.root)
        #expect(read.issuing.certificate == issuing.certificate)
        #expect(read.issuing.root == root.root)
        let leaf = try issue(from: read.issuing)
        #expect(try await isTrusted(leaf, by: root.root, through: issuing.intermediates))
        #expect(try await isTrusted(issue(from: read.root), by: root.root, through: []))
    }

    @Test func `what is no authority is told`() throws {
        let root = try TestAuthority(now: TestCards.now)
        let other = try TestAuthority(now: TestCards.now).intermediate(now: TestCards.now)
        let whole = TestAuthority.pem(root: root, issuing: try root.intermediate(now: TestCards.now))
        let foreign = TestAuthority.pem(root: root, issuing: other)
        let cut = whole.components(separatedBy: "-----BEGIN PRIVATE KEY-----").dropLast().joined(separator: "-----BEGIN PRIVATE KEY-----")
        // The root's key where the issuing authority's should be.
        let swapped = foreign.replacingOccurrences(
            of: try #require(whole.range(of: "-----BEGIN PRIVATE KEY-----").map { String(whole[$0.lowerBound...]) }), with: "")
        for text in ["", "hello", cut, swapped + cut] {
            #expect(throws: TestAuthorityError.unreadableAuthority) { try TestAuthority.reading(pem: text) }
        }
    }
}
