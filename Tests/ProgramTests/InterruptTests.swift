import Foundation
import TestSupport
import Testing

/// Ends that are not the program's own idea.
@Suite struct InterruptTests {
    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func `a signal breaks off, with 128 and its number`(signal: Int32, status: Int32) async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let program = try RunningProgram("scan", "read", "--device", bench.device, bench.path("code.png"))
        #expect(await program.says("Agree? [y/N] "))
        #expect(await program.handles(signal))
        program.send(signal)
        let outcome = try await program.end()
        #expect(outcome.status == status)
        #expect(outcome.text.isEmpty)
        // Who hung up is not told.
        #expect((outcome.failure?.error == "cancelled") == (signal != SIGHUP))
        #expect(try await bench.read("code.png", "--yes").status == 0, "nothing was spent")
    }

    @Test func `a second polite kill changes nothing`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let program = try RunningProgram("scan", "read", "--device", bench.device, bench.path("code.png"))
        #expect(await program.says("Agree? [y/N] "))
        #expect(await program.handles(SIGTERM))
        for _ in 0..<20 { program.send(SIGTERM) }
        let outcome = try await program.end()
        #expect(outcome.status == 143)
        #expect(outcome.failure?.error == "cancelled")
    }

    @Test func `nohup holds: a hang-up that was to be ignored is`() async throws {
        let program = try RunningProgram.shell("trap '' HUP; exec '\(Program.path)' token --secret-file -")
        #expect(await program.handles(SIGINT))
        program.send(SIGHUP)
        program.type("3132")
        program.hangUp()
        let outcome = try await program.end()
        #expect(outcome.status == 0)
        #expect(outcome.text.count == 7)
    }

    @Test(arguments: ["demo --terminal", "help", "demo --json"])
    func `output that nobody reads any more is no reason to complain`(command: String) async throws {
        // The reader is gone before anything is written.
        let script = """
            import os, signal, sys
            reading, writing = os.pipe()
            os.close(reading)
            os.dup2(writing, 1)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execv(sys.argv[1], sys.argv[1:])
            """
        let outcome = try await ChildProgram.run("python3", ["-c", script, Program.path] + command.split(separator: " ").map(String.init))
        #expect(outcome.complaints.isEmpty, "\(outcome.complaints)")
        #expect(outcome.status == 141)
    }

    @Test func `a full disk under standard output is told`() async throws {
        let outcome = try await ChildProgram.run("/bin/sh", ["-c", "'\(Program.path)' demo --json > /dev/full"])
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error == "cannot write to standard output")
    }
}
