import Crypto
import Foundation
import TestSupport
import Testing
import Verification

@testable import tessera

/// Hints that lead on: who does what they say gets further, and loses nothing.
@Suite(.timeLimit(.minutes(10))) struct NextStepTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    @Test func `what was done is shown to its end, also to whoever breaks off then`() async throws {
        let looking = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await Desk.afterwards {
                try Task.checkCancellation()
                return "done"
            }
        }
        looking.cancel()
        #expect(try await looking.value == "done")
    }

    private func run(_ arguments: String...) async throws -> ChildProgram.Outcome { try await Program.run(arguments) }

    /// Options of a store for tests in which there is alice.
    private func store() async throws -> [String] {
        let options = ["--store", folder.path("bank.sqlite"), "--test", "--admit-retired"]
        let made = try await Program.run(["subscriber", "create", "alice"] + options)
        #expect(made.status == 0, "\(made.complaints)")
        return options
    }

    @Test func `a key that is none is wanted in the length that the command takes`() async throws {
        try folder.write("otpauth://hotp/anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0", to: "keys")
        try folder.write("no digits", to: "key")
        let hint = "write a key as 64 digits, for 32 bytes: openssl rand -hex 32"
        let arguments = ["pskc", "export", folder.path("keys"), "--key-file", folder.path("key"), "--output", folder.path("box.xml")]
        let refused = try await Program.run(arguments)
        #expect(refused.status == 2 && refused.failure?.hint == hint, "\(refused.complaints)")
        try folder.write(String(repeating: "5a", count: 32), to: "key")
        #expect(try await Program.run(arguments).status == 0)
        try folder.write("no digits", to: "key")
        let given = try await run("pskc", "import", folder.path("box.xml"), "--key-file", folder.path("key"), "--output", "-")
        #expect(given.status == 2 && given.failure?.hint.hasPrefix("write the key as its maker gave it") == true, "\(given.complaints)")
        let picture = try await Program.run(["subscriber", "image", "alice", "--decoy-key-file", folder.path("key")] + store())
        #expect(picture.status == 2 && picture.failure?.hint == hint, "\(picture.complaints)")
    }

    @Test func `an empty file is told by what belongs into it`() async throws {
        try folder.write("\n", to: "empty")
        try folder.write("3132333435363738393031323334353637383930", to: "seed")
        let (store, empty) = (try await store(), folder.path("empty"))
        for (arguments, what) in [
            (["subscriber", "unblock", "alice", "--code-file", empty] + store, "helpdesk code"),
            (
                ["device", "order", "token", "--for", "alice", "--identification", "branch", "--activation-code-file", empty] + store,
                "activation code"
            ),
            (
                [
                    "otp", "ocra", "--suite", "OCRA-1:HOTP-SHA1-6:QN08-PSHA1", "--question", "12345678", "--secret-file",
                    folder.path("seed"),
                    "--pin-file", empty,
                ], "PIN"
            ),
        ] {
            let outcome = try await Program.run(arguments)
            #expect(outcome.status == 2 && outcome.failure?.hint == "write the \(what) into it", "\(outcome.complaints)")
        }
    }

    @Test func `what nobody types has an option for its file, which is named`() async throws {
        let store = try await store()
        for (arguments, option) in [
            (["device", "order", "token", "--for", "alice", "--identification", "branch"], "--activation-code-file"),
            (["subscriber", "change-password", "alice"], "--old-file"), (["subscriber", "unblock", "alice"], "--code-file"),
        ] {
            let outcome = try await Program.run(arguments + store)
            #expect(outcome.status != 0 && outcome.failure?.hint.hasSuffix("name its file with \(option)") == true, "\(outcome.complaints)")
        }
    }

    @Test func `an audit key is wanted by the half that the command takes`() async throws {
        _ = try await store()
        let key = Curve25519.Signing.PrivateKey()
        try folder.write(AuditKey.pem(key.publicKey), to: "public.pem")
        try folder.write("no key", to: "other.pem")
        let bank = folder.path("bank.sqlite")
        let none = try await run("verify", "audit", bank, "--key", folder.path("other.pem"))
        #expect(none.status == 2, "\(none.complaints)")
        #expect(none.failure?.hint.hasPrefix("name the public half of the key that signed") == true, "\(none.complaints)")
        let half = try await run("verify", "anchor", bank, "--key", folder.path("public.pem"))
        #expect(half.status == 2 && half.failure?.error == "this is the public half of a key, which signs nothing", "\(half.complaints)")
        let drawn = try await run("verify", "anchor", bank, "--key", folder.path("other.pem"))
        #expect(drawn.status == 2 && drawn.failure?.hint.hasPrefix("make one: openssl genpkey") == true, "\(drawn.complaints)")
    }

    @Test func `what cannot be meant is a matter of usage`() async throws {
        let store = try await store()
        for limit in ["0", "101"] {
            let page = try await Program.run(["subscriber", "transactions", "alice", "--limit", limit] + store)
            #expect(page.status == 2 && page.complaints.contains("1 to 100 transactions, not \(limit)"), "\(page.complaints)")
        }
        let product = try await Program.run(["device", "order", "nope", "--for", "alice", "--identification", "branch"] + store)
        #expect(product.status == 2 && product.failure?.hint.contains("tessera device products") == true, "\(product.complaints)")
    }

    @Test func `a folder or a large file in a device's place is told to be the wrong file`() async throws {
        let bench = try await ScanBench()
        try FileManager.default.createDirectory(atPath: folder.path("dd"), withIntermediateDirectories: false)
        try folder.write("", to: "large")
        #expect(truncate(folder.path("large"), 3 << 20) == 0)
        _ = try await bench.challenge()
        for name in ["dd", "large"] {
            let device = try await run("scan", "read", "--device", folder.path(name), "--yes", bench.path("code.png"))
            #expect(device.status == 3 && device.failure?.hint == "name the file of the device", "\(device.complaints)")
        }
        let card = try await run("emulate", "smartcard", "--vpcd", "localhost:1", "--state", folder.path("dd"))
        #expect(card.status == 3 && card.failure?.hint == "name the file of the card", "\(card.complaints)")
        let dd = try await run("scan", "verify", "--bank", folder.path("dd"), "12345678")
        #expect(dd.status == 2 && dd.failure?.error == "\"\(folder.path("dd"))\" is a folder", "\(dd.complaints)")
        let large = try await run("scan", "verify", "--bank", folder.path("large"), "12345678")
        #expect(large.status == 2 && large.failure?.error == "\"\(folder.path("large"))\" has more than 1 MiB", "\(large.complaints)")
        #expect(try folder.names == ["dd", "large"])
    }

    @Test func `keys that did not arrive are not said to be written`() async throws {
        try folder.write("otpauth://hotp/anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0", to: "keys")
        #expect(try await run("pskc", "export", folder.path("keys"), "--plain", "--output", folder.path("box.xml")).status == 0)
        for command in ["pskc export '\(folder.path("keys"))' --plain", "pskc import '\(folder.path("box.xml"))'"] {
            let outcome = try await ChildProgram.run("/bin/sh", ["-c", "exec '\(Program.path)' \(command) --output - > /dev/full"])
            #expect(outcome.status == 3 && outcome.failure?.error == "cannot write to standard output", "\(outcome.complaints)")
            #expect(!outcome.complaints.contains("keys written"), "\(outcome.complaints)")
        }
    }

    @Test func `what is printed once is not made where standard output is closed`() async throws {
        let store = try await store().map { "'\($0)'" }.joined(separator: " ")
        for command in [
            "subscriber initial-password alice", "subscriber helpdesk-code alice",
            "device order smartcard --for alice --identification branch",
        ] {
            let outcome = try await ChildProgram.run("/bin/sh", ["-c", "exec '\(Program.path)' \(command) \(store) >&-"])
            #expect(outcome.status == 2, "\(outcome.complaints)")
            #expect(outcome.failure?.error == "standard output is closed, and what is made now is printed once")
        }
        let code = try await ChildProgram.run("/bin/sh", ["-c", "exec '\(Program.path)' subscriber helpdesk-code alice \(store)"])
        #expect(code.status == 0 && !code.complaints.contains("the code made before"), "\(code.complaints)")
    }
}
