import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Verification

/// Every way in which a certificate or a signature is not believed has its own refusal.
struct CertificateCheckTests {
    private let root: TestAuthority
    private let anchors: TrustAnchors
    private let bytes = Array("what is signed".utf8)
    private let key = TestKey.p256(P256.Signing.PrivateKey())

    init() throws {
        root = try TestAuthority("Root")
        anchors = try TrustAnchors(roots: [root.der])
    }

    private func check(
        _ certificates: [[UInt8]], pinned: [UInt8]? = nil, enrolled intermediates: [[UInt8]] = [], signature: [UInt8]? = nil,
        role: KeyRole = .authentication,
        anchors: TrustAnchors? = nil, at now: Date = TestBank.start
    ) async throws {
        let pinned = pinned ?? certificates.first ?? []
        try await CertificateCheck(anchors: anchors ?? self.anchors, now: now).accept(
            signature ?? key.sign(bytes), over: bytes, certificates: certificates,
            pinned: CardCertificates(authentication: pinned, signature: pinned, intermediates: intermediates), role: role)
    }

    private func refusal(_ body: () async throws -> Void) async -> CertificateRefusal? {
        do {
            try await body()
            return nil
        } catch { return error as? CertificateRefusal }
    }

    private func isUntrusted(_ refusal: CertificateRefusal?) -> Bool { if case .untrusted? = refusal { true } else { false } }

    @Test(arguments: TestKey.Kind.allCases, KeyRole.allCases)
    func `a right signature with a chain to the root is accepted`(_ kind: TestKey.Kind, _ role: KeyRole) async throws {
        let key = try TestKey.make(kind)
        let leaf = try root.issue(key.publicKey, usage: role == .authentication ? .forLogins : .forApprovals)
        try await check([leaf], signature: key.sign(bytes), role: role)
    }

    @Test func `a chain over two authorities is built, in whatever order they come`() async throws {
        let upper = try TestAuthority("Upper", below: root)
        let lower = try TestAuthority("Lower", below: upper)
        let leaf = try lower.issue(key.publicKey, usage: .forLogins)
        try await check([leaf, lower.der, upper.der])
        try await check([leaf, upper.der, lower.der])
        try await check([leaf, upper.der, lower.der, root.der])
        #expect(isUntrusted(await refusal { try await check([leaf, upper.der]) }))
        #expect(isUntrusted(await refusal { try await check([leaf]) }))
    }

    @Test(arguments: TestKey.Kind.allCases)
    func `a signature with any bit changed is refused`(_ kind: TestKey.Kind) async throws {
        let key = try TestKey.make(kind)
        let leaf = try root.issue(key.publicKey, usage: .forLogins)
        let signature = try key.sign(bytes)
        for position in stride(from: 0, to: signature.count * 8, by: 61) {
            var changed = signature
            changed[position / 8] ^= 1 << (position % 8)
            #expect(await refusal { try await check([leaf], signature: changed) } == .wrongSignature)
        }
    }

    @Test(arguments: TestKey.Kind.allCases)
    func `a signature that is cut, lengthened, empty or of another key is refused`(_ kind: TestKey.Kind) async throws {
        let key = try TestKey.make(kind)
        let leaf = try root.issue(key.publicKey, usage: .forLogins)
        let signature = try key.sign(bytes)
        let other = try TestKey.make(kind, number: 1).sign(bytes)
        for wrong in [[], Array(signature.dropLast()), signature + [0], [0] + signature, Array(signature.reversed()), other] {
            #expect(await refusal { try await check([leaf], signature: wrong) } == .wrongSignature)
        }
    }

    @Test func `P-384 signs with SHA-384 and RSA with PKCS 1 or PSS, nothing else`() async throws {
        let large = P384.Signing.PrivateKey()
        let leaf = try root.issue(Certificate.PublicKey(large.publicKey), usage: .forLogins)
        let shorter = Array(try large.signature(for: SHA256.hash(data: bytes)).derRepresentation)
        #expect(await refusal { try await check([leaf], signature: shorter) } == .wrongSignature)

        guard case .rsa(let rsa) = try TestKey.make(.rsa2048) else {
            Issue.record("no RSA key")
            return
        }
        let rsaLeaf = try root.issue(Certificate.PublicKey(rsa.publicKey), usage: .forLogins)
        for wrong in [
            try rsa.signature(for: Insecure.SHA1.hash(data: bytes), padding: .PSS),
            try rsa.signature(for: SHA384.hash(data: bytes), padding: .insecurePKCS1v1_5),
            try rsa.signature(for: Insecure.SHA1.hash(data: bytes), padding: .insecurePKCS1v1_5),
        ] {
            #expect(await refusal { try await check([rsaLeaf], signature: Array(wrong.rawRepresentation)) } == .wrongSignature)
        }
    }

