import Foundation
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Checks certificates of devices against trusted roots, at one moment.
struct CertificateCheck: Sendable {
    /// The most bytes of one certificate.
    static let byteLimit = 16_384
    /// The most certificates that may come with an answer: a leaf, three authorities and a root.
    static let countLimit = 5

    let anchors: TrustAnchors
    let now: Date
    /// Who is asked whether a certificate was taken back.
    var revocation = RevocationCheck()
    /// Answers about that which came along.
    var stapled: [[UInt8]] = []

    /// Reads one certificate.
    static func parse(_ der: [UInt8]) throws(CertificateRefusal) -> Certificate {
        guard der.count <= byteLimit else { throw .oversized(bytes: der.count) }
        // A key that swift-crypto does not know, or finds too weak, keeps the whole certificate from being read.
        do { return try Certificate(derEncoded: der) } catch { throw CertificateRefusal(unreadable: der) }
    }

    /// Accepts the pair of a card that is to be enrolled, and tells whether a test root vouches for it.
    func accept(_ pair: CardCertificates) async throws(CertificateRefusal) -> Bool {
        guard pair.intermediates.count < Self.countLimit else { throw .tooMany(pair.intermediates.count + 1) }
        let authentication = try await chain(from: pair.authentication, over: pair.intermediates, for: .authentication)
        let signature = try await chain(from: pair.signature, over: pair.intermediates, for: .signature)
        guard authentication.leaf.publicKey != signature.leaf.publicKey else { throw .sameKeyForBothRoles }
        return authentication.isTest || signature.isTest
    }

    /// Accepts a signature over `bytes` by the key of the pinned certificate.
    ///
    /// The chain is built over the authorities that were enrolled and those that came along.
    func accept(
        _ signature: [UInt8], over bytes: [UInt8], certificates: [[UInt8]], pinned: CardCertificates, role: KeyRole
    ) async throws(CertificateRefusal) {
        guard certificates.count <= Self.countLimit else { throw .tooMany(certificates.count) }
        guard let sent = certificates.first, sent == pinned.certificate(for: role) else { throw .notEnrolled(role) }
        let others = pinned.intermediates + certificates.dropFirst().filter { !pinned.intermediates.contains($0) }
        // First what asks nobody: who only has somebody's certificate makes no responder be asked, and learns nothing from the time.
        guard try ChallengeKey(Self.parse(sent).publicKey).hasSigned(bytes, as: signature) else { throw .wrongSignature }
        _ = try await chain(from: sent, over: others, for: role)
    }

    /// Builds a chain from a device's certificate over some of the others to a root.
    private func chain(
        from encoded: [UInt8], over others: [[UInt8]], for role: KeyRole
    ) async throws(CertificateRefusal) -> (leaf: Certificate, isTest: Bool) {
        let leaf = try Self.parse(encoded)
        var intermediates: [Certificate] = []
        for der in others { intermediates.append(try Self.parse(der)) }
        _ = try ChallengeKey(leaf.publicKey)
        guard leaf.notValidBefore <= now, now <= leaf.notValidAfter else {
            throw .outsideValidity(from: leaf.notValidBefore, until: leaf.notValidAfter)
        }
        guard leaf.allows(role) else { throw .wrongKeyUsage(role) }

        var verifier = Verifier(rootCertificates: anchors.store) {
            RFC5280Policy(fixedExpiryValidationTime: now)
            DeviceChainPolicy()
        }
        switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(intermediates)) {
        case .validCertificate(let chain):
            try await revocation.check(chain, stapled: stapled, at: now)
            return (leaf, anchors.isTest(chain.root))
        case .couldNotValidate(let failures):
            var reasons = failures.map { "\($0.policyFailureReason)" }.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
            // Who has such an extension is passed over without a word.
            let understood = RFC5280Policy(fixedExpiryValidationTime: now).verifyingCriticalExtensions
            for certificate in [leaf] + intermediates {
                let unknown = certificate.extensions.first {
                    $0.critical && !understood.contains($0.oid) && !DeviceChainPolicy().verifyingCriticalExtensions.contains($0.oid)
                }
                if let unknown { reasons.append("the extension \(unknown.oid) is critical, and nobody here knows it") }
            }
            throw .untrusted(reasons.isEmpty ? "no issuer in sight" : reasons.joined(separator: "; "))
        }
    }
}

/// What RFC 5280 asks of a chain and swift-certificates leaves to its users: issuers that may issue, and hashes that hold.
private struct DeviceChainPolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.keyUsage]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        guard chain.count > 1 else { return .failsToMeetPolicy(reason: "a root is not a device") }
        if case .isCertificateAuthority? = try? chain.leaf.extensions.basicConstraints {
            return .failsToMeetPolicy(reason: "an authority is not a device")
        }
        for issuer in chain.dropFirst() {
            guard issuer.mayIssue else {
                return .failsToMeetPolicy(reason: "\(issuer.subject) may not issue certificates")
            }
        }
        for issued in chain.dropLast() where Self.weak.contains(issued.signatureAlgorithm) {
            return .failsToMeetPolicy(reason: "\(issued.subject) is certified with SHA-1")
        }
        return .meetsPolicy
    }

    private static let weak: Set<Certificate.SignatureAlgorithm> = [.sha1WithRSAEncryption]
}

extension Certificate {
    /// Whether the key usage lets the key sign certificates (RFC 5280, 6.1.4 (n)); without the extension it does.
    fileprivate var mayIssue: Bool {
        do { return try extensions.keyUsage?.keyCertSign ?? true } catch { return false }
    }

    /// Whether the key usage (RFC 5280, 4.2.1.3) lets the key answer in this role; without the extension it does not.
    fileprivate func allows(_ role: KeyRole) -> Bool {
        guard let usage = try? extensions.keyUsage else { return false }
        switch role {
        case .authentication: return usage.digitalSignature
        case .signature: return usage.nonRepudiation
        }
    }
}
