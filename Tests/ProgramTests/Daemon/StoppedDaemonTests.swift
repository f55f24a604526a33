import Foundation
import TestSupport
import Testing

/// The daemon as a service manager ends it.
@Suite(.timeLimit(.minutes(10))) struct StoppedDaemonTests {
    @Test func `who listens when the daemon is stopped sees the end of the stream, at every door`() async throws {
        let folder = try Folder()
        let daemon = try await RunningDaemon(in: folder)
        let listeners = [try daemon.listen(), try daemon.listen(at: .emulators)]
        for listener in listeners { #expect(await listener.says("retry:")) }
        for _ in 0..<20 { daemon.program.send(SIGTERM) }
        // 18 would be a stream that was cut (libcurl: CURLE_PARTIAL_FILE).
        for listener in listeners { #expect(try await listener.end().status == 0) }
        #expect(try await daemon.program.end().status == 0)
        #expect(daemon.program.errors.contains("ended"))
    }

    @Test(arguments: [(SIGHUP, "SIGHUP"), (SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")] as [(Int32, String)])
    func `every polite signal ends it in the same way, and its log says which it was`(signal: Int32, name: String) async throws {
        let folder = try Folder()
        let daemon = try await RunningDaemon(in: folder)
        let listener = try daemon.listen()
        #expect(await listener.says("retry:"))
        daemon.program.send(signal)
        #expect(try await listener.end().status == 0)
        #expect(try await daemon.program.end().status == 0)
        // A library's trace of a door that is closed already may come behind it.
        let last = daemon.program.errors.split(separator: "\n").last { !$0.contains("[HummingbirdCore]") } ?? ""
        #expect(last.contains("by=\(name) [tessera] ended"), "\(daemon.program.errors.suffix(800))")
        #expect(!FileManager.default.fileExists(atPath: folder.path("bank.sock")))
    }

    @Test(arguments: geteuid() == 0 ? [false, true] : [false])
    func `a second Ctrl-C does not wait for a card that has the PIN`(isHalted: Bool) async throws {
        let daemon = try await RunningDaemon(in: try Folder())
        #expect(try await daemon.ask("POST", "subscribers", #"{"id": "alice"}"#).status == 201)
        let (card, device) = try await daemon.make(
            #"{"kind": "smartcard", "model": "piv", "subscriber": "alice", "pin": "73915264", "behaviour": "wait"}"#)
        #expect(try await eventually { try await daemon.ask("GET", "devices/\(device)").status == 200 })
        let id = try await daemon.pay("alice", with: device)
        #expect(try await daemon.isAsked(card))
        let plan = try await daemon.ask(
            "PUT", "emulators/\(card)/faults", #"{"plan": "delay 300000 ms after VERIFY 1"}"#, at: .emulators)
        #expect(plan.status == 200, "\(plan.text)")
        #expect(try await daemon.ask("POST", "emulators/\(card)/pin", "73915264", at: .emulators, as: "text/plain").status / 100 == 2)
        #expect(try await daemon.reaches("working", id))
        // Before that nothing would keep the first Ctrl-C from ending it.
        let isWithTheCard = try await eventually {
            try await daemon.ask("GET", "emulators/\(card)", at: .emulators).text.contains("after VERIFY 1\"]")
        }
        #expect(isWithTheCard)
        #expect(await daemon.program.handles(SIGINT))
        let halt = isHalted ? try Self.haltMainThread(of: daemon.program) : nil
        if let halt { #expect(await halt.says("halted"), "\(halt.errors)") }
        daemon.program.send(SIGINT)
        // It has come once it is caught no more. This task may not be suspended before the second: the first alone ends the
        // daemon with 0, some seconds later.
        let limit = ContinuousClock.now.advanced(by: .patient)
        while daemon.program.catches(SIGINT) == true, ContinuousClock.now < limit { usleep(1_000) }
        let isCaught = daemon.program.catches(SIGINT)
        daemon.program.send(SIGINT)
        #expect(isCaught == false, "\(daemon.program.errors.suffix(800))")
        let end = try await daemon.program.end()
        #expect(end.status == 130, "\(end.errors.suffix(800))")
        if let halt { #expect(try await halt.end().status == 0, "\(halt.errors)") }
    }

    /// Halts the main thread of a program, the only one that does not block signals, as a debugger does, until the program ends.
    ///
    /// A program that refuses dumps is halted by the superuser alone.
    private static func haltMainThread(of program: RunningProgram) throws -> RunningProgram {
        try RunningProgram.shell(
            """
            exec python3 -uc '
            import ctypes, os, sys
            trace = ctypes.CDLL(None, use_errno=True).ptrace
            (SEIZE, INTERRUPT, ALL), main = (0x4206, 0x4207, 0x40000000), int(sys.argv[1])
            for request in SEIZE, INTERRUPT:
                if trace(request, main, None, None): sys.exit(os.strerror(ctypes.get_errno()))
            halted = False
            while os.WIFSTOPPED(os.waitpid(main, ALL)[1]):
                if not halted: print("halted")
                halted = True
            ' \(program.identifier)
            """)
    }

    @Test func `a door that cannot be opened ends the daemon, and is named`() async throws {
        let folder = try Folder()
        try folder.write("not a socket", to: "emulators.sock")
        let outcome = try await Program.run(RunningDaemon.arguments(in: folder))
        #expect(outcome.status != 0)
        #expect(outcome.complaints.contains("emulators.sock"), "\(outcome.complaints.suffix(800))")
        #expect(try folder.read("emulators.sock") == Data("not a socket".utf8))
    }

    @Test(.enabled(if: geteuid() == 0, "nobody else sees the environment of a process that refuses dumps"))
    func `the keys of the store are not left in the environment`() async throws {
        let folder = try Folder()
        let made = try await Program.run("verify", "new-key", folder.path("keys"))
        #expect(made.status == 0)
        let lines = try String(contentsOfFile: folder.path("keys"), encoding: .utf8).split(separator: "\n")
        let key = String(try #require(lines.first { !$0.hasPrefix("#") }))
        let daemon = try await RunningDaemon(in: folder, ["--keys-variable", "BANK_KEYS"], environment: ["BANK_KEYS": key])
        let kept = try Data(contentsOf: URL(filePath: "/proc/\(daemon.program.identifier)/environ"))
        #expect(kept.range(of: Data("BANK_KEYS=".utf8)) != nil)
        #expect(kept.range(of: Data(key.utf8)) == nil)
        try await daemon.stop()
    }
}