    @Test func `a certificate of another root is untrusted`() async throws {
        let other = try TestAuthority("Root")
        let leaf = try other.issue(key.publicKey, usage: .forLogins)
        #expect(isUntrusted(await refusal { try await check([leaf]) }))
        #expect(isUntrusted(await refusal { try await check([leaf, other.der]) }))
        #expect(isUntrusted(await refusal { try await check([leaf], anchors: TrustAnchors()) }))
    }

    @Test func `a certificate is valid from its first to its last second`() async throws {
        let validity = TestBank.start...TestBank.start.addingTimeInterval(100)
        let leaf = try root.issue(key.publicKey, usage: .forLogins, validity: validity)
        for (seconds, isValid) in [(-1.0, false), (0, true), (50, true), (100, true), (101, false)] {
            let found = await refusal { try await check([leaf], at: TestBank.start.addingTimeInterval(seconds)) }
            #expect(found == (isValid ? nil : .outsideValidity(from: validity.lowerBound, until: validity.upperBound)))
        }
    }

    @Test func `an authority or a root that has expired vouches for nobody`() async throws {
        let past = TestBank.start.addingTimeInterval(-100)...TestBank.start.addingTimeInterval(-1)
        let expired = try TestAuthority("Lower", below: root, validity: past)
        #expect(isUntrusted(await refusal { try await check([expired.issue(key.publicKey, usage: .forLogins), expired.der]) }))
        let oldRoot = try TestAuthority("Old", validity: past)
        let leaf = try oldRoot.issue(key.publicKey, usage: .forLogins)
        let old = try TrustAnchors(roots: [oldRoot.der])
        #expect(isUntrusted(await refusal { try await check([leaf], anchors: old) }))
    }

    @Test(
        arguments: [
            (KeyRole.authentication, KeyUsage.forApprovals), (.authentication, KeyUsage(keyEncipherment: true)), (.authentication, nil),
            (.authentication, KeyUsage(keyCertSign: true)), (.signature, KeyUsage.forLogins), (.signature, nil),
            (.signature, KeyUsage(keyAgreement: true)),
        ] as [(KeyRole, KeyUsage?)])
    func `key usage must allow the role`(_ role: KeyRole, _ usage: KeyUsage?) async throws {
        let leaf = try root.issue(key.publicKey, usage: usage)
        #expect(await refusal { try await check([leaf], role: role) } == .wrongKeyUsage(role))
    }

    @Test func `a key with both usages fits both roles`() async throws {
        let leaf = try root.issue(key.publicKey, usage: KeyUsage(digitalSignature: true, nonRepudiation: true))
        for role in KeyRole.allCases { try await check([leaf], role: role) }
    }

    @Test func `RSA of less than 2048 bits is refused`() async throws {
        let weak = try _RSA.Signing.PrivateKey(unsafeKeySize: _RSA.Signing.KeySize(bitCount: 1024))
        let leaf = try root.issue(Certificate.PublicKey(weak.publicKey), usage: .forLogins)
        #expect(await refusal { try await check([leaf]) } == .weakKey(bits: 1024))
        let weakRoot = try TestAuthority("Weak", key: Certificate.PrivateKey(weak))
        #expect(throws: CertificateRefusal.weakKey(bits: 1024)) { try TrustAnchors(roots: [weakRoot.der]) }
    }

    @Test func `keys that no card of ours has are refused`() async throws {
        for (other, name) in [
            (Certificate.PublicKey(Curve25519.Signing.PrivateKey().publicKey), "Ed25519"),
            (Certificate.PublicKey(P521.Signing.PrivateKey().publicKey), "P-521"),
        ] {
            let leaf = try root.issue(other, usage: .forLogins)
            #expect(await refusal { try await check([leaf]) } == .unusableKey(name))
        }
    }

