import Emulation
import Foundation
import TestSupport
import Testing

/// What goes wrong with cards and readers: a sentence, a next step, an exit code, and an end.
@Suite struct CardTroubleTests {
    private func sign(_ plugged: PluggedCard, input: String) async throws -> ChildProgram.Outcome {
        try plugged.folder.write("x", to: "file")
        return try await plugged.run("card", "sign", plugged.folder.path("file"), input: input)
    }

    /// Starts signing and waits until the program asks for the PIN; it holds the card then.
    private func signing(_ plugged: PluggedCard) async throws -> RunningProgram {
        try plugged.folder.write("x", to: "file")
        let program = try RunningProgram(
            "card", "sign", "--reader", plugged.reader, plugged.folder.path("file"), environment: plugged.environment)
        #expect(await program.says("PIN of "))
        return program
    }

    @Test func `a wrong PIN is told with the tries that are left`() async throws {
        try await PluggedCard.with { plugged in
            let outcome = try await sign(plugged, input: "11111111\n")
            #expect(outcome.status == 1)
            #expect(outcome.failure?.error == "wrong PIN for \"Smartcard in \(plugged.reader)\", 4 tries left")
            #expect(outcome.failure?.hint == "start again with the right PIN")
            #expect(!outcome.complaints.contains("11111111"))
            #expect(!FileManager.default.fileExists(atPath: plugged.folder.path("file.sig")))
        }
    }

    @Test func `the last try is not spent unasked, and a blocked PIN says what helps`() async throws {
        try await PluggedCard.with(tries: 2) { plugged in
            // Nobody is asked behind a wrong PIN in a script: the line was written before.
            let wrong = try await sign(plugged, input: "11111111\ny\n11111111\n")
            #expect(wrong.failure?.error == "wrong PIN for \"Smartcard in \(plugged.reader)\", 1 try left")
            let kept = try await sign(plugged, input: "n\n")
            #expect(kept.status == 1)
            #expect(kept.failure?.error.contains("one PIN try is left") == true)
            let spent = try await sign(plugged, input: "y\n11111111\n")
            #expect(spent.status == 1)
            #expect(spent.failure?.error.contains("is blocked") == true)
            #expect(spent.failure?.hint.contains("PUK") == true)
            let blocked = try await sign(plugged, input: PluggedCard.pin + "\n")
            #expect(blocked.status == 1)
            #expect(!blocked.complaints.contains("PIN of Smartcard") && !blocked.complaints.contains("tries left"))
            let info = try await plugged.run("card", "info")
            #expect(info.text.contains("blocked"))
        }
    }

    @Test(arguments: ["12345", "123456789", "12 456"])
    func `a PIN that the card cannot have is not sent`(pin: String) async throws {
        try await PluggedCard.with { plugged in
            let outcome = try await sign(plugged, input: pin + "\n")
            #expect(outcome.status == 1)
            #expect(!outcome.complaints.contains(pin))
            #expect(outcome.failure?.error.contains("PIN") == true)
            #expect(try await plugged.run("card", "info").text.contains(pin == "12 456" ? "tries left" : "5 tries left"))
        }
    }

    @Test(arguments: [("", Int32(3)), ("\n", 1)])
    func `no PIN is no signature`(input: String, status: Int32) async throws {
        try await PluggedCard.with { plugged in
            let outcome = try await sign(plugged, input: input)
            #expect(outcome.status == status)
            #expect(outcome.failure != nil)
        }
    }

    @Test func `a card that is pulled while the PIN is typed is told, and nothing hangs`() async throws {
        try await PluggedCard.with { plugged in
            let program = try await signing(plugged)
            #expect(await plugged.pull())
            program.type(PluggedCard.pin + "\n")
            let outcome = try await program.end()
            #expect(outcome.status == 1)
            #expect(outcome.failure?.error.contains("was removed") == true, "\(outcome.complaints)")
            #expect(outcome.failure?.hint.contains("a try may have been spent") == true)
            #expect(!outcome.complaints.contains(PluggedCard.pin))
        }
    }

