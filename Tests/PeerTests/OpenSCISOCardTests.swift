import Crypto
import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

/// OpenSC without a driver for the card, which it is not told to use either: only the standards are left to go by.
///
/// The default driver of 0.23 registers no algorithm, whatever TokenInfo says, so its tools read, log in and change PINs, and
/// refuse to sign before anything reaches the card; `opensc-tool` carries the commands of a signature instead.
@Suite(.serialized) struct OpenSCISOCardTests {
    private static let kinds: [CardKeyKind] = [.rsa2048, .rsa3072, .rsa4096, .p256, .p384]
    private static let message = Data("pay 10 EUR to LU28 0019 4006 4475 0000".utf8)

    private func withCard(
        _ kind: CardKeyKind, _ transmission: CardTransmission = .t1, _ body: (OpenSCBench) async throws -> Void
    ) async throws {
        try await OpenSCBench.withCard(
            settings: "enable_default_driver = true;",
            { try .isoPKCS15(holder: "Test Holder", keys: kind, authority: $0, now: $1, transmission: transmission) }, body)
    }

    @Test(arguments: kinds, [CardTransmission.t1, .t0])
    func `pkcs15-tool reads every file, EF.DIR's records included`(kind: CardKeyKind, transmission: CardTransmission) async throws {
        try await withCard(kind, transmission) { bench in
            #expect(try await bench.run("opensc-tool", "--reader", bench.reader, "-n").text == "Unsupported card\n")
            let list = try await bench.pkcs15("-D")
            #expect(list.status == 0, "\(list.complaints)")
            for line in [
                "PKCS#15 Card [Tessera ISO card]", "PIN [User PIN]", "PIN [PUK]",
                "Private \(kind.rawValue.hasPrefix("rsa") ? "RSA" : "EC") Key [Authentication]",
                "Key [Signature]", "X.509 Certificate [Authentication]", "X.509 Certificate [Signature]",
            ] { #expect(list.text.contains(line), "\(line)\n\(list.text)") }
        }
    }

    @Test func `the PIN is verified, changed, blocked and unblocked`() async throws {
        try await withCard(.p256) { bench in
            #expect(try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "123456").status == 0)
            #expect(try await bench.pkcs15("--change-pin", "--auth-id", "01", "--pin", "123456", "--new-pin", "7654321").status == 0)
            for _ in 0..<5 { #expect(try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "123456").status != 0) }
            #expect(try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "7654321").status != 0)
            let unblock = try await bench.pkcs15("--unblock-pin", "--auth-id", "01", "--puk", "12345678", "--new-pin", "246802")
            #expect(unblock.status == 0, "\(unblock.complaints)")
            #expect(try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "246802").status == 0)
        }
    }

    @Test(arguments: kinds) func `pkcs11-tool logs in, finds no error, and knows no mechanism to sign with`(kind: CardKeyKind) async throws
    {
        try await withCard(kind) { bench in
            let outcome = try await bench.pkcs11("--login", "--pin", "123456", "--test")
            #expect(outcome.status == 0)
            #expect(outcome.text.contains("No errors") && outcome.text.contains("Signatures: not implemented"), "\(outcome.text)")
            let mechanism = kind.rawValue.hasPrefix("rsa") ? "RSA-PKCS" : "ECDSA"
            try Data(repeating: 1, count: 32).write(to: bench.folder.appending(path: "digest"))
            let sign = try await bench.pkcs11(
                "--login", "--pin", "123456", "--sign", "--mechanism", mechanism, "--id", "02", "--input-file", bench.path("digest"))
            #expect(sign.complaints.contains("CKR_MECHANISM_INVALID"), "\(sign.complaints)")
        }
    }

    @Test(arguments: kinds) func `openssl verifies what the card signs with the reference that its TokenInfo gives`(kind: CardKeyKind)
        async throws
    {
        try await withCard(kind) { bench in
            let isRSA = kind.rawValue.hasPrefix("rsa")
            let digest = Array(SHA256.hash(data: Self.message)).hexadecimal
            // 42 wraps a SHA-256 digest, 04 is ECDSA.
            let commands = [
                "00A404000CA000000063504B43532D3135", "002000810C313233343536000000000000", "002241B6068001\(isRSA ? "42" : "04")840182",
                "002A9E9A20\(digest)00",
            ]
            let outcome = try await bench.run(
                "opensc-tool", "--reader", bench.reader, "-s", commands[0], "-s", commands[1], "-s", commands[2], "-s", commands[3])
            let received = outcome.text.components(separatedBy: "Received (SW1=0x90, SW2=0x00)")
            #expect(received.count == 5, "\(outcome.text)\(outcome.complaints)")
            let signature = (received.last ?? "").split(separator: "\n").dropFirst().flatMap {
                [UInt8](hexadecimal: $0.prefix(48).trimmingCharacters(in: .whitespaces)) ?? []
            }
            try Data(signature).write(to: bench.folder.appending(path: "signature"))
            try Self.message.write(to: bench.folder.appending(path: "message"))
            let certificate = try await bench.pkcs15("--read-certificate", "02")
            try certificate.output.write(to: bench.folder.appending(path: "certificate.pem"))
            let key = try await bench.run("openssl", "x509", "-in", bench.path("certificate.pem"), "-noout", "-pubkey")
            try key.output.write(to: bench.folder.appending(path: "key.pem"))
            let verify = try await bench.run(
                "openssl", "dgst", "-sha256", "-verify", bench.path("key.pem"), "-signature", bench.path("signature"), bench.path("message")
            )
            #expect(verify.text == "Verified OK\n", "\(verify.text)\(verify.complaints)")
        }
    }
}
