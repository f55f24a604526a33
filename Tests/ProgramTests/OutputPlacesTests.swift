import Crypto
import Emulation
import Foundation
import TestSupport
import Testing
import Verification

/// Every option that writes a file, and the files whose place none of them takes.
@Suite(.timeLimit(.minutes(10))) struct OutputPlacesTests {
    /// A word with `@` is a file in the folder; `@OUT` is the one that is written.
    private static let commands = [
        "verify image --name cat --png @OUT",
        "verify images --png @OUT",
        "verify anchor @store.sqlite --key @audit.pem --output @OUT",
        "subscriber image alice --decoy-key-file @decoy --store @store.sqlite --test --png @OUT",
        "subscriber choose-image --session @session --decoy-key-file @decoy --store @store.sqlite --test --png @OUT",
        "scan challenge --bank @bank.json --png @OUT",
        "scan challenge --bank @bank.json --svg @OUT",
        "scan pair --by-hand --bank @bank.json --device @scan.json --png @OUT",
        "pskc import @box.xml --output @OUT",
        "pskc export @keys.txt --plain --output @OUT",
        "card sign --output @OUT @letter.txt",
        "card trace --output @OUT info",
        "emulate smartcard --vpcd localhost:1 --root @OUT",
        "device import @box.xml --owners @owners.csv --store @store.sqlite --test --report @OUT",
    ]

    private let bench: ScanBench
    private var folder: Folder { bench.folder }

    init() async throws {
        bench = try await ScanBench()
        let key = Curve25519.Signing.PrivateKey()
        for (name, text) in [
            ("audit.pem", AuditKey.pem(key)), ("audit-public.pem", AuditKey.pem(key.publicKey)), ("letter.txt", "Dear bank"),
            ("decoy", String(repeating: "5a", count: 32)), ("session", String(repeating: "0f", count: 32)), ("owners.csv", "1,alice\n"),
            ("keys.txt", "otpauth://hotp/anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0\n"),
        ] { try folder.write(text, to: name) }
        for arguments in [
            ["subscriber", "create", "alice", "--store", folder.path("store.sqlite"), "--test"],
            ["verify", "new-key", folder.path("store.keys")],
            ["pskc", "export", folder.path("keys.txt"), "--plain", "--output", folder.path("box.xml")],
        ] {
            let made = try await Program.run(arguments)
            #expect(made.status == 0, "\(made.complaints)")
        }
        let authority = try TestAuthority(now: Date())
        let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, pin: "123456", tries: 3, authority: authority, now: Date())
        try CardStateFile.create(at: folder.path("card.json"), #require(card.snapshot)).close()
    }

    /// Runs a command that writes to this file.
    private func run(_ command: String, to output: String) async throws -> ChildProgram.Outcome {
        let words = command.split(separator: " ").map { word in
            word == "@OUT" ? folder.path(output) : word.hasPrefix("@") ? folder.path(String(word.dropFirst())) : String(word)
        }
        return try await Program.run(words)
    }

    @Test(arguments: commands) func `a store, a key and an emulated device are replaced by no output`(command: String) async throws {
        for name in ["store.sqlite", "audit.pem", "audit-public.pem", "store.keys", "scan.json", "bank.json", "card.json"] {
            let former = try folder.read(name)
            let outcome = try await run(command, to: name)
            #expect(outcome.status == 2, "\(name): \(outcome.complaints)")
            #expect(outcome.complaints.contains("replace"), "\(name): \(outcome.complaints)")
            #expect(try folder.read(name) == former, "\(name)")
        }
    }

    @Test func `a link to an input is the input`() async throws {
        for (command, input) in [
            ("pskc export @keys.txt --plain --output @OUT", "keys.txt"), ("pskc import @box.xml --output @OUT", "box.xml"),
            ("device import @box.xml --owners @owners.csv --store @store.sqlite --test --report @OUT", "owners.csv"),
            ("verify image --name cat --font @letter.txt --png @OUT", "letter.txt"),
            ("verify anchor @store.sqlite --key @audit.pem --append @letter.txt --output @OUT", "letter.txt"),
            ("emulate smartcard --vpcd localhost:1 --passphrase-file @letter.txt --state @new.json --root @OUT", "letter.txt"),
        ] {
            let former = try folder.read(input)
            try FileManager.default.linkItem(atPath: folder.path(input), toPath: folder.path("hard"))
            try FileManager.default.createSymbolicLink(atPath: folder.path("soft"), withDestinationPath: folder.path(input))
            for name in [input, "hard", "soft"] {
                let outcome = try await run(command, to: name)
                #expect(outcome.status == 2, "\(command): \(outcome.complaints)")
                #expect(outcome.failure?.error == "\"\(folder.path(name))\" is an input as well, and would be replaced")
            }
            #expect(try folder.read(input) == former)
            for name in ["hard", "soft"] { try FileManager.default.removeItem(atPath: folder.path(name)) }
        }
        #expect(try !folder.names.contains("new.json"))
    }

    @Test func `what an earlier run wrote is replaced`() async throws {
        for (command, output) in [
            ("verify images --png @OUT", "a.png"), ("scan challenge --bank @bank.json --svg @OUT", "a.svg"),
            ("verify anchor @store.sqlite --key @audit.pem --output @OUT", "heads.json"),
            ("pskc export @keys.txt --plain --output @OUT", "b.xml"), ("pskc import @box.xml --output @OUT", "b.txt"),
        ] {
            for _ in 0..<2 {
                let outcome = try await run(command, to: output)
                #expect(outcome.status == 0, "\(command): \(outcome.complaints)")
            }
        }
        for _ in 0..<2 {
            let outcome = try await run("card trace --output @OUT info", to: "a.jsonl")
            #expect(outcome.status == 3, "there is no card: \(outcome.complaints)")
        }
    }

    @Test func `a container of keys is XML, and no picture`() async throws {
        let former = try folder.read("box.xml")
        let outcome = try await run("verify images --png @OUT", to: "box.xml")
        #expect(outcome.status == 2 && outcome.failure?.error == "\"\(folder.path("box.xml"))\" is no picture, and would be replaced")
        #expect(try folder.read("box.xml") == former)
    }
}