    @Test func `a card that another program holds is told after the wait, and free afterwards`() async throws {
        try await PluggedCard.with { plugged in
            let holder = try await signing(plugged)
            let outcome = try await plugged.run("card", "info", "--wait", "0")
            #expect(outcome.status == 3)
            #expect(outcome.failure?.error.hasPrefix("another program holds the card in \"\(plugged.reader)\"") == true)
            #expect(
                outcome.failure?.hint
                    == "close the browser or middleware that uses the card, then repeat; if there is none, replug the reader")
            holder.type(PluggedCard.pin + "\n")
            #expect(try await holder.end().status == 0)
            #expect(try await plugged.run("card", "info").status == 0)
        }
    }

    @Test func `an empty reader, and none of that name`() async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let environment = ["PCSCLITE_CSOCK_NAME": service.socket]
            _ = try await eventually {
                try await Program.run("readers", "--json", environment: environment).json([Slot].self)
                    .contains { $0.reader == slot.reader && $0.state == "empty" }
            }
            for command in [["info"], ["certificates"], ["sign", "/dev/null"]] {
                let empty = try await Program.run(["card"] + command + ["--reader", slot.reader], environment: environment)
                #expect(empty.status == 3)
                #expect(empty.failure?.error.hasPrefix("no card in \"\(slot.reader)\"") == true, "\(empty.complaints)")
                #expect(empty.failure?.hint == "insert a card, or run \"tessera emulate smartcard\"")
                let unknown = try await Program.run(["card"] + command + ["--reader", "Nobody's"], environment: environment)
                #expect(unknown.status == 3)
                #expect(unknown.failure?.error == "no reader \"Nobody's\"")
                #expect(unknown.failure?.hint.contains("tessera readers") == true)
            }
        }
    }

    @Test(arguments: [["readers"], ["readers", "--json"], ["card", "info"], ["card", "certificates"], ["card", "sign", "/dev/null"]])
    func `without pcscd the next step is to start it`(command: [String]) async throws {
        let outcome = try await Program.run(command)
        #expect(outcome.status == 3)
        #expect(outcome.text.isEmpty)
        #expect(outcome.failure?.error.hasPrefix("the smartcard service is not running") == true)
        #expect(outcome.failure?.hint == "start it: \"systemctl start pcscd.socket\", or \"pcscd\" as root")
    }

    @Test func `a file that is missing is told before the card is touched`() async throws {
        let outcome = try await Program.run("card", "sign", "/nonexistent/contract.pdf")
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error == "cannot read \"/nonexistent/contract.pdf\"")
    }

    @Test func `Ctrl-C at the PIN lets the card go and leaves the terminal as it was`() async throws {
        try await PluggedCard.with { plugged in
            try plugged.folder.write("x", to: "file")
            let line = "\(Program.path) card sign --reader '\(plugged.reader)' \(plugged.folder.path("file")); echo ended $?; stty -a"
            let program = try RunningProgram.onTerminal(line, environment: plugged.environment)
            #expect(await program.says("PIN of "))
            program.type("7418")
            program.type("\u{3}")
            #expect(await program.says("ended 130"))
            let outcome = try await program.end()
            #expect(outcome.text.contains(" echo "), "the terminal echoes again: \(outcome.text)")
            #expect(!outcome.text.contains("7418"))
            #expect(try await plugged.run("card", "info", "--wait", "0").status == 0)
        }
    }

    @Test func `a PIN typed on a terminal is not echoed, and the terminal echoes afterwards`() async throws {
        try await PluggedCard.with { plugged in
            try plugged.folder.write("x", to: "file")
            let line = "\(Program.path) card sign --reader '\(plugged.reader)' \(plugged.folder.path("file")); echo ended $?; stty -a"
            let program = try RunningProgram.onTerminal(line, environment: plugged.environment)
            #expect(await program.says("PIN of "))
            program.type(PluggedCard.pin + "\n")
            #expect(await program.says("ended 0"))
            let outcome = try await program.end()
            #expect(outcome.text.contains(" echo "))
            #expect(!outcome.text.contains(PluggedCard.pin))
        }
    }
}
