import Foundation
import TestSupport
import Testing

/// `tessera otp`, against the RFCs' own codes.
@Suite struct OTPTests {
    private let folder: Folder
    private static let seed = "3132333435363738393031323334353637383930"
    private static let uri = "otpauth://hotp/Bank:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bank&counter=3&digits=6"

    init() throws {
        folder = try Folder()
        try folder.write(Self.seed + "\n", to: "seed.hex")
        try folder.write(Self.seed + "313233343536373839303132\n", to: "seed32.hex")
        try folder.write("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", to: "seed.b32")
        try folder.write(Self.uri, to: "key.uri")
        try folder.write("1234\n", to: "pin.txt")
    }

    private func otp(_ arguments: String...) async throws -> ChildProgram.Outcome { try await Program.run(["otp"] + arguments) }

    @Test func `hotp prints the codes of RFC 4226`() async throws {
        let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
        let ten = try await otp("hotp", "--secret-file", folder.path("seed.hex"), "--counter", "0", "--count", "10")
        #expect(ten.text.split(separator: "\n").map(String.init) == codes)
        let base32 = try await otp("hotp", "--secret-file", folder.path("seed.b32"), "--base32", "--counter", "1")
        #expect(base32.text == "287082\n")
        let uri = try await otp("hotp", "--secret-file", folder.path("key.uri"))
        #expect(uri.text == "969429\n")
        struct Row: Decodable {
            let counter: UInt64
            let code: String
        }
        let rows: [Row] = try await otp("hotp", "--secret-file", folder.path("seed.hex"), "--counter", "8", "--count", "2", "--json").json()
        #expect(rows.map(\.code) == ["399871", "520489"] && rows.map(\.counter) == [8, 9])
    }

    @Test func `the secret may come from a pipe or from the environment`() async throws {
        let pipe = try await Program.run("otp", "hotp", "--secret-file", "-", "--counter", "0", input: Self.seed)
        #expect(pipe.text == "755224\n")
        let variable = try await Program.run(
            "otp", "hotp", "--secret-variable", "TESSERA_TEST_SEED", "--counter", "0", environment: ["TESSERA_TEST_SEED": Self.seed])
        #expect(variable.text == "755224\n")
        let none = try await otp("hotp", "--secret-variable", "TESSERA_NO_SUCH_VARIABLE", "--counter", "0")
        #expect(none.status == 3)
    }

    @Test func `totp prints the codes of RFC 6238`() async throws {
        for (at, code) in [
            ("59", "94287082"), ("1970-01-01T00:00:59Z", "94287082"), ("1111111109", "07081804"), ("20000000000", "65353130"),
        ] {
            let outcome = try await otp("totp", "--secret-file", folder.path("seed.hex"), "--digits", "8", "--at", at)
            #expect(outcome.text == code + "\n", "\(outcome.complaints)")
        }
        let sha256 = try await otp(
            "totp", "--secret-file", folder.path("seed32.hex"), "--digits", "8", "--at", "59", "--algorithm", "SHA256")
        #expect(sha256.text == "46119246\n")
    }

    @Test func `ocra prints the codes of RFC 6287`() async throws {
        let plain = try await otp(
            "ocra", "--secret-file", folder.path("seed.hex"), "--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--question", "00000000")
        #expect(plain.text == "237653\n", "\(plain.complaints)")
        let whole = try await otp(
            "ocra", "--secret-file", folder.path("seed32.hex"), "--suite", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", "--question", "12345678",
            "--counter", "0", "--pin-file", folder.path("pin.txt"))
        #expect(whole.text == "65347737\n", "\(whole.complaints)")
        let wrong = try await otp("ocra", "--secret-file", folder.path("seed.hex"), "--suite", "OCRA-1:HOTP-SHA1-6:QX08", "--question", "1")
        #expect(wrong.status == 2)
        #expect(wrong.failure?.error == "OCRA suite \"OCRA-1:HOTP-SHA1-6:QX08\", character 21")
        #expect(wrong.failure?.hint == "expected A, N or H")
    }

    @Test func `verify ends with 0 for the right code and with 1 for a wrong one`() async throws {
        let seed = folder.path("seed.hex")
        for (arguments, sentence) in [
            (["--counter", "1", "287082"], "the code is right, at counter 1"),
            (["--counter", "0", "--look-ahead", "9", "520489"], "the code is right, at counter 9"),
            (["--at", "59", "287082"], "the code is right, at this step"), (["--at", "89", "287082"], "the code is right, steps late: 1"),
            (["--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--question", "00000000", "237653"], "the code is right"),
        ] {
            let outcome = try await Program.run(["otp", "verify", "--secret-file", seed] + arguments)
            #expect(outcome.status == 0 && outcome.text == sentence + "\n", "\(arguments) \(outcome.complaints)")
        }
        for arguments in [
            ["--counter", "2", "287082"], ["--counter", "0", "--look-ahead", "8", "520489"], ["--at", "120", "287082"],
            ["--counter", "1", ""],
            ["--at", "89", "--window", "0", "287082"], ["--counter", "1", "28708"],
            ["--counter", "18446744073709551615", "--look-ahead", "5", "1"],
            ["--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--question", "00000001", "237653"],
        ] {
            let outcome = try await Program.run(["otp", "verify", "--secret-file", seed] + arguments)
            #expect(outcome.status == 1 && outcome.failure?.error == "the code is wrong", "\(arguments) \(outcome.complaints)")
        }
    }

