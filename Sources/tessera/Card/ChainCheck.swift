import Foundation
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Whether a chain leads from a certificate to a root that the person trusts; RFC 5280, 6.
struct ChainCheck {
    private let roots: [Certificate]
    private let others: [Certificate]

    /// Reads the certificates of a PEM file: those that name themselves as issuer are roots.
    init(pem: [UInt8], named name: String) throws {
        let read: [Certificate]
        do {
            read = try PEMDocument.parseMultiple(pemString: String(decoding: pem, as: UTF8.self)).map { try Certificate(pemDocument: $0) }
        } catch {
            throw Failure("\"\(name)\" does not hold certificates in PEM", hint: "\"openssl x509 -in FILE\" converts them", exit: .usage)
        }
        roots = read.filter { $0.issuer == $0.subject }
        others = read.filter { $0.issuer != $0.subject }
        guard !roots.isEmpty else {
            throw Failure("\"\(name)\" holds no root certificate", hint: "add the one that names itself as its issuer", exit: .usage)
        }
    }

    /// Builds the chain, valid at `now`.
    func judge(_ test: CertificateTest, at now: Date) async -> Finding {
        let check = "\(test.role.rawValue) chain"
        var verifier = Verifier(rootCertificates: CertificateStore(roots)) {
            RFC5280Policy(fixedExpiryValidationTime: now)
            KeyUsageKnown()
        }
        switch await verifier.validate(leaf: test.certificate, intermediates: CertificateStore(others)) {
        case .validCertificate(let chain):
            return .ok(check, "leads to \(chain.root.subject)")
        case .couldNotValidate(let failures):
            let reasons = failures.map { "\($0.policyFailureReason)" }
            return .failed(
                check,
                reasons.isEmpty ? "no certificate of its issuer, \(test.certificate.issuer), is there" : reasons.joined(separator: "; "),
                hint: "add the issuer's certificate and its root to the file of --ca")
        }
    }
}

/// The key usage is looked at by ``CertificateTest``; here it only counts as understood, where it is critical.
private struct KeyUsageKnown: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.keyUsage]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        let issuers = chain.dropFirst()
        let mayIssue = issuers.allSatisfy { (try? $0.extensions.keyUsage?.keyCertSign) ?? true }
        return mayIssue ? .meetsPolicy : .failsToMeetPolicy(reason: "an issuer in the chain may not issue certificates")
    }
}
