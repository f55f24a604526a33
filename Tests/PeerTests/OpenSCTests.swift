import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

/// OpenSC, which knows nothing of us, meets an emulated PIV card in the real pcscd.
@Suite(.serialized) struct OpenSCTests {
    private static let kinds: [CardKeyKind] = [.rsa2048, .p256, .p384]

    private func withCard(_ kind: CardKeyKind, _ body: (OpenSCBench) async throws -> Void) async throws {
        try await OpenSCBench.withCard({ try .piv(holder: "Test Holder", keys: kind, authority: $0, now: $1) }, body)
    }

    /// The answer to a VERIFY without data, as opensc-tool prints it.
    private func pinStatus(_ bench: OpenSCBench) async throws -> String {
        try await bench.status(after: "00:A4:04:00:05:A0:00:00:03:08:00", "00:20:00:80")
    }

    @Test(arguments: kinds)
    func `OpenSC knows the card as PIV by its ATR and lists what is on it`(kind: CardKeyKind) async throws {
        try await withCard(kind) { bench in
            let atr = try await bench.run("opensc-tool", "--reader", bench.reader, "-a")
            #expect(atr.text.contains("3b:8f:80:01:80:73:c0:21:c0:f9:a0:00:00:03:08:00:00:10:00:9e"))
            let name = try await bench.run("opensc-tool", "--reader", bench.reader, "-n")
            #expect(name.text.contains("Personal Identity Verification Card"))
            let list = try await bench.run("pkcs15-tool", "--reader", bench.reader, "-D")
            #expect(list.status == 0)
            #expect(list.text.contains("PKCS#15 Card [Test Holder]"))
            for key in ["PIV AUTH key", "SIGN key", "KEY MAN key", "CARD AUTH key"] { #expect(list.text.contains("[\(key)]")) }
            #expect(list.text.components(separatedBy: "X.509 Certificate [").count == 5)
            #expect(list.text.contains(kind == .rsa2048 ? "ModLength      : 2048" : "FieldLength    : \(kind == .p256 ? 256 : 384)"))
        }
    }

    @Test(arguments: kinds)
    func `pkcs11-tool logs in and finds no error in its own tests`(kind: CardKeyKind) async throws {
        try await withCard(kind) { bench in
            let outcome = try await bench.pkcs11("--login", "--pin", "123456", "--test")
            #expect(outcome.status == 0)
            #expect(outcome.text.contains("No errors"), "\(outcome.text)\n\(outcome.complaints)")
            if kind == .rsa2048 { #expect(outcome.text.contains("all 4 signature functions seem to work")) }
        }
    }

    /// 01 is the authentication key (9A), 02 the signature key (9C), which wants the PIN for itself.
    @Test(arguments: kinds, ["01", "02"])
    func `openssl verifies a signature with the certificate, and the certificate with the root`(kind: CardKeyKind, key: String) async throws
    {
        try await withCard(kind) { bench in
            let digest = kind == .p384 ? "sha384" : "sha256"
            let mechanism = kind == .rsa2048 ? "SHA256-RSA-PKCS" : "ECDSA-\(digest.uppercased())"
            let outcome = try await bench.signAndVerify(key: key, mechanism: mechanism, digest: digest)
            #expect(outcome == "Verified OK\nchain OK")
        }
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256]) func `a card of T=0 alone is listed and signs`(kind: CardKeyKind) async throws {
        try await OpenSCBench.withCard({ try .piv(holder: "Test Holder", keys: kind, authority: $0, now: $1, transmission: .t0) }) {
            bench in
            let atr = try await bench.run("opensc-tool", "--reader", bench.reader, "-a")
            #expect(atr.text == "3b:0f:80:73:c0:21:80:f9:a0:00:00:03:08:00:00:10:00\n")
            let mechanism = kind == .rsa2048 ? "SHA256-RSA-PKCS" : "ECDSA-SHA256"
            #expect(try await bench.signAndVerify(key: "02", mechanism: mechanism, digest: "sha256") == "Verified OK\nchain OK")
        }
    }

    @Test func `OpenSC unpacks compressed certificates, signs with their keys, and lists the retired ones`() async throws {
        let options = PIVOptions(compressesCertificates: true, retiredKeys: 2)
        try await OpenSCBench.withCard({ try .piv(holder: "Test Holder", keys: .p256, authority: $0, now: $1, options: options) }) {
            bench in
            let outcome = try await bench.signAndVerify(key: "01", mechanism: "ECDSA-SHA256", digest: "sha256")
            #expect(outcome == "Verified OK\nchain OK")
            let list = try await bench.run("pkcs15-tool", "--reader", bench.reader, "-D")
            #expect(list.text.components(separatedBy: "X.509 Certificate [").count == 7, "\(list.text)")
        }
    }

    @Test func `openssl verifies what OpenSC has RSA 3072 sign`() async throws {
        try await withCard(.rsa3072) { bench in
            let outcome = try await bench.signAndVerify(key: "01", mechanism: "SHA256-RSA-PKCS", digest: "sha256")
            #expect(outcome == "Verified OK\nchain OK")
        }
    }

    @Test func `both parties derive the same secret`() async throws {
        try await withCard(.p256) { bench in
            let own = bench.path("own.pem")
            _ = try await bench.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", own)
            _ = try await bench.run("openssl", "pkey", "-in", own, "-pubout", "-outform", "DER", "-out", bench.path("own.der"))
            let card = try await bench.pkcs11(
                "--login", "--pin", "123456", "--derive", "--mechanism", "ECDH1-DERIVE", "--id", "03", "--input-file",
                bench.path("own.der"),
                "--output-file", bench.path("secret"))
            #expect(card.status == 0, "\(card.complaints)")
            let certificate = try await bench.run("pkcs15-tool", "--reader", bench.reader, "--read-certificate", "03")
            try certificate.output.write(to: bench.folder.appending(path: "certificate.pem"))
            let key = try await bench.run("openssl", "x509", "-in", bench.path("certificate.pem"), "-noout", "-pubkey")
            try key.output.write(to: bench.folder.appending(path: "key.pem"))
            let expected = try await bench.run("openssl", "pkeyutl", "-derive", "-inkey", own, "-peerkey", bench.path("key.pem"))
            #expect(expected.output.count == 32)
            #expect(try Data(contentsOf: bench.folder.appending(path: "secret")) == expected.output)
        }
    }

    @Test func `a wrong PIN is told, costs one try, and the right one gives it back`() async throws {
        try await withCard(.p256) { bench in
            let wrong = try await bench.pkcs11("--login", "--pin", "999999", "-O")
            #expect(wrong.status != 0)
            #expect(wrong.complaints.contains("CKR_PIN_INCORRECT"))
            #expect(try await pinStatus(bench) == "Received (SW1=0x63, SW2=0xC4)")
            let right = try await bench.run("pkcs15-tool", "--reader", bench.reader, "--verify-pin", "--auth-id", "01", "--pin", "123456")
            #expect(right.status == 0)
            _ = try await bench.run("opensc-tool", "--reader", bench.reader, "--reset")
            #expect(try await pinStatus(bench) == "Received (SW1=0x63, SW2=0xC5)")
        }
    }

    @Test func `the PIN is changed, blocked and unblocked with OpenSC's tools`() async throws {
        try await withCard(.p256) { bench in
            let change = try await bench.run(
                "pkcs15-tool", "--reader", bench.reader, "--change-pin", "--pin", "123456", "--new-pin", "7654321")
            #expect(change.status == 0)
            for left in ["4", "3", "2", "1"] {
                _ = try await bench.pkcs11("--login", "--pin", "123456", "-O")
                #expect(try await pinStatus(bench) == "Received (SW1=0x63, SW2=0xC\(left))")
            }
            let last = try await bench.pkcs11("--login", "--pin", "123456", "-O")
            #expect(last.status != 0)
            #expect(try await pinStatus(bench) == "Received (SW1=0x69, SW2=0x83)")
            let unblock = try await bench.run(
                "pkcs15-tool", "--reader", bench.reader, "--unblock-pin", "--auth-id", "01", "--puk", "12345678", "--new-pin", "246802")
            #expect(unblock.status == 0)
            let verify = try await bench.run("pkcs15-tool", "--reader", bench.reader, "--verify-pin", "--auth-id", "01", "--pin", "246802")
            #expect(verify.status == 0)
        }
    }
}