    @Test(arguments: [
        (["--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--question", "00000000", "--digits", "8"], "--digits does not go with --suite."),
        (["--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--question", "00000000", "--window", "1"], "--window does not go with --suite."),
        (["--counter", "1", "--period", "30"], "--period does not go with --counter."),
        (["--counter", "1", "--at", "59"], "--at does not go with --counter."), (["--question", "1"], "--question needs --suite."),
        (["--session", "00"], "--session needs --suite."), (["--period", "-5"], "A code lasts 1 to 86400 seconds, not -5."),
        (["--period", "86401"], "A code lasts 1 to 86400 seconds, not 86401."),
    ])
    func `options that contradict each other are a matter of usage`(options: [String], error: String) async throws {
        let outcome = try await Program.run(["otp", "verify", "--secret-file", folder.path("seed.hex")] + options + ["237653"])
        #expect(outcome.status == 2 && outcome.complaints.hasPrefix("Error: \(error)\n"), "\(outcome.complaints)")
    }

    @Test func `options that the key itself contradicts are told as well`() async throws {
        let counted = try await otp("verify", "--secret-file", folder.path("key.uri"), "--window", "1", "1")
        #expect(counted.status == 2 && counted.complaints.contains("--window does not go with a counted key."))
        let timed = try await otp("verify", "--secret-file", folder.path("seed.hex"), "--look-ahead", "1", "1")
        #expect(timed.status == 2 && timed.complaints.contains("--look-ahead needs --counter."))
    }

    @Test func `a program learns that a code is wrong from JSON, too`() async throws {
        struct Verdict: Decodable { let right: Bool }
        for (code, right) in [("287082", true), ("287083", false)] {
            let outcome = try await otp("verify", "--secret-file", folder.path("seed.hex"), "--counter", "1", "--json", code)
            #expect(outcome.status == (right ? 0 : 1))
            #expect(try outcome.json(Verdict.self).right == right)
        }
    }

    @Test(arguments: [
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ==", "GEZD\nGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    ])
    func `Base32 may have spaces, small letters and padding`(text: String) async throws {
        try folder.write(text, to: "written.b32")
        let outcome = try await otp("hotp", "--secret-file", folder.path("written.b32"), "--base32", "--counter", "1")
        #expect(outcome.text == "287082\n" && outcome.complaints.isEmpty, "\(outcome.complaints)")
        try folder.write("=" + text, to: "written.b32")
        #expect(try await otp("hotp", "--secret-file", folder.path("written.b32"), "--base32", "--counter", "1").status == 2)
    }

    @Test func `a secret shorter than RFC 4226 wants is told`() async throws {
        for (count, warns) in [(15, true), (16, false)] {
            try folder.write(String(repeating: "31", count: count), to: "short.hex")
            let outcome = try await otp("hotp", "--secret-file", folder.path("short.hex"), "--counter", "1")
            let warning = "tessera: warning: the secret has 15 bytes, and RFC 4226 wants 16 at least\n"
            #expect(outcome.status == 0 && outcome.complaints == (warns ? warning : ""))
        }
    }

    @Test func `a number below zero is a value, and is told as one`() async throws {
        let early = try await otp("totp", "--secret-file", folder.path("seed.hex"), "--at", "-1")
        #expect(early.status == 2 && early.failure?.error == "-1 seconds since the epoch cannot be counted in steps")
        let counter = try await otp("hotp", "--secret-file", folder.path("seed.hex"), "--counter", "-1")
        #expect(counter.status == 2 && counter.complaints.contains("The value '-1' is invalid for '--counter <counter>'"))
        let epoch = try await otp("totp", "--secret-file", folder.path("seed.hex"), "--epoch", "-30", "--at", "29")
        #expect(epoch.text == "287082\n", "\(epoch.complaints)")
    }

    @Test func `what a URI says cannot be said again`() async throws {
        for arguments in [["hotp", "--digits", "8"], ["totp"], ["ocra", "--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--question", "1"]] {
            let outcome = try await Program.run(
                ["otp"] + arguments.prefix(1) + ["--secret-file", folder.path("key.uri")] + arguments.dropFirst())
            #expect(outcome.status == 2, "\(arguments)")
            #expect(!outcome.complaints.contains("GEZDGNBV"))
        }
        let live = try await Program.run("token", "--secret-file", folder.path("key.uri"))
        #expect(live.status == 2)
        #expect(live.failure?.error == "the URI is of a counted key")
    }

    @Test(arguments: ["-9223372036854775808", "9223372036854775807", "-9007199254740992", "9223372036854775808"])
    func `a moment that is out of every range is refused, and ends nothing`(at: String) async throws {
        let outcome = try await Program.run("otp", "totp", "--secret-file", folder.path("seed.hex"), "--at=\(at)")
        #expect(outcome.status == 2 && outcome.text.isEmpty, "\(outcome.complaints)")
    }
}
