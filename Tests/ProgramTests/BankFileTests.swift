import Foundation
import TestSupport
import Testing

/// The bank's file, in the hands of people who link it, kill its program, or give a pipe for it.
@Suite struct BankFileTests {
    @Test func `a bank with a second name by a hard link is refused under both`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let code = try await bench.read("code.png", "--yes").text.trimmingCharacters(in: .newlines)
        try FileManager.default.linkItem(atPath: bench.bank, toPath: bench.path("hard.json"))
        for name in [bench.bank, bench.path("hard.json")] {
            let outcome = try await Program.run("scan", "verify", "--bank", name, code)
            #expect(outcome.status == 2 && outcome.failure?.error == "\"\(name)\" has another name by a hard link")
            #expect(outcome.failure?.hint == "copy it, and use the copy")
        }
        try FileManager.default.removeItem(atPath: bench.path("hard.json"))
        #expect(try await bench.verify(code).text == "Accepted.\n")
    }

    @Test func `what a killed program left beside its files is gone with the next write`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        try bench.folder.write("left behind", to: "bank.json.new")
        _ = try await bench.challenge()
        #expect(try bench.folder.names == ["bank.json", "code.png", "scan.json"])
        #expect(try await bench.read("code.png", "--yes").status == 0)
    }

    @Test func `a pipe is no bank, and is not waited for`() async throws {
        let bench = try await ScanBench()
        try #require(mkfifo(bench.path("pipe"), 0o600) == 0)
        let outcome = try await Program.run("scan", "challenge", "--bank", bench.path("pipe"))
        #expect(outcome.status == 2, "\(outcome.complaints)")
    }

    @Test(arguments: [SIGINT, SIGTERM]) func `waiting for a pipe that nobody writes ends with a signal`(signal: Int32) async throws {
        let bench = try await ScanBench()
        try #require(mkfifo(bench.path("pipe"), 0o600) == 0)
        let program = try RunningProgram("scan", "read", "--device", bench.device, "--yes", bench.path("pipe"))
        #expect(await program.handles(signal))
        program.send(signal)
        #expect(try await program.end().status == 128 + signal)
    }

    @Test func `a verdict that standard output does not take is told on standard error`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let code = try await bench.read("code.png", "--yes").text.trimmingCharacters(in: .newlines)
        func verify(_ code: String) async throws -> ChildProgram.Outcome {
            try await ChildProgram.run(
                "/bin/sh", ["-c", "exec '\(Program.path)' scan verify --bank '\(bench.bank)' '\(code)' > /dev/full"])
        }
        let right = try await verify(code)
        #expect(right.status == 3 && right.failure?.error == "cannot write to standard output")
        #expect(right.complaints.hasSuffix("tessera: the code was accepted, and is spent\n"), "\(right.complaints)")
        _ = try await bench.challenge()
        let wrong = try await verify("00000000")
        #expect(wrong.status == 3 && wrong.failure?.error == "not the code of the challenge that was made last")
    }

    @Test func `nobody to agree is told as that, and what is shown is shown once`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let nobody = try await bench.read()
        #expect(nobody.status == 3)
        #expect(nobody.failure?.error == "there is no terminal to agree on" && nobody.failure?.hint == "use --yes")
        for (options, answer) in [([], "yes\n"), (["--yes"], "")] {
            _ = try await bench.challenge()
            let outcome = try await Program.run(
                ["scan", "read", "--device", bench.device, bench.path("code.png")] + options, input: answer)
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(outcome.complaints.components(separatedBy: "12.50 EUR").count == 2, "\(outcome.complaints)")
            #expect(!outcome.complaints.contains("Compare with") && !outcome.complaints.contains("Reference"))
        }
        _ = try await bench.challenge()
        #expect(try await bench.read("code.png", input: "oui\n").status == 1)
    }
}