    @Test func `a certificate of more than 16 KB is refused before it is read`() async throws {
        func padded(_ count: Int) throws -> [UInt8] {
            let padding = Certificate.Extension(
                oid: [1, 3, 6, 1, 4, 1, 99_999, 1], critical: false, value: Array(repeating: 7, count: count)[...])
            return try root.issue(key.publicKey, usage: .forLogins, more: [padding])
        }
        try await check([padded(12_000)])
        let large = try padded(17_000)
        #expect(await refusal { try await check([large]) } == .oversized(bytes: large.count))
        let leaf = try root.issue(key.publicKey, usage: .forLogins)
        #expect(await refusal { try await check([leaf, large]) } == .oversized(bytes: large.count))
        #expect(throws: CertificateRefusal.oversized(bytes: 16_385)) { try TrustAnchors(roots: [Array(repeating: 0, count: 16_385)]) }
    }

    @Test func `authorities that were enrolled need not come along, and those that come along fill the gaps`() async throws {
        let upper = try TestAuthority("Upper", below: root)
        let lower = try TestAuthority("Lower", below: upper)
        let leaf = try lower.issue(key.publicKey, usage: .forLogins)
        try await check([leaf], enrolled: [upper.der, lower.der])
        try await check([leaf, lower.der], enrolled: [upper.der])
        try await check([leaf, lower.der, upper.der], enrolled: [lower.der, upper.der])
        #expect(isUntrusted(await refusal { try await check([leaf], enrolled: [upper.der]) }))
        #expect(isUntrusted(await refusal { try await check([leaf, lower.der], enrolled: [lower.der]) }))
        #expect(await refusal { try await check([leaf] + Array(repeating: root.der, count: 5), enrolled: [upper.der]) } == .tooMany(6))
    }

    @Test func `an authority that was enrolled and has expired since leads to no root`() async throws {
        let end = TestBank.start.addingTimeInterval(60)
        let authority = try TestAuthority("Short", below: root, validity: TestBank.start...end)
        let leaf = try authority.issue(key.publicKey, usage: .forLogins)
        try await check([leaf], enrolled: [authority.der], at: end)
        #expect(isUntrusted(await refusal { try await check([leaf], enrolled: [authority.der], at: end.addingTimeInterval(1)) }))
    }

    @Test func `more than five certificates are refused before they are read`() async throws {
        let leaf = try root.issue(key.publicKey, usage: .forLogins)
        try await check([leaf] + Array(repeating: root.der, count: 4))
        #expect(await refusal { try await check([leaf] + Array(repeating: root.der, count: 5)) } == .tooMany(6))
        #expect(await refusal { try await check([leaf] + Array(repeating: [], count: 5)) } == .tooMany(6))
    }

    @Test func `what is no certificate is malformed, wherever it is cut`() async throws {
        let leaf = try root.issue(key.publicKey, usage: .forLogins)
        var broken: [[UInt8]] = [[], [0], [0x30, 0x80], Array(repeating: 0xFF, count: 100), leaf + [0]]
        broken += stride(from: 1, to: leaf.count, by: 7).map { Array(leaf.prefix($0)) }
        for one in broken {
            #expect(await refusal { try await check([one]) } == .malformed)
            #expect(throws: CertificateRefusal.malformed) { try TrustAnchors(roots: [one]) }
        }
    }

    @Test func `a certificate with any certified byte changed is not believed`() async throws {
        let leaf = try root.issue(key.publicKey, usage: .forLogins)
        let certified = try Certificate(derEncoded: leaf).tbsCertificateBytes
        let start = try #require(leaf.indices.first { leaf[$0...].starts(with: certified) })
        for position in 0..<start + certified.count {
            var changed = leaf
            changed[position] ^= 0x01
            #expect(await refusal { try await check([changed]) } != nil, "byte \(position)")
        }
    }

    @Test func `only the pinned certificate answers, even when the same key has another one`() async throws {
        let pinned = try root.issue(key.publicKey, usage: .forLogins)
        let renewed = try root.issue(key.publicKey, usage: .forLogins)
        try await check([pinned], pinned: pinned)
        #expect(await refusal { try await check([renewed], pinned: pinned) } == .notEnrolled(.authentication))
        #expect(await refusal { try await check([renewed, pinned], pinned: pinned) } == .notEnrolled(.authentication))
        #expect(await refusal { try await check([], pinned: pinned) } == .notEnrolled(.authentication))
    }

