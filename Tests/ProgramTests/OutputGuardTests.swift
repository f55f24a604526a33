import Foundation
import TestSupport
import Testing

/// Outputs that would take the place of something else, or go to a pipe.
@Suite struct OutputGuardTests {
    @Test func `a picture takes the place of a picture, and of nothing else`() async throws {
        let bench = try await ScanBench()
        let (bank, device) = (try bench.folder.read("bank.json"), try bench.folder.read("scan.json"))
        try bench.folder.write("a letter", to: "letter.txt")
        for name in [bench.device, bench.path("letter.txt")] {
            let outcome = try await Program.run("scan", "challenge", "--bank", bench.bank, "--png", name)
            #expect(outcome.status == 2 && outcome.failure?.error == "\"\(name)\" is no picture, and would be replaced")
        }
        #expect(try bench.folder.read("scan.json") == device)
        #expect(try bench.folder.read("bank.json") == bank, "nothing was spent")
        _ = try await bench.challenge()
        let again = try await Program.run("scan", "challenge", "--bank", bench.bank, "--svg", bench.path("code.png"))
        #expect(again.status == 0, "\(again.complaints)")
        #expect(try bench.folder.read("code.png").starts(with: Array("<".utf8)))
    }

    @Test(arguments: ["-", "/dev/stdout", "/proc/self/fd/1"])
    func `a picture on standard output is there alone`(name: String) async throws {
        let bench = try await ScanBench()
        let outcome = try await ChildProgram.run(
            "/bin/sh", ["-c", "cd '\(bench.folder.url.path)' && '\(Program.path)' scan challenge --bank bank.json --png \(name) | cat"])
        try outcome.output.write(to: bench.folder.url.appending(path: "piped.png"))
        let read = try await bench.read("piped.png", "--yes")
        #expect(read.status == 0, "\(read.complaints)")
        #expect(outcome.output.suffix(8) == Data([0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]), "IEND is the last chunk")
        #expect(try bench.folder.names == ["bank.json", "piped.png", "scan.json"])
        let json = try await Program.run("scan", "challenge", "--bank", bench.bank, "--json", "--png", name)
        #expect(json.status == 2)
    }

    @Test func `a pair and a ticket are kept in files`() async throws {
        let folder = try Folder()
        for arguments in [
            ["scan", "pair", "--bank", "-", "--device", folder.path("d")], ["scan", "pair", "--bank", folder.path("b"), "--device", "-"],
            ["mobile", "backup", "--bank", folder.path("b"), "--device", folder.path("d"), "--ticket", "-"],
        ] {
            let outcome = try await Program.run(arguments)
            #expect(outcome.status == 2, "\(arguments)")
        }
        #expect(try folder.names.isEmpty)
    }

    @Test func `keys and containers do not take the place of what they are made from, nor of a device`() async throws {
        let bench = try await ScanBench()
        let uri = "otpauth://hotp/anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0"
        try bench.folder.write(uri, to: "keys")
        try bench.folder.write("00112233445566778899aabbccddeeff", to: "key.hex")
        for (output, error) in [
            ("keys", "is an input as well, and would be replaced"), ("key.hex", "is an input as well, and would be replaced"),
            ("scan.json", "holds a device or its bank, and would be replaced"),
            ("bank.json", "holds a device or its bank, and would be replaced"),
        ] {
            let former = try bench.folder.read(output)
            let outcome = try await Program.run(
                "pskc", "export", bench.path("keys"), "--key-file", bench.path("key.hex"), "--output", bench.path(output))
            #expect(outcome.status == 2 && outcome.failure?.error == "\"\(bench.path(output))\" \(error)", "\(outcome.complaints)")
            #expect(try bench.folder.read(output) == former)
        }
    }

    @Test func `secrets go through a pipe, and not to a terminal`() async throws {
        let folder = try Folder()
        try folder.write("otpauth://hotp/anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0", to: "keys")
        let container = try await Program.run("pskc", "export", folder.path("keys"), "--plain", "--output", "-")
        #expect(container.status == 0 && container.text.hasPrefix("<?xml"), "\(container.complaints)")
        try container.output.write(to: folder.url.appending(path: "box.xml"))
        let keys = try await Program.run("pskc", "import", folder.path("box.xml"), "--output", "-")
        #expect(keys.text.hasPrefix("otpauth://hotp/anna?"), "\(keys.complaints)")
        let screen = try RunningProgram.onTerminal("'\(Program.path)' pskc import '\(folder.path("box.xml"))' --output -; echo ended $?")
        #expect(await screen.says("ended 2"))
        let outcome = try await screen.end()
        #expect(outcome.text.contains("a secret is not written to a terminal") && !outcome.text.contains("GEZDGNBV"))
        #expect(try folder.names == ["box.xml", "keys"])
    }

    @Test func `an argument that is no text is refused by its number`() async throws {
        let folder = try Folder()
        let outcome = try await ChildProgram.run(
            "/bin/bash", ["-c", "'\(Program.path)' scan challenge --bank '\(folder.path("b"))' --payee $'B\\xe4ckerei' --iban x"])
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error == "argument 6 is not in UTF-8")
        #expect(try folder.names.isEmpty)
    }
}

/// Files that are made to keep a program busy.
@Suite struct HostileInputTests {
    @Test func `a text longer than any QR code, and a file larger than any picture, are refused by their length`() async throws {
        let bench = try await ScanBench()
        try bench.folder.write("SC1:" + String(repeating: "A", count: 5000), to: "long.txt")
        let long = try await bench.read("long.txt", "--yes")
        #expect(long.status == 1 && long.failure?.error == "\"\(bench.path("long.txt"))\" has more characters than a QR code holds")
        // A file with a hole takes no space.
        try bench.folder.write("SC1:", to: "huge")
        #expect(truncate(bench.path("huge"), 1 << 32) == 0)
        let huge = try await bench.read("huge", "--yes")
        #expect(huge.status == 2 && huge.failure?.error == "\"\(bench.path("huge"))\" has more than 32 MiB")
    }
}
