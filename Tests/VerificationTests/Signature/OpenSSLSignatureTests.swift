import Crypto
import CryptoExtras
import DeviceProtocol
import Foundation
import TestSupport
import Testing
import X509

@testable import Verification

/// Keys, certificates and signatures that openssl made are judged as openssl means them.
@Suite(.timeLimit(.minutes(5))) struct OpenSSLSignatureTests {
    private let folder: TemporaryFolder
    private let root: TestAuthority
    private let anchors: TrustAnchors
    private let bytes = Array("what is signed".utf8)

    init() throws {
        folder = try TemporaryFolder()
        root = try TestAuthority("Root")
        anchors = try TrustAnchors(roots: [root.der])
        try Data(bytes).write(to: URL(filePath: folder.path("message")))
    }

    private func openssl(_ arguments: String...) async throws {
        let outcome = try await ChildProgram.run("openssl", arguments)
        try #require(outcome.status == 0, "\(arguments): \(outcome.complaints)")
    }

    private func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: folder.path(name)))) }

    /// A self-signed certificate for logins, valid now.
    private func certificate(of algorithm: String, _ options: String...) async throws -> [UInt8] {
        let pairs = options.flatMap { ["-pkeyopt", $0] }
        var outcome = try await ChildProgram.run(
            "openssl", ["genpkey", "-algorithm", algorithm, "-out", folder.path("key.pem")] + pairs)
        try #require(outcome.status == 0, "\(outcome.complaints)")
        outcome = try await ChildProgram.run(
            "openssl",
            [
                "req", "-x509", "-new", "-key", folder.path("key.pem"), "-subj", "/CN=card", "-days", "30", "-outform", "DER", "-out",
                folder.path("card.der"), "-addext", "keyUsage=critical,digitalSignature",
            ])
        try #require(outcome.status == 0, "\(outcome.complaints)")
        return try read("card.der")
    }

    /// A signature by the key of the certificate made last.
    private func sign(_ hash: String, _ options: String...) async throws -> [UInt8] {
        let pairs = options.flatMap { ["-sigopt", $0] }
        let outcome = try await ChildProgram.run(
            "openssl",
            ["dgst", "-\(hash)", "-sign", folder.path("key.pem"), "-out", folder.path("signature")] + pairs + [folder.path("message")])
        try #require(outcome.status == 0, "\(outcome.complaints)")
        return try read("signature")
    }

    private func key(_ certificate: [UInt8]) throws -> ChallengeKey { try ChallengeKey(CertificateCheck.parse(certificate).publicKey) }

    @Test func `PSS is accepted with SHA-256 and up, whatever the length of its salt`() async throws {
        for bits in [2048, 2056, 3072] {
            let key = try key(await certificate(of: "RSA", "rsa_keygen_bits:\(bits)"))
            for (hash, scheme) in [("sha256", SignatureScheme.rsaPSSSHA256), ("sha384", .rsaPSSSHA384), ("sha512", .rsaPSSSHA512)] {
                for salt in ["digest", "max", "20"] {
                    let signature = try await sign(hash, "rsa_padding_mode:pss", "rsa_pss_saltlen:\(salt)")
                    #expect(key.scheme(of: signature, over: bytes) == scheme, "\(bits) \(hash) \(salt)")
                    #expect(!key.hasSigned(bytes + [0], as: signature))
                }
            }
            #expect(key.hasSigned(bytes, as: try await sign("sha256", "rsa_padding_mode:pss")))
        }
    }

    @Test func `PSS with SHA-1, SHA-224 or a mask of another hash is refused`() async throws {
        let key = try key(await certificate(of: "RSA", "rsa_keygen_bits:2048"))
        for signature in [
            try await sign("sha1", "rsa_padding_mode:pss"), try await sign("sha224", "rsa_padding_mode:pss"),
            try await sign("sha256", "rsa_padding_mode:pss", "rsa_mgf1_md:sha1"),
            try await sign("sha256", "rsa_padding_mode:pss", "rsa_mgf1_md:sha512"),
            try await sign("sha512"), try await sign("sha1"),
        ] {
            #expect(!key.hasSigned(bytes, as: signature))
        }
        #expect(key.hasSigned(bytes, as: try await sign("sha256")))
    }

    @Test func `a PSS signature with any bit changed, cut or lengthened is refused`() async throws {
        let key = try key(await certificate(of: "RSA", "rsa_keygen_bits:2048"))
        let signature = try await sign("sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:digest")
        for position in stride(from: 0, to: signature.count * 8, by: 61) {
            var changed = signature
            changed[position / 8] ^= 1 << (position % 8)
            #expect(!key.hasSigned(bytes, as: changed))
        }
        for wrong in [[], Array(signature.dropLast()), signature + [0], [0] + signature] { #expect(!key.hasSigned(bytes, as: wrong)) }
    }

    @Test func `a payment approved with PSS succeeds`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard(key: .rsa2048)
        let operation = try await bank.begin(.payment(), with: card.id)
        guard case .rsa(let key) = card.signature else {
            Issue.record("no RSA key")
            return
        }
        let covered = operation.challenge.coveredBytes(as: .card, by: card.id)
        let signature = try key.signature(for: SHA384.hash(data: covered), padding: .PSS)
        let answer = Response.signature(Array(signature.rawRepresentation), certificates: [card.certificates.signature])
        #expect(try await bank.operations.submit(answer, to: operation.id).name == "succeeded")
    }

    @Test(arguments: [512, 1024, 2040, 2047])
    func `RSA of less than 2048 bits is refused with its size`(_ bits: Int) async throws {
        let der = try await certificate(of: "RSA", "rsa_keygen_bits:\(bits)")
        #expect(throws: CertificateRefusal.weakKey(bits: bits)) { try key(der) }
    }

    @Test(
        arguments: [
            ("EC", "ec_paramgen_curve:secp256k1", "secp256k1"), ("EC", "ec_paramgen_curve:P-224", "P-224"),
            ("EC", "ec_paramgen_curve:prime192v1", "P-192"), ("EC", "ec_paramgen_curve:P-521", "P-521"),
            ("EC", "ec_paramgen_curve:brainpoolP256r1", "brainpoolP256r1"),
            ("EC", "ec_paramgen_curve:brainpoolP384r1", "brainpoolP384r1"), ("ED25519", nil, "Ed25519"), ("ED448", nil, "Ed448"),
            ("RSA-PSS", "rsa_keygen_bits:2048", "RSA for PSS alone"),
        ] as [(String, String?, String)])
    func `a key of a kind that no card of ours has is refused by its name`(_ kind: String, _ option: String?, _ name: String) async throws {
        let der = option == nil ? try await certificate(of: kind) : try await certificate(of: kind, option ?? "")
        #expect(throws: CertificateRefusal.unusableKey(name)) { try key(der) }
    }

    @Test func `a curve that is written out and not named is refused`() async throws {
        let der = try await certificate(of: "EC", "ec_paramgen_curve:P-256", "ec_param_enc:explicit")
        #expect(throws: CertificateRefusal.unusableKey("a curve without a name")) { try key(der) }
    }
}
