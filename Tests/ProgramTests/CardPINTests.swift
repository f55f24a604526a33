import Emulation
import Foundation
import TestSupport
import Testing

/// `tessera card verify`, `change-pin` and `unblock`, with a card in the real pcscd.
@Suite struct CardPINTests {
    private struct Result: Decodable, Equatable {
        let reader: String
        let result: String
        let triesLeft: Int?
    }

    private static let puk = "12345678"
    private static let new = "96307418"

    /// Whether a PIN is the card's own.
    private func isRight(_ pin: String, _ plugged: PluggedCard) async throws -> Bool {
        try await plugged.run("card", "verify", input: pin + "\n").status == 0
    }

    @Test func `verify says that the PIN is right, and how many tries are left`() async throws {
        try await PluggedCard.with { plugged in
            let wrong = try await plugged.run("card", "verify", input: "11111111\n")
            #expect(wrong.status == 1)
            #expect(wrong.failure?.error == "wrong PIN for \"Smartcard in \(plugged.reader)\", 4 tries left")
            let right = try await plugged.run("card", "verify", input: PluggedCard.pin + "\n")
            #expect(right.status == 0)
            #expect(right.text == "The PIN is right, 5 tries left.\n")
            #expect(right.complaints.contains("(4 tries left)"))
            let result: Result = try await plugged.run("card", "verify", "--json", input: PluggedCard.pin).json()
            #expect(result == Result(reader: plugged.reader, result: "right", triesLeft: 5))
        }
    }

    @Test func `a changed PIN works, and the one before does not`() async throws {
        try await PluggedCard.with { plugged in
            let change = try await plugged.run("card", "change-pin", input: "\(PluggedCard.pin)\n\(Self.new)\n\(Self.new)\n")
            #expect(change.status == 0, "\(change.complaints)")
            #expect(change.text == "The PIN is changed.\n")
            #expect(change.complaints.contains("(5 tries left)") && change.complaints.contains("New PIN (6 to 8 digits): "))
            for secret in [PluggedCard.pin, Self.new] { #expect(!change.complaints.contains(secret)) }
            #expect(try await isRight(Self.new, plugged))
            #expect(try await !isRight(PluggedCard.pin, plugged))
        }
    }

    @Test(arguments: [
        (["96307418", "96307419"], "typed twice, and not the same"), (["12345"], "the new PIN has 6 to 8 digits"),
        (["1234567a"], "the new PIN has 6 to 8 digits"), (["123456789"], "the new PIN has 6 to 8 digits"),
    ])
    func `a slip of the finger costs no try, and changes nothing`(typed: [String], told: String) async throws {
        try await PluggedCard.with { plugged in
            let lines = ([PluggedCard.pin] + typed).joined(separator: "\n") + "\n"
            let change = try await plugged.run("card", "change-pin", input: lines)
            #expect(change.status == 1)
            #expect(change.failure?.error.contains(told) == true, "\(change.complaints)")
            for secret in typed { #expect(!change.complaints.contains(secret)) }
            #expect(try await plugged.run("card", "info").text.contains("5 tries left"))
            #expect(try await isRight(PluggedCard.pin, plugged))
        }
    }

    @Test func `a blocked PIN is set anew with the PUK, whose tries nobody knows`() async throws {
        try await PluggedCard.with(tries: 2) { plugged in
            _ = try await plugged.run("card", "verify", input: "11111111\n")
            _ = try await plugged.run("card", "verify", input: "y\n11111111\n")
            #expect(try await plugged.run("card", "info").text.contains("blocked"))
            let kept = try await plugged.run("card", "unblock", input: "n\n")
            #expect(kept.status == 1)
            #expect(kept.complaints.contains("does not tell how many tries are left"))
            let wrong = try await plugged.run("card", "unblock", input: "y\n00000000\n\(Self.new)\n\(Self.new)\n")
            #expect(wrong.status == 1)
            #expect(wrong.failure?.error == "wrong PUK for \"Smartcard in \(plugged.reader)\", 1 try left")
            let done: Result = try await plugged.run("card", "unblock", "--json", input: "y\n\(Self.puk)\n\(Self.new)\n\(Self.new)\n")
                .json()
            #expect(done == Result(reader: plugged.reader, result: "unblocked", triesLeft: nil))
            #expect(try await isRight(Self.new, plugged))
        }
    }

    @Test func `a PUK that is blocked ends it, and is told as such`() async throws {
        try await PluggedCard.with(tries: 1) { plugged in
            let outcome = try await plugged.run("card", "unblock", input: "y\n00000000\n\(Self.new)\n\(Self.new)\n")
            #expect(outcome.status == 1)
            #expect(outcome.failure?.error == "the PUK of \"Smartcard in \(plugged.reader)\" is blocked")
            #expect(outcome.failure?.hint.contains("helpdesk") == true)
        }
    }

    @Test func `the PUK is changed like a PIN`() async throws {
        try await PluggedCard.with { plugged in
            let change = try await plugged.run("card", "change-pin", "--pin", "puk", input: "y\n\(Self.puk)\nabcdefgh\nabcdefgh\n")
            #expect(change.text == "The PUK is changed.\n", "\(change.complaints)")
            let unblock = try await plugged.run("card", "unblock", input: "y\nabcdefgh\n\(Self.new)\n\(Self.new)\n")
            #expect(unblock.status == 0, "\(unblock.complaints)")
        }
    }

    @Test(arguments: [["verify"], ["unblock"]])
    func `what a PUK cannot do is a matter of usage`(command: [String]) async throws {
        let outcome = try await Program.run(["card"] + command + ["--pin", "PUK"])
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error.contains("PUK") == true)
    }

    @Test func `a label that the card does not have tells those that it has`() async throws {
        try await PluggedCard.with { plugged in
            let outcome = try await plugged.run("card", "verify", "--pin", "Signature PIN", input: PluggedCard.pin)
            #expect(outcome.status == 1)
            #expect(outcome.failure?.error.contains("\"PIV Card Application PIN\"") == true)
        }
    }

    @Test func `on a terminal no PIN is shown, and Ctrl-C at the new one changes nothing`() async throws {
        try await PluggedCard.with { plugged in
            let program = try RunningProgram.onTerminal(
                "\(Program.path) card change-pin --reader '\(plugged.reader)'; echo ended $?", environment: plugged.environment)
            #expect(await program.says("PIN of Smartcard"))
            program.type(PluggedCard.pin + "\n")
            #expect(await program.says("New PIN (6 to 8 digits): "))
            program.type("9630\u{3}")
            #expect(await program.says("ended 130"))
            let outcome = try await program.end()
            #expect(!outcome.text.contains(PluggedCard.pin) && !outcome.text.contains("9630"))
            #expect(try await isRight(PluggedCard.pin, plugged))
        }
    }
}
