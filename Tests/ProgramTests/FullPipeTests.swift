import Foundation
import TestSupport
import Testing

/// Standard output that does not block, and has no room for now: a pipe that another program made so.
@Suite struct FullPipeTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    @Test func `all of the output arrives, a little at a time`() async throws {
        try folder.write(
            """
            import fcntl, os, subprocess, sys
            reading, writing = os.pipe()
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
            os.set_blocking(writing, False)
            program = subprocess.Popen(sys.argv[1:], stdout=writing)
            os.close(writing)
            while part := os.read(reading, 512):
                sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
            sys.exit(program.wait())
            """, to: "slow.py")
        let arguments = ["--generate-completion-script", "bash"]
        let whole = try await Program.run(arguments)
        let piped = try await ChildProgram.run("python3", [folder.path("slow.py"), Program.path] + arguments)
        #expect(piped.status == 0 && piped.complaints.isEmpty, "\(piped.complaints)")
        #expect(whole.output.count > 10_000 && piped.output == whole.output)
    }

    @Test func `where there is never room, a signal ends the wait`() async throws {
        try folder.write(
            """
            import os, sys
            reading, writing = os.pipe()
            os.set_inheritable(reading, True)
            os.set_blocking(writing, False)
            try:
                while True: os.write(writing, b"." * 4096)
            except BlockingIOError:
                pass
            os.dup2(writing, 1)
            os.execv(sys.argv[1], sys.argv[1:])
            """, to: "full.py")
        let program = try RunningProgram.shell("exec python3 '\(folder.path("full.py"))' '\(Program.path)' --version")
        #expect(await program.handles(SIGTERM), "\(program.errors)")
        program.send(SIGTERM)
        let outcome = try await program.end()
        #expect(outcome.status == 143)
        #expect(outcome.complaints.isEmpty, "\(outcome.complaints)")
    }
}
