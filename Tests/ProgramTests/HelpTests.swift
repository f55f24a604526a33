import TestSupport
import Testing

/// What a person meets first.
@Suite struct HelpTests {
    static let commands = [
        [], ["demo"], ["serve"], ["doctor"], ["readers"], ["devices"], ["card"], ["card", "info"], ["card", "certificates"],
        ["card", "sign"],
        ["card", "verify"], ["card", "change-pin"], ["card", "unblock"], ["card", "test"], ["emulate"],
        ["emulate", "smartcard"], ["emulate", "stick"], ["emulate", "eid"], ["emulate", "faults"], ["emulate", "authority"], ["token"],
        ["scan"], ["scan", "pair"], ["scan", "challenge"], ["scan", "read"], ["scan", "verify"],
        ["otp"], ["otp", "hotp"], ["otp", "totp"], ["otp", "ocra"], ["otp", "verify"],
        ["mobile"], ["mobile", "pair"], ["mobile", "read"], ["mobile", "approve"], ["mobile", "backup"], ["mobile", "restore"],
        ["verify"], ["verify", "audit"], ["verify", "log"], ["verify", "anchor"], ["verify", "new-key"], ["verify", "rotate-keys"],
        ["verify", "images"], ["verify", "image"], ["verify", "begin-epoch"], ["verify", "rules"], ["verify", "evidence"],
        ["subscriber"], ["subscriber", "create"], ["subscriber", "show"], ["subscriber", "initial-password"],
        ["subscriber", "change-password"], ["subscriber", "helpdesk-code"], ["subscriber", "unblock"], ["subscriber", "notices"],
        ["subscriber", "list"], ["subscriber", "operations"], ["device", "list"],
        ["subscriber", "timing"], ["subscriber", "transactions"], ["subscriber", "image"], ["subscriber", "choose-image"],
        ["device"], ["device", "products"], ["device", "order"], ["device", "register"], ["device", "activate"], ["device", "cancel"],
        ["device", "show"], ["device", "suspend"], ["device", "resume"], ["device", "helpdesk-code"], ["device", "reactivate"],
        ["device", "revoke"], ["device", "renew"], ["device", "rename"], ["device", "identify"], ["device", "link"],
        ["device", "resynchronise"], ["device", "reset"], ["device", "import"],
        ["pskc"], ["pskc", "inspect"], ["pskc", "import"], ["pskc", "export"],
    ]

