import Emulation
import Foundation
import TestSupport
import Testing

/// yubico-piv-tool, which knows nothing of us, manages an emulated card with Yubico's extensions in the real pcscd.
@Suite(.serialized) struct YubicoPIVToolTests {
    private func withCard(_ body: (PIVManagementBench) async throws -> Void) async throws {
        try await PIVManagementBench.withCard(PIVOptions(extensions: .yubico), body)
    }

    @Test func `version and status are told`() async throws {
        try await withCard { bench in
            #expect(try await bench.yubicoDoes("-a", "version").contains("Application version 5.4.3 found."))
            let status = try await bench.yubicoDoes("-a", "status")
            #expect(status.contains("PIN tries left:\t3"))
            for slot in ["9a", "9c", "9d", "9e"] { #expect(status.contains("Slot \(slot):")) }
            #expect(status.components(separatedBy: "Algorithm:\tECCP256").count == 5)
        }
    }

    @Test func `a card without the extensions is none for the tool`() async throws {
        try await PIVManagementBench.withCard(PIVOptions()) { bench in
            let outcome = try await bench.yubico("-a", "version")
            #expect(outcome.status != 0)
            #expect(outcome.complaints.contains("Failed to connect"))
        }
    }

    @Test(arguments: [("RSA2048", "9a"), ("ECCP256", "9d"), ("ECCP384", "82")])
    func `a key that the tool has made gets a certificate, signs and deciphers`(algorithm: String, slot: String) async throws {
        try await withCard { bench in
            try await bench.yubicoDoes("-a", "generate", "-s", slot, "-A", algorithm, "-o", bench.path("public.pem"))
            try await bench.certify("public.pem", usage: .keyManagement, into: "certificate.pem")
            try await bench.yubicoDoes("-a", "import-certificate", "-s", slot, "-i", bench.path("certificate.pem"))
            try await bench.yubicoDoes("-a", "read-certificate", "-s", slot, "-o", bench.path("read.pem"))
            #expect(try await bench.openssl("verify", "-CAfile", bench.path("root.pem"), bench.path("read.pem")).hasSuffix("OK\n"))
            #expect(try await bench.certificate("read.pem") == bench.certificate("certificate.pem"))
            let kind = algorithm == "RSA2048" ? "RSA" : "ECDSA"
            let signed = try await bench.yubicoDoes(
                "-a", "verify-pin", "-P", "123456", "-a", "test-signature", "-s", slot, "-i", bench.path("read.pem"))
            #expect(signed.contains("Successful \(kind) verification."))
            let deciphered = try await bench.yubicoDoes(
                "-a", "verify-pin", "-P", "123456", "-a", "test-decipher", "-s", slot, "-i", bench.path("read.pem"))
            #expect(deciphered.contains(kind == "RSA" ? "Successfully performed RSA decryption!" : "Successfully performed ECDH exchange"))
            try await bench.yubicoDoes("-a", "delete-certificate", "-s", slot)
            #expect(try await bench.yubico("-a", "read-certificate", "-s", slot).status != 0)
        }
    }

    @Test(arguments: [("rsa:2048", "9e"), ("ec:prime256v1", "9a"), ("ec:secp384r1", "83")])
    func `a key that openssl has made is imported, signs and deciphers`(kind: String, slot: String) async throws {
        try await withCard { bench in
            let parts = kind.split(separator: ":").map(String.init)
            let how = parts[0] == "rsa" ? "rsa_keygen_bits:2048" : "ec_paramgen_curve:\(parts[1])"
            let names = (bench.path("key.pem"), bench.path("certificate.pem"))
            try await bench.openssl("genpkey", "-algorithm", parts[0] == "rsa" ? "RSA" : "EC", "-pkeyopt", how, "-out", names.0)
            try await bench.openssl("req", "-x509", "-new", "-key", names.0, "-subj", "/CN=Imported", "-days", "30", "-out", names.1)
            try await bench.yubicoDoes("-a", "import-key", "-s", slot, "-i", names.0, "--pin-policy", "never")
            // No PIN: the policy says so.
            let signed = try await bench.yubicoDoes("-a", "test-signature", "-s", slot, "-i", names.1)
            #expect(signed.contains("verification."))
            try await bench.yubicoDoes("-a", "test-decipher", "-s", slot, "-i", names.1)
        }
    }

    /// The tool of Debian 12 (2.2.0) makes neither with OpenSSL 3, whatever the card.
    ///
    /// Yubico/yubico-piv-tool, issue 388: it ends before it asks the card for a signature. ykman does both, in its own tests.
    @Test(arguments: [("selfsign-certificate", "RSA2048"), ("request-certificate", "ECCP256")])
    func `selfsign and request are good, or fail within the tool`(action: String, algorithm: String) async throws {
        try await withCard { bench in
            try await bench.yubicoDoes("-a", "generate", "-s", "9a", "-A", algorithm, "-o", bench.path("public.pem"))
            let outcome = try await bench.yubico(
                "-v2", "-a", "verify-pin", "-P", "123456", "-a", action, "-s", "9a", "-S", "/CN=Test Holder/", "-i",
                bench.path("public.pem"), "-o", bench.path("made.pem"))
            guard outcome.status == 0 else {
                #expect(outcome.complaints.contains("Failed signing"))
                // No GENERAL AUTHENTICATE was sent.
                #expect(!outcome.complaints.contains("> 00 87 ") && !outcome.complaints.contains("> 10 87 "))
                return
            }
            if action == "selfsign-certificate" {
                try await bench.openssl("verify", "-CAfile", bench.path("made.pem"), bench.path("made.pem"))
            } else {
                try await bench.openssl("req", "-in", bench.path("made.pem"), "-verify", "-noout")
            }
        }
    }

    @Test func `PIN and PUK are verified, changed, blocked and unblocked`() async throws {
        try await withCard { bench in
            try await bench.yubicoDoes("-a", "verify-pin", "-P", "123456")
            try await bench.yubicoDoes("-a", "change-pin", "-P", "123456", "-N", "7654321")
            try await bench.yubicoDoes("-a", "change-puk", "-P", "12345678", "-N", "87654321")
            for left in ["2", "1"] {
                let wrong = try await bench.yubico("-a", "verify-pin", "-P", "123456")
                #expect(wrong.status != 0 && wrong.complaints.contains("\(left) tries left"), "\(wrong.complaints)")
            }
            #expect(try await bench.yubico("-a", "verify-pin", "-P", "123456").status != 0)
            let blocked = try await bench.yubico("-a", "verify-pin", "-P", "7654321")
            #expect(blocked.status != 0 && blocked.complaints.contains("blocked"), "\(blocked.complaints)")
            #expect(try await bench.yubico("-a", "unblock-pin", "-P", "12345678", "-N", "246802").status != 0)
            try await bench.yubicoDoes("-a", "unblock-pin", "-P", "87654321", "-N", "246802")
            try await bench.yubicoDoes("-a", "verify-pin", "-P", "246802")
        }
    }

    @Test func `numbers of tries are set, and bring the first PIN back`() async throws {
        try await withCard { bench in
            try await bench.yubicoDoes("-a", "change-pin", "-P", "123456", "-N", "7654321")
            try await bench.yubicoDoes(
                "-a", "verify-pin", "-P", "7654321", "-a", "pin-retries", "--pin-retries", "7", "--puk-retries", "4")
            #expect(try await bench.yubicoDoes("-a", "status").contains("PIN tries left:\t7"))
            try await bench.yubicoDoes("-a", "verify-pin", "-P", "123456")
        }
    }

    @Test func `a reset is refused until PIN and PUK are blocked, and leaves an empty card`() async throws {
        try await withCard { bench in
            #expect(try await bench.yubico("-a", "reset").status != 0)
            for _ in 0..<3 { _ = try await bench.yubico("-a", "verify-pin", "-P", "000000") }
            for _ in 0..<3 { _ = try await bench.yubico("-a", "unblock-pin", "-P", "00000000", "-N", "123456") }
            try await bench.yubicoDoes("-a", "reset")
            let status = try await bench.yubicoDoes("-a", "status")
            #expect(status.contains("CHUID:\tNo data available") && !status.contains("Slot 9"), "\(status)")
            try await bench.yubicoDoes("-a", "verify-pin", "-P", "123456")
        }
    }

    @Test func `the management key is changed, and the old one opens nothing`() async throws {
        try await withCard { bench in
            let key = "112233445566778811223344556677881122334455667788"
            try await bench.yubicoDoes("-a", "set-mgm-key", "-n", key)
            let refused = try await bench.yubico("-a", "set-chuid")
            #expect(refused.status != 0 && refused.complaints.contains("Failed authentication"), "\(refused.complaints)")
            try await bench.yubicoDoes("-k\(key)", "-a", "set-chuid")
        }
    }

    @Test(arguments: [("set-chuid", "CHUID:"), ("set-ccc", "CCC:")])
    func `the tool writes a new identifier`(action: String, line: String) async throws {
        try await withCard { bench in
            func identifier() async throws -> Substring? {
                try await bench.yubicoDoes("-a", "status").split(separator: "\n").first { $0.hasPrefix(line) }
            }
            let before = try #require(try await identifier())
            try await bench.yubicoDoes("-a", action)
            let after = try #require(try await identifier())
            #expect(after != before && !after.contains("No data"))
        }
    }

    @Test func `OpenSC signs with a key that the tool has made`() async throws {
        try await withCard { bench in
            try await bench.yubicoDoes("-a", "generate", "-s", "9a", "-A", "RSA2048", "-o", bench.path("public.pem"))
            try await bench.certify("public.pem", usage: .authentication, into: "issued.pem")
            try await bench.yubicoDoes("-a", "import-certificate", "-s", "9a", "-i", bench.path("issued.pem"))
            let outcome = try await bench.card.signAndVerify(key: "01", mechanism: "SHA256-RSA-PKCS", digest: "sha256")
            #expect(outcome == "Verified OK\nchain OK")
        }
    }

    @Test func `a 9C key wants the PIN before each signature`() async throws {
        try await withCard { bench in
            try await bench.yubicoDoes("-a", "read-certificate", "-s", "9c", "-o", bench.path("read.pem"))
            #expect(try await bench.yubico("-a", "test-signature", "-s", "9c", "-i", bench.path("read.pem")).status != 0)
            try await bench.yubicoDoes(
                "-a", "verify-pin", "-P", "123456", "-a", "test-signature", "-s", "9c", "-i", bench.path("read.pem"))
        }
    }
}
