import Crypto
import Foundation
import SwiftASN1
import X509

/// What can be said of one certificate of a card, and of a signature by its key.
struct CertificateTest {
    /// A certificate that ends sooner is worth a warning: a new one takes its time.
    static let notice: TimeInterval = 30 * 86_400

    let certificate: Certificate
    let role: SigningRole

    /// `nil` for bytes that are no certificate.
    init?(_ der: [UInt8], role: SigningRole) {
        guard let certificate = try? Certificate(derEncoded: der) else { return nil }
        self.certificate = certificate
        self.role = role
    }

    /// What a person reads.
    var subject: String { certificate.subject.description }

    /// A text that nobody can take for an agreement, with 32 random bytes.
    static func challenge(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        let random = (0..<4).map { _ in String(generator.next() as UInt64, radix: 16) }.joined(separator: "-")
        return Array("Tessera: a test of a certificate. Nothing is agreed to by this signature. \(random)\n".utf8)
    }

    /// Whether `signature` is one over `message` by the certificate's key.
    func judge(_ signature: [UInt8], over message: [UInt8]) -> Finding {
        let key = certificate.publicKey
        let algorithm: Certificate.SignatureAlgorithm =
            if P256.Signing.PublicKey(key) != nil {
                .ecdsaWithSHA256
            } else if P384.Signing.PublicKey(key) != nil {
                .ecdsaWithSHA384
            } else if Curve25519.Signing.PublicKey(key) != nil {
                .ed25519
            } else {
                .sha256WithRSAEncryption
            }
        guard key.isValidSignature(signature, for: message, signatureAlgorithm: algorithm) else {
            return .failed(
                "\(role.rawValue) key", "its signature does not fit the certificate",
                hint: "the card holds another key than its certificate says: ask who issued it for a new one")
        }
        return .ok("\(role.rawValue) key", "its signature fits the certificate of \(subject)")
    }

    /// Whether the certificate is valid at `now`; RFC 5280, 4.1.2.5.
    func validity(at now: Date) -> Finding {
        Self.validity(of: certificate, at: now, check: "\(role.rawValue) validity", mend: "order a new certificate")
    }

    /// The same of any certificate.
    ///
    /// - Parameter mend: what to do when it has ended, or soon will.
    static func validity(of certificate: Certificate, at now: Date, check: String, mend: String) -> Finding {
        let (from, until) = (certificate.notValidBefore, certificate.notValidAfter)
        if now < from {
            return .failed(check, "not before \(Self.day(from))", hint: "check the machine's clock; otherwise wait until then")
        }
        if now > until { return .failed(check, "ended on \(Self.day(until))", hint: mend) }
        let days = Int(until.timeIntervalSince(now) / 86_400)
        if until.timeIntervalSince(now) < Self.notice {
            return .warning(check, "ends on \(Self.day(until)), in \(days) \(days == 1 ? "day" : "days")", hint: mend)
        }
        return .ok(check, "until \(Self.day(until))")
    }

    /// Whether the key may do what its role says; RFC 5280, 4.2.1.3.
    var usage: Finding {
        let check = "\(role.rawValue) key usage"
        guard let extensions = try? certificate.extensions.keyUsage else {
            return .warning(check, "the certificate does not say what its key may do", hint: "some banks refuse such a certificate")
        }
        switch role {
        case .authentication where extensions.digitalSignature: return .ok(check, "digitalSignature")
        case .signature where extensions.nonRepudiation: return .ok(check, "nonRepudiation")
        default:
            return .failed(
                check, role == .authentication ? "digitalSignature is missing" : "nonRepudiation is missing",
                hint: "ask who issued the card for a certificate for \(role.rawValue)")
        }
    }

    static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }
}
