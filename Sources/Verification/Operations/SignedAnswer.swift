import Crypto
import DeviceProtocol
import ScanChallenge
import X509

/// The signature that answered an operation, with all that checks it: no secret is among it, so that anybody can.
public struct SignedAnswer: Hashable, Sendable {
    /// Whose signature it is.
    public enum Signer: Hashable, Sendable {
        /// A card's, stick's or identity card's: the certificate that the device is enrolled with for this role, in DER (RFC 5280), and
        /// those of the authorities above it that were enrolled with it, in any order.
        case certificate([UInt8], intermediates: [[UInt8]], role: KeyRole)
        /// A phone's: its public key, for which the pairing alone vouched, as SubjectPublicKeyInfo in PEM (RFC 5280, 4.1.2.7).
        case key(pem: String)
    }

    /// What is signed, or hashed and signed: tag, device and the challenge's DER.
    public let coveredBytes: [UInt8]
    /// The signature; one by ECDSA is in DER.
    public let signature: [UInt8]
    /// Whose it is.
    public let signer: Signer
    /// How it was made; `nil` where it is not one by this signer over these bytes.
    public let scheme: SignatureScheme?

    /// Checks again what signed the answer to an operation; `nil` where it was answered by a code alone, or has not succeeded.
    ///
    /// What a device is enrolled with never changes: a renewed certificate and a restored phone are devices of their own.
    ///
    /// - Parameter enrolment: the one that the operation names.
    /// - Throws: ``CertificateRefusal`` where the certificate, or the phone's key, cannot be read.
    public init?(of operation: Operation, under enrolment: Enrolment) throws(CertificateRefusal) {
        guard case .succeeded(let evidence) = operation.outcome, let signature = evidence.signature else { return nil }
        let challenge = operation.challenge
        self.signature = signature
        switch enrolment.credential {
        case .certificates(let pinned):
            let role = challenge.content.answeringKey
            let certificate = pinned.certificate(for: role)
            coveredBytes = challenge.coveredBytes(as: .card, by: operation.device)
            signer = .certificate(certificate, intermediates: pinned.intermediates, role: role)
            scheme = try ChallengeKey(CertificateCheck.parse(certificate).publicKey).scheme(of: signature, over: coveredBytes)
        case .phone(let phone):
            guard let pem = phone.answerKey.pem else { throw .unusableKey("unreadable") }
            coveredBytes = challenge.coveredBytes(as: .mobile, by: operation.device)
            signer = .key(pem: pem)
            let isValid = phone.answerKey.isValid(signature, for: challenge, by: operation.device)
            scheme = isValid ? phone.answerKey.scheme : nil
        case .timedCode, .countedCode, .scanCode: return nil
        }
    }
}

extension AnswerKey {
    fileprivate var scheme: SignatureScheme {
        switch algorithm {
        case .ed25519: .ed25519OverSHA256
        case .p256: .ecdsaP256SHA256
        }
    }

    /// The public key as other programs read it.
    fileprivate var pem: String? {
        switch algorithm {
        case .ed25519: (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)).map { AuditKey.pem($0) }
        case .p256: (try? P256.Signing.PublicKey(x963Representation: publicKey)).map { $0.pemRepresentation + "\n" }
        }
    }
}
