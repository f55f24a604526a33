import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

/// OpenSC, which knows nothing of us, meets an emulated PKCS#15 card in the real pcscd.
@Suite(.serialized) struct OpenSCPKCS15Tests {
    private static let kinds: [CardKeyKind] = [.rsa2048, .p256, .p384]
    /// What `opensc-tool -s` sends to ask for the tries left.
    private static let query = ["00:A4:04:00:0C:A0:00:00:00:63:50:4B:43:53:2D:31:35:00", "00:20:00:01"]

    private func withCard(
        _ kind: CardKeyKind, _ transmission: CardTransmission = .t1, _ body: (OpenSCBench) async throws -> Void
    ) async throws {
        // OpenSC goes by the historical bytes, so the card of T=0 is one to it, too.
        try await OpenSCBench.withCard(
            { try .pkcs15(holder: "Test Holder", keys: kind, authority: $0, now: $1, transmission: transmission) }, body)
    }

    private func pinStatus(_ bench: OpenSCBench) async throws -> String {
        try await bench.status(after: Self.query[0], Self.query[1])
    }

    @Test(arguments: kinds, [CardTransmission.t1, .t0])
    func `OpenSC reads every file and lists what is on it`(kind: CardKeyKind, transmission: CardTransmission) async throws {
        try await withCard(kind, transmission) { bench in
            let name = try await bench.run("opensc-tool", "--reader", bench.reader, "-n")
            #expect(name.text == "OsEID 4.5.2\n")
            let list = try await bench.pkcs15("-D")
            #expect(list.status == 0, "\(list.complaints)")
            #expect(list.text.contains("PKCS#15 Card [Tessera Test]"))
            for line in [
                "PIN [User PIN]", "Private \(kind == .rsa2048 ? "RSA" : "EC") Key [Authentication]", "Key [Signature]",
                "X.509 Certificate [Authentication]", "X.509 Certificate [Signature]",
                "Usage          : [0x204], sign, nonRepudiation",
            ] { #expect(list.text.contains(line), "\(line)\n\(list.text)") }
            #expect(list.text.components(separatedBy: "Public ").count >= 3)
        }
    }

    @Test(arguments: kinds)
    func `pkcs11-tool logs in and finds no error in its own tests`(kind: CardKeyKind) async throws {
        try await withCard(kind) { bench in
            let outcome = try await bench.pkcs11("--login", "--pin", "123456", "--test")
            #expect(outcome.status == 0)
            #expect(outcome.text.contains("No errors"), "\(outcome.text)\n\(outcome.complaints)")
        }
    }

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

    @Test(arguments: [CardKeyKind.rsa2048, .p256]) func `a card of T=0 signs`(kind: CardKeyKind) async throws {
        try await withCard(kind, .t0) { bench in
            let mechanism = kind == .rsa2048 ? "SHA256-RSA-PKCS" : "ECDSA-SHA256"
            let outcome = try await bench.signAndVerify(key: "02", mechanism: mechanism, digest: "sha256")
            #expect(outcome == "Verified OK\nchain OK")
        }
    }

    @Test func `OpenSC without a driver for the card goes by the standard, and finds everything`() async throws {
        let atr = try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01])
        let settings = "enable_default_driver = true; card_drivers = default;"
        try await OpenSCBench.withCard(
            settings: settings, { try .pkcs15(holder: "Test Holder", keys: .rsa2048, authority: $0, now: $1, atr: atr) }
        ) { bench in
            #expect(try await bench.run("opensc-tool", "--reader", bench.reader, "-n").text == "Unsupported card\n")
            let list = try await bench.pkcs15("-D")
            #expect(list.text.contains("PKCS#15 Card [Tessera Test]") && list.text.contains("Private RSA Key [Signature]"))
            let verify = try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "123456")
            #expect(verify.status == 0, "\(verify.complaints)")
        }
    }

    @Test func `a wrong PIN is told, costs one try, and the right one gives it back`() async throws {
        try await withCard(.p256) { bench in
            let wrong = try await bench.pkcs11("--login", "--pin", "999999", "-O")
            #expect(wrong.status != 0)
            #expect(wrong.complaints.contains("CKR_PIN_INCORRECT"))
            #expect(try await pinStatus(bench) == "Received (SW1=0x63, SW2=0xC4)")
            let right = try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "123456")
            #expect(right.status == 0)
            _ = try await bench.run("opensc-tool", "--reader", bench.reader, "--reset")
            #expect(try await pinStatus(bench) == "Received (SW1=0x63, SW2=0xC5)")
        }
    }

    @Test func `the PIN is changed, blocked and unblocked with OpenSC's tools`() async throws {
        try await withCard(.p256) { bench in
            let change = try await bench.pkcs15("--change-pin", "--auth-id", "01", "--pin", "123456", "--new-pin", "7654321")
            #expect(change.status == 0, "\(change.complaints)")
            for left in ["4", "3", "2", "1"] {
                _ = try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "123456")
                #expect(try await pinStatus(bench) == "Received (SW1=0x63, SW2=0xC\(left))")
            }
            let last = try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "123456")
            #expect(last.status != 0)
            #expect(try await pinStatus(bench) == "Received (SW1=0x69, SW2=0x83)")
            let unblock = try await bench.pkcs15("--unblock-pin", "--auth-id", "01", "--puk", "12345678", "--new-pin", "246802")
            #expect(unblock.status == 0, "\(unblock.complaints)")
            let verify = try await bench.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "246802")
            #expect(verify.status == 0)
        }
    }
}
