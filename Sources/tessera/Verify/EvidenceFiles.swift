import DeviceProtocol
import Foundation
import SwiftASN1
import Verification

/// The files of one operation's evidence, each with what it is.
struct EvidenceFiles {
    /// One of them.
    struct File {
        let name: String
        let bytes: [UInt8]
        /// In a few words.
        let what: String
    }

    let all: [File]

    /// - Parameter json: the content of `evidence.json`.
    init(_ dossier: EvidenceDossier, json: String) {
        let challenge = dossier.operation.challenge
        let report = File(
            name: "evidence.json", bytes: Array((json + "\n").utf8), what: "who, with what, when, and where the audit log says so")
        let asked = File(name: "challenge.der", bytes: challenge.der, what: "what was asked, in canonical DER (X.690)")
        guard let signed = dossier.signed else {
            all = [asked, report]
            return
        }
        let files = [
            asked, File(name: "covered.bin", bytes: signed.coveredBytes, what: "what is signed: a tag, the device's name, challenge.der"),
            File(name: "signature.bin", bytes: signed.signature, what: "the signature: \(signed.scheme?.rawValue ?? "it does not hold")"),
            signed.signer.file, report,
        ]
        let text = Self.instructions(dossier, signed, files)
        all = files + [File(name: "CHECK.txt", bytes: Array(text.utf8), what: "how anybody checks it with openssl")]
    }

    /// One line a file.
    static func list(_ files: [File]) -> String {
        let width = files.map(\.name.count).max() ?? 0
        return files.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))  \($0.what)" }.joined(separator: "\n")
    }

    private static func instructions(_ dossier: EvidenceDossier, _ signed: SignedAnswer, _ files: [File]) -> String {
        let (challenge, evidence) = (dossier.operation.challenge, dossier.evidence)
        var steps: [(String, [String])] = []
        if let scheme = signed.scheme {
            steps.append(
                ("The signature is by that key, and over covered.bin (\(scheme.rawValue)):", signed.signer.keyCommands + scheme.commands))
        }
        steps.append(
            (
                """
                covered.bin ends with challenge.der. Its parts are the tag, the device's name
                (\(evidence.device)) and challenge.der, each behind its
                length in four bytes, most significant first:
                """, ["tail -c \(challenge.der.count) covered.bin | cmp - challenge.der"]
            ))
        steps.append(
            (
                "challenge.der says what was agreed to, and has the digest of evidence.json:",
                ["openssl asn1parse -inform DER -in challenge.der", "openssl dgst -sha256 challenge.der"]
            ))
        if case .certificate = signed.signer {
            let moment = Int(evidence.acceptedAt.timeIntervalSince1970)
            steps.append(
                (
                    """
                    The certificate led to its root when the answer was accepted. ROOT.pem is not
                    here: get it from whoever issued the certificate, not from the bank.
                    """, ["openssl verify -attime \(moment) -CAfile ROOT.pem -untrusted certificate.pem certificate.pem"]
                ))
        }
        let broken = signed.scheme == nil ? "\nThe signature is not one by this key over covered.bin: something was changed.\n" : ""
        return """
            Evidence of the operation \(evidence.operation)

            \(list(files))
            \(broken)
            To check it without the bank and its programs, in this folder, with OpenSSL 3:

            \(steps.enumerated().map { "\($0 + 1). \($1.0)\n\n" + $1.1.map { "    \($0)\n" }.joined() }.joined(separator: "\n"))
            """
    }
}

extension SignedAnswer.Signer {
    /// The file with what the signature is checked by.
    fileprivate var file: EvidenceFiles.File {
        switch self {
        case .certificate(let own, let intermediates, _):
            let text = ([own] + intermediates).map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString + "\n" }.joined()
            return .init(
                name: "certificate.pem", bytes: Array(text.utf8),
                what: "the certificate that the device is enrolled with, then its authorities'")
        case .key(let pem): return .init(name: "key.pem", bytes: Array(pem.utf8), what: "the phone's public key, as it was paired")
        }
    }

    /// What makes `key.pem` first.
    fileprivate var keyCommands: [String] {
        switch self {
        case .certificate: ["openssl x509 -in certificate.pem -pubkey -noout > key.pem"]
        case .key: []
        }
    }
}

extension SignatureScheme {
    /// What checks `signature.bin` over `covered.bin` with `key.pem`.
    fileprivate var commands: [String] {
        func digest(_ hash: String, _ options: String = "") -> [String] {
            ["openssl dgst -\(hash)\(options) -verify key.pem -signature signature.bin covered.bin"]
        }
        let pss = " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:auto"
        return switch self {
        case .rsaPKCS1SHA256, .ecdsaP256SHA256: digest("sha256")
        case .ecdsaP384SHA384: digest("sha384")
        case .rsaPSSSHA256: digest("sha256", pss)
        case .rsaPSSSHA384: digest("sha384", pss)
        case .rsaPSSSHA512: digest("sha512", pss)
        case .ed25519OverSHA256:
            [
                "openssl dgst -sha256 -binary -out digest.bin covered.bin",
                "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in digest.bin -sigfile signature.bin",
            ]
        }
    }
}