    @Test func `an authority that may not issue vouches for nobody`() async throws {
        let usages: [KeyUsage] = [.forLogins, KeyUsage(cRLSign: true)]
        for usage in usages {
            let authority = try TestAuthority("Lower", below: root, usage: usage)
            let leaf = try authority.issue(key.publicKey, usage: .forLogins)
            #expect(isUntrusted(await refusal { try await check([leaf, authority.der]) }))
        }
        let person = try TestAuthority("Person", below: root, constraints: .notCertificateAuthority)
        let leaf = try person.issue(key.publicKey, usage: .forLogins)
        #expect(isUntrusted(await refusal { try await check([leaf, person.der]) }))
    }

    @Test func `a path longer than its authority allows is untrusted`() async throws {
        let upper = try TestAuthority("Upper", below: root, constraints: .isCertificateAuthority(maxPathLength: 0))
        let lower = try TestAuthority("Lower", below: upper)
        try await check([upper.issue(key.publicKey, usage: .forLogins), upper.der])
        let leaf = try lower.issue(key.publicKey, usage: .forLogins)
        #expect(isUntrusted(await refusal { try await check([leaf, lower.der, upper.der]) }))
    }

    @Test func `neither a root nor an authority is a device`() async throws {
        let usage = KeyUsage(digitalSignature: true, keyCertSign: true)
        let own = P256.Signing.PrivateKey()
        let self0 = try TestAuthority("Self", key: Certificate.PrivateKey(own), usage: usage)
        let believed = try TrustAnchors(roots: [self0.der])
        let signature = try TestKey.p256(own).sign(bytes)
        #expect(isUntrusted(await refusal { try await check([self0.der], signature: signature, anchors: believed) }))
        let authority = try TestAuthority("Lower", below: root, key: Certificate.PrivateKey(own), usage: usage)
        #expect(isUntrusted(await refusal { try await check([authority.der], signature: signature) }))
    }

    @Test func `a critical extension that is not understood is refused, a harmless one is not`() async throws {
        func leaf(critical: Bool) throws -> [UInt8] {
            let unknown = Certificate.Extension(oid: [1, 3, 6, 1, 4, 1, 99_999, 2], critical: critical, value: [5, 0])
            return try root.issue(key.publicKey, usage: .forLogins, more: [unknown])
        }
        try await check([leaf(critical: false)])
        #expect(isUntrusted(await refusal { try await check([leaf(critical: true)]) }))
    }

    @Test func `a certificate that was certified with SHA-1 is untrusted`() async throws {
        guard case .rsa(let rsa) = try TestKey.make(.rsa2048) else {
            Issue.record("no RSA key")
            return
        }
        let old = try TestAuthority("Old", key: Certificate.PrivateKey(rsa))
        let anchors = try TrustAnchors(roots: [old.der])
        try await check([old.issue(key.publicKey, usage: .forLogins)], anchors: anchors)
        let leaf = try old.issue(key.publicKey, usage: .forLogins, algorithm: .sha1WithRSAEncryption)
        #expect(isUntrusted(await refusal { try await check([leaf], anchors: anchors) }))
    }

    @Test func `a pair is enrolled with a key for each role, and a test root is noticed`() async throws {
        let other = TestKey.p256(P256.Signing.PrivateKey())
        let pair = CardCertificates(
            authentication: try root.issue(key.publicKey, usage: .forLogins),
            signature: try root.issue(other.publicKey, usage: .forApprovals))
        let real = CertificateCheck(anchors: anchors, now: TestBank.start)
        #expect(try await real.accept(pair) == false)
        let test = CertificateCheck(anchors: try TrustAnchors(roots: [], testRoots: [root.der]), now: TestBank.start)
        #expect(try await test.accept(pair) == true)

        let both = KeyUsage(digitalSignature: true, nonRepudiation: true)
        let same = CardCertificates(
            authentication: try root.issue(key.publicKey, usage: both), signature: try root.issue(key.publicKey, usage: both))
        await #expect(throws: CertificateRefusal.sameKeyForBothRoles) { try await real.accept(same) }
        let swapped = CardCertificates(authentication: pair.signature, signature: pair.authentication)
        await #expect(throws: CertificateRefusal.wrongKeyUsage(.authentication)) { try await real.accept(swapped) }
    }
}