    @Test(arguments: commands)
    func `help has an example that fits a terminal, and ends with 0`(command: [String]) async throws {
        let outcome = try await Program.run(command + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.complaints.isEmpty)
        let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex { $0.hasPrefix("Examples:") }, "no examples")
        let examples = lines[(start + 1)...].prefix { !$0.isEmpty }
        #expect(examples.contains { $0.hasPrefix((["  tessera"] + command).joined(separator: " ")) })
        // A line that was wrapped goes on without the indentation.
        #expect(examples.allSatisfy { $0.hasPrefix("  ") && $0.count <= 80 }, "\(Array(examples))")
        // So does prose that was written longer than 80: a few words stand alone in a line.
        let prose = lines.prefix { !$0.hasPrefix("USAGE") }.map { $0.hasPrefix(" ") ? "" : $0 }
        let broken = zip(prose, prose.dropFirst()).filter { !$1.isEmpty && (1...40).contains($0.count) }
        #expect(broken.isEmpty, "\(broken)")
    }

    @Test(arguments: commands.filter { ["subscriber", "device"].contains($0.first) || $0.last == "begin-epoch" })
    func `who names a store in an example says what goes with it`(command: [String]) async throws {
        let parts = try await Program.run(command + ["--help"]).text.split(separator: "Examples:\n")
        try #require(parts.count == 2)
        let examples = try #require(parts[1].split(separator: "\n\n").first)
        if examples.contains("--store") { #expect(parts[0].contains("--keys FILE, or --test"), "\(parts[0])") }
    }

    @Test(arguments: commands)
    func `help and --help are the same`(command: [String]) async throws {
        let one = try await Program.run(command + ["--help"])
        let other = try await Program.run(["help"] + command)
        #expect(other.status == 0)
        #expect(one.text == other.text)
    }

    @Test func `the version is Semantic Versioning, on one line`() async throws {
        let outcome = try await Program.run("--version")
        #expect(outcome.status == 0)
        #expect(outcome.text.wholeMatch(of: /tessera \d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?\n/) != nil, "\(outcome.text)")
    }

    @Test func `the exit codes are in the help`() async throws {
        let help = try await Program.run("--help").text
        for code in ["0    done", "1    refused", "2    usage", "3    something", "130  "] { #expect(help.contains(code), "\(code)") }
    }

    /// What a command cannot do without; the parser would complain of that first.
    private static let required = [
        ["card", "sign"]: ["file"], ["emulate", "authority"]: ["file"], ["token"]: ["--secret-file", "x"],
        ["verify", "audit"]: ["x"], ["verify", "log"]: ["x"], ["verify", "anchor"]: ["x", "--key", "y"], ["verify", "new-key"]: ["x"],
        ["verify", "rotate-keys"]: ["x", "--keys", "y"], ["verify", "begin-epoch"]: ["--restored", "--store", "x"],
        ["verify", "rules"]: ["x"], ["verify", "evidence"]: ["x", String(repeating: "0", count: 32), "--output", "y"],
        ["subscriber", "transactions"]: ["x", "--store", "y"], ["subscriber", "operations"]: ["x", "--store", "y"],
        ["subscriber", "list"]: ["--store", "x"], ["device", "list"]: ["--store", "x"],
        ["subscriber", "image"]: ["x", "--decoy-key-file", "y", "--store", "z"],
        ["subscriber", "choose-image"]: ["--session", "x", "--decoy-key-file", "y", "--store", "z"],
        ["device", "resynchronise"]: ["x", "1", "2", "--store", "y"], ["device", "reset"]: ["x", "--store", "y"],
        ["device", "import"]: ["x", "--owners", "y", "--store", "z"],
        ["scan", "pair"]: ["--bank", "x", "--device", "y"],
        ["scan", "challenge"]: ["--bank", "x"], ["scan", "read"]: ["--device", "x", "y"], ["scan", "verify"]: ["--bank", "x", "1"],
        ["otp", "hotp"]: ["--secret-file", "x"], ["otp", "totp"]: ["--secret-file", "x"], ["otp", "verify"]: ["--secret-file", "x", "1"],
        ["mobile", "pair"]: ["--bank", "x", "--device", "y"], ["mobile", "read"]: ["--device", "x", "y"],
        ["mobile", "approve"]: ["--bank", "x", "--device", "y", "z"],
        ["mobile", "backup"]: ["--bank", "x", "--device", "y", "--ticket", "z"],
        ["mobile", "restore"]: ["--bank", "x", "--device", "y", "--ticket", "z"],
        ["otp", "ocra"]: ["--secret-file", "x", "--suite", "x", "--question", "1"], ["pskc", "inspect"]: ["x"],
        ["device", "order"]: ["token", "--for", "x", "--store", "y", "--identification", "branch"],
        ["device", "register"]: ["x", "y", "--seed-file", "z", "--store", "y"], ["device", "activate"]: ["x", "--store", "y"],
        ["device", "cancel"]: ["x", "--store", "y"], ["device", "suspend"]: ["x", "--store", "y", "--by", "bank"],
        ["device", "identify"]: ["x", "--store", "y", "--by", "branch"], ["device", "link"]: ["x", "--store", "y", "--account", "z"],
        ["subscriber", "show"]: ["x", "--store", "y"],
        ["subscriber", "initial-password"]: ["x", "--store", "y"],
        ["subscriber", "change-password"]: ["x", "--store", "y"],
        ["subscriber", "helpdesk-code"]: ["x", "--store", "y"],
        ["subscriber", "unblock"]: ["x", "--store", "y"],
        ["subscriber", "notices"]: ["x", "--store", "y"],
        ["subscriber", "create"]: ["x", "--store", "y"],
        ["device", "show"]: ["x", "--store", "y"],
        ["device", "resume"]: ["x", "--store", "y"],
        ["device", "helpdesk-code"]: ["x", "--store", "y"],
        ["device", "reactivate"]: ["x", "--store", "y"],
        ["device", "revoke"]: ["x", "--store", "y"],
        ["device", "renew"]: ["x", "--store", "y"],
        ["device", "rename"]: ["x", "--store", "y"],
        ["pskc", "import"]: ["x", "--output", "y"], ["pskc", "export"]: ["x", "--plain", "--output", "y"],
        ["verify", "image"]: ["--name", "x", "--png", "y"],
    ]

    @Test(arguments: commands)
    func `an unknown option is a matter of usage, on standard error`(command: [String]) async throws {
        let arguments = command + (Self.required[command] ?? []) + ["--no-such-option"]
        let outcome = try await Program.run(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.text.isEmpty)
        #expect(outcome.complaints.contains("--no-such-option"))
        #expect(outcome.complaints.contains("Usage: "))
    }

    @Test(arguments: [
        ["no-such-command"], ["card", "no-such-command"], ["token"], ["scan", "read"], ["card", "sign"],
        ["emulate", "smartcard", "--vpcd", "localhost"], ["emulate", "smartcard", "--vpcd", ":1"],
        ["emulate", "smartcard", "--vpcd", "localhost:65536"], ["emulate", "smartcard", "--vpcd", "localhost:0"],
        ["emulate", "smartcard", "--faults", "pull"],
        ["emulate", "faults", "--fault", "garbage before write 1"], ["emulate", "faults", "--fault", "none", "--seed", "1"],
        ["emulate", "faults", "--application", "ias-classic", "--keys", "p256"], ["emulate", "faults", "--flow", "logout"],
        ["emulate", "smartcard", "--keys", "rsa1024"], ["emulate", "smartcard", "--application", "openpgp"],
        ["emulate", "smartcard", "--revocation", "http://localhost:1"], ["emulate", "authority"],
        ["emulate", "smartcard", "--authority", "x", "--revocation", "localhost"], ["emulate", "authority", "x", "--port", "70000"],
        ["emulate", "smartcard", "--transport", "t2"], ["emulate", "smartcard", "--application", "classic-v3", "--keys", "p256"],
        ["emulate", "smartcard", "--piv-extensions", "other"], ["emulate", "smartcard", "--management-key", "3des:0102"],
        ["emulate", "smartcard", "--state", "no/card", "--sealed", "--management-key", "3des:\(String(repeating: "01", count: 24))"],
        [
            "emulate", "smartcard", "--state", "no/card", "--passphrase-file", "no/file", "--management-key",
            "3des:\(String(repeating: "01", count: 24))",
        ],
        ["emulate", "smartcard", "--application", "pkcs15", "--piv-extensions", "yubico"],
        ["emulate", "smartcard", "--application", "pkcs15", "--keys", "rsa4096"],
        ["card", "sign", "--key", "decryption", "x"], ["card", "info", "--wait", "-1"],
        ["card", "sign", "-"], ["card", "sign", "contract.pdf", "--output", "./contract.pdf"],
        ["card", "sign", "contract.pdf", "--attached"], ["card", "sign", "contract.pdf", "--format", "pades"],
        ["card", "test", "--key", "decryption"], ["token", "--secret-file", "x", "--period", "0"],
        ["token", "--secret-file", "x", "--algorithm", "MD5"], ["scan", "challenge", "--bank", "x", "--iban", "LU28 0019 4006 4475 0000"],
        ["scan", "challenge", "--bank", "x", "--reference", "y"], ["scan", "read", "--device", "x", "-"],
        ["otp", "hotp"], ["otp", "ocra", "--secret-file", "x"], ["otp", "verify", "--secret-file", "x"],
        ["otp", "totp", "--secret-file", "x", "--secret-variable", "Y"], ["otp", "totp", "--secret-file", "x", "--at", "noon"],
        ["otp", "totp", "--secret-file", "x", "--count", "0"], ["otp", "verify", "--secret-file", "x", "--look-ahead", "1001", "1"],
        ["pskc", "import", "x"], ["pskc", "export", "x", "--output", "y"],
        ["pskc", "export", "x", "--output", "y", "--plain", "--key-file", "z"],
        ["pskc", "import", "x", "--output", "y", "--key-file", "z", "--password-file", "w"],
    ])
    func `what cannot be meant is refused before anything is touched`(command: [String]) async throws {
        let outcome = try await Program.run(command)
        #expect(outcome.status == 2, "\(outcome.complaints)")
        #expect(outcome.text.isEmpty)
        #expect(outcome.complaints.hasPrefix("Error: "))
    }
}
