import Crypto
import DeviceProtocol
import Foundation
import Verification

/// `evidence.json`: one operation that succeeded, what it proves, and what is not there.
struct EvidenceReport: Encodable {
    let operation: String
    let subscriber: String
    let device: String
    let kind: String
    let product: String?
    let isEmulated: Bool
    /// What was shown: the title, then a line a field.
    let content: [String]
    let challengeDigest: String
    let challengeDigestAlgorithm: String
    /// Whether the challenge has the digest that was written down when the answer was accepted.
    let challengeIsAsAccepted: Bool
    let signerRole: Role?
    let begunAt: Date
    let answerableUntil: Date
    let acceptedAt: Date
    let binding: String
    let answer: String
    /// What the answer proves, and to whom.
    let proof: String
    /// `nil` for a code.
    let signature: Signature?
    let audit: [AuditRowReport]
    let head: AuditHead?
    let missing: [String]

    /// Whether all that could be checked is right.
    var holds: Bool { challengeIsAsAccepted && signature?.holds != false }

    init(_ dossier: EvidenceDossier) {
        let (challenge, evidence) = (dossier.operation.challenge, dossier.evidence)
        operation = evidence.operation
        subscriber = evidence.subscriber
        device = evidence.device.rawValue
        kind = evidence.kind.rawValue
        product = dossier.product?.rawValue
        isEmulated = evidence.isEmulated
        content = [challenge.summary.title] + challenge.summary.lines.map { "\($0.label): \($0.text)" }
        challengeDigest = evidence.challengeDigest
        challengeDigestAlgorithm = "SHA-256"
        challengeIsAsAccepted = SHA256.hash(data: challenge.der).lowercaseHexadecimal == evidence.challengeDigest
        signerRole = challenge.role.map(Role.init)
        begunAt = challenge.issuedAt
        answerableUntil = challenge.expiresAt
        acceptedAt = evidence.acceptedAt
        binding = evidence.binding.rawValue
        answer = evidence.answer
        proof = dossier.proof
        signature = dossier.signed.map(Signature.init)
        audit = dossier.rows.map { AuditRowReport($0, tellsWhoAsked: false) }
        head = dossier.head
        missing = dossier.missing
    }

    /// What the person signed as, where several must.
    struct Role: Encodable {
        let rule: String
        let role: String
        let number: Int
        let of: Int

        init(_ role: SignerRole) {
            (rule, self.role, number, of) = (role.rule.value, role.role.value, role.number, role.of)
        }
    }

    /// What `signature.bin` is, and Tessera's own word on it.
    struct Signature: Encodable {
        let algorithm: String?
        let holds: Bool
        /// `authentication` or `signature`: what the certificate was enrolled for; `nil` for a phone.
        let keyRole: String?
        /// The device's own; `nil` for a phone.
        let certificate: CertificateWords?

        init(_ signed: SignedAnswer) {
            algorithm = signed.scheme?.rawValue
            holds = signed.scheme != nil
            switch signed.signer {
            case .certificate(let der, _, let role): (keyRole, certificate) = (role.rawValue, CertificateWords(der))
            case .key: (keyRole, certificate) = (nil, nil)
            }
        }
    }
}

extension EvidenceDossier {
    /// What the answer proves, and to whom.
    fileprivate var proof: String {
        switch (signed, evidence.binding) {
        case (.some, _):
            "The answer is a signature over the content: nobody without the device's private key can make it, the bank neither, and "
                + "anybody can check it. Any change of the content makes it wrong."
        case (nil, .content):
            "The answer is a code that was computed over the content, so that any change of the content makes it wrong. It was computed "
                + "with a key that the bank holds as well: nobody without that key can check it, and against the bank it proves nothing."
        case (nil, .operation):
            "The answer is a code that depends on nothing of the content: the bank's record alone ties them together. It was computed "
                + "with a key that the bank holds as well: nobody without that key can check it, and against the bank it proves nothing."
        }
    }

    /// What somebody who checks it may look for, and does not find.
    fileprivate var missing: [String] {
        var missing: [String] = []
        switch signed?.signer {
        case .certificate:
            missing.append(
                "the root above the certificate, and what authorities said of its revocation then, are not kept: ask its authority")
        case .key:
            missing.append("no authority vouches for the phone's key: the bank has it from the pairing")
            missing.append("the code that came with the signature is not kept, only a mark of it (HMAC-SHA256) under a key of the bank")
        case nil:
            missing.append("the code is not kept, only a mark of it (HMAC-SHA256) under a key of the bank")
        }
        if !rows.contains(where: { $0.kind == .accepted && $0.detail == "challenge \(evidence.challengeDigest)" }) {
            missing.append("no row of the audit log says that this challenge was accepted")
        }
        if head == nil { missing.append("no signed head stands behind the audit log's rows: \"tessera verify anchor\" signs one") }
        return missing
    }
}
