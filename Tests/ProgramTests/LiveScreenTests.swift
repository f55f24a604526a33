import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

@testable import tessera

/// Lists that stay in place on a terminal.
@Suite struct LiveScreenTests {
    /// What a screen of `rows` lines is sent for each of `texts`.
    private func drawn(_ texts: [String], rows: Int = 24) throws -> String {
        let pipe = Pipe()
        var screen = LiveScreen(output: pipe.fileHandleForWriting, rows: { rows })
        for text in texts { screen.draw(text) }
        screen.end()
        try pipe.fileHandleForWriting.close()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    @Test func `each drawing goes up as many lines as the one before has`() throws {
        let text = try drawn(["a\nb\nc", "d", "e\nf"])
        #expect(
            text
                == "\u{1B}[?25l" + "\r\u{1B}[J\u{1B}[?7la\nb\nc\n\u{1B}[?7h" + "\u{1B}[3A\r\u{1B}[J\u{1B}[?7ld\n\u{1B}[?7h"
                + "\u{1B}[1A\r\u{1B}[J\u{1B}[?7le\nf\n\u{1B}[?7h" + "\r\u{1B}[K\u{1B}[?25h")
    }

    @Test func `what is higher than the terminal is cut, and says so`() throws {
        let text = try drawn([(1...30).map { "line \($0)" }.joined(separator: "\n"), "x"], rows: 10)
        #expect(text.contains("line 8\n… 22 more\n") && !text.contains("line 9\n"))
        #expect(text.contains("\u{1B}[9A"))
    }

    @Test func `what has not changed keeps its time`() {
        let (first, second) = (Date(timeIntervalSince1970: 1), Date(timeIntervalSince1970: 2))
        var board = Board<String>()
        board.update(to: ["a", "b"], at: first)
        board.update(to: ["b", "c"], at: second)
        #expect(board.rows.map(\.item) == ["b", "c"])
        #expect(board.rows.map(\.since) == [first, second])
        board.update(to: ["a"], at: second)
        #expect(board.rows.map(\.since) == [second], "gone in between")
    }

    @Test func `names that steer a terminal do not`() throws {
        var board = Board<SlotReport>()
        board.update(to: [SlotReport(CardSlot(reader: "Evil\u{1B}[2J\nreader", content: .empty))], at: Date())
        let text = Readers.text(of: board)
        #expect(!text.contains("\u{1B}") && text.contains("Evil\u{FFFD}[2J\u{FFFD}reader"))
        #expect(Readers.text(of: Board()) == "No readers.\n\nCtrl-C ends.")
    }

    @Test func `on a terminal the readers are a table that follows, and Ctrl-C gives the cursor back`() async throws {
        try await PluggedCard.with { plugged in
            let program = try RunningProgram.onTerminal(
                "TERM=xterm \(Program.path) readers --watch; echo ended $?", environment: plugged.environment)
            #expect(await program.says("since"))
            #expect(await program.says("a card"))
            #expect(await plugged.pull())
            #expect(await eventually { program.output.components(separatedBy: "\u{1B}[J").count >= 3 })
            program.type("\u{3}")
            #expect(await program.says("ended 0"))
            let outcome = try await program.end()
            let cursor = outcome.text.components(separatedBy: "\u{1B}[?25")
            #expect(cursor.count == 3 && cursor[1].hasPrefix("l") && cursor[2].hasPrefix("h"))
        }
    }

    @Test func `a dumb terminal gets lines`() async throws {
        try await PluggedCard.with { plugged in
            let program = try RunningProgram.onTerminal(
                "TERM=dumb \(Program.path) readers --watch; echo ended $?", environment: plugged.environment)
            #expect(await program.says("\(plugged.reader)  a card, ATR 3B"))
            program.type("\u{3}")
            #expect(await program.says("ended 0"))
            #expect(try await !program.end().text.contains("\u{1B}[?25l"))
        }
    }
}
