import Emulation
import Foundation
import TestSupport
import Testing

/// ykman, Yubico's other tool, written anew in Python: what yubico-piv-tool of Debian 12 cannot do.
@Suite(.serialized) struct YKManTests {
    private func withCard(_ body: (PIVManagementBench) async throws -> Void) async throws {
        try await PIVManagementBench.withCard(PIVOptions(extensions: .yubico), body)
    }

    @Test(arguments: [("TDES", 24), ("AES128", 16), ("AES192", 24), ("AES256", 32)])
    func `the management key becomes one of each cipher, and makes a key`(cipher: String, count: Int) async throws {
        try await withCard { bench in
            let key = (0..<count).map { String(format: "%02x", $0 * 7 + 11) }.joined()
            try await bench.ykman("access", "change-management-key", "-a", cipher, "-m", PIVManagementBench.wellKnownKey, "-n", key)
            let refused = try await ChildProgram.run(
                "ykman",
                [
                    "--reader", bench.card.reader, "piv", "keys", "generate", "-m", PIVManagementBench.wellKnownKey, "-a", "ECCP256", "9a",
                    bench.path("public.pem"),
                ])
            #expect(refused.status != 0)
            try await bench.ykman("keys", "generate", "-m", key, "-a", "ECCP256", "9a", bench.path("public.pem"))
            try await bench.openssl("pkey", "-pubin", "-in", bench.path("public.pem"), "-noout")
        }
    }

    @Test(arguments: ["RSA2048", "ECCP256", "ECCP384"])
    func `openssl verifies a request and a certificate that the card's key has signed`(algorithm: String) async throws {
        try await withCard { bench in
            let names = (key: bench.path("public.pem"), made: bench.path("made.pem"))
            let management = PIVManagementBench.wellKnownKey
            try await bench.ykman("keys", "generate", "-m", management, "-a", algorithm, "9a", names.key)
            try await bench.ykman("certificates", "request", "-P", "123456", "-s", "CN=Test Holder", "9a", names.key, names.made)
            try await bench.openssl("req", "-in", names.made, "-verify", "-noout")
            try await bench.ykman(
                "certificates", "generate", "-m", management, "-P", "123456", "-s", "CN=Test Holder", "9a", names.key)
            try await bench.ykman("certificates", "export", "9a", names.made)
            try await bench.openssl("verify", "-check_ss_sig", "-CAfile", names.made, names.made)
        }
    }

    @Test func `a reset blocks PIN and PUK by itself and leaves an empty card`() async throws {
        try await withCard { bench in
            #expect(try await bench.ykman("info").contains("Slot 9a:"))
            try await bench.ykman("reset", "-f")
            let info = try await bench.ykman("info")
            #expect(!info.contains("Slot 9a:") && info.contains("PIN tries remaining: 3/3"), "\(info)")
        }
    }
}
