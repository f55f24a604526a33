import Foundation
import Testing

@testable import Pictures

@Suite struct QRCodeTerminalTests {
    static let texts = ["A", "SC1:HELLO WORLD", String(repeating: "Q", count: 311), String(repeating: "z", count: 412)]
    static let colours = "\u{1B}[38;5;16;48;5;231m"

    /// The code with its quiet zone, as it should come back.
    private func matrix(_ code: QRCode) -> [[Bool]] {
        (-4..<code.size + 4).map { y in (-4..<code.size + 4).map { code[x: $0, y: y] } }
    }

    /// What a terminal shows: two rows of cells a line, `true` where there is ink.
    private func cells(_ text: String) throws -> [[Bool]] {
        try text.split(separator: "\n").flatMap { line -> [[Bool]] in
            let halves = try line.map { character in
                try #require([" ": (false, false), "▀": (true, false), "▄": (false, true), "█": (true, true)][character])
            }
            return [halves.map(\.0), halves.map(\.1)]
        }
    }

    @Test(arguments: texts)
    func `half blocks without colours are the code, or its negative on a dark ground`(text: String) throws {
        let code = try QRCode(encoding: text)
        let expected = matrix(code)
        let blank = expected[0].map { _ in false }
        // The number of rows is odd: half a line of light modules remains.
        #expect(try cells(code.terminalText(.plain(on: .light))) == expected + [blank])
        #expect(try cells(code.terminalText(.plain(on: .dark))).map { $0.map(!) } == expected + [blank])
    }

    @Test(arguments: texts)
    func `colours stand before every line and end with it`(text: String) throws {
        let code = try QRCode(encoding: text)
        let coloured = code.terminalText()
        #expect(coloured == code.terminalText(.colour))
        var plain = ""
        for line in coloured.split(separator: "\n") {
            #expect(line.hasPrefix(Self.colours))
            #expect(line.hasSuffix("\u{1B}[0m"))
            plain += line.dropFirst(Self.colours.count).dropLast(4) + "\n"
        }
        // Black ink on white: the same blocks as on a light ground.
        #expect(plain == code.terminalText(.plain(on: .light)))
    }

    @Test(arguments: texts)
    func `number signs are the code, two of them a module`(text: String) throws {
        let code = try QRCode(encoding: text)
        for (background, ink) in [(TerminalForm.Background.light, true), (.dark, false)] {
            let text = code.terminalText(.ascii(on: background))
            #expect(text.utf8.allSatisfy { $0 < 0x80 })
            let rows = text.split(separator: "\n").map { Array($0) }
            #expect(rows.map { row in stride(from: 0, to: row.count, by: 2).map { (row[$0] == "#") == ink } } == matrix(code))
            #expect(rows.allSatisfy { row in stride(from: 0, to: row.count, by: 2).allSatisfy { row[$0] == row[$0 + 1] } })
        }
    }

    @Test(arguments: [TerminalForm.colour, .plain(on: .dark), .plain(on: .light), .ascii(on: .dark), .ascii(on: .light)])
    func `every line is as wide as announced, and ends`(form: TerminalForm) throws {
        let code = try QRCode(encoding: "SC1:HELLO WORLD")
        let text = code.terminalText(form)
        #expect(text.hasSuffix("\n"))
        let lines = text.split(separator: "\n").map { $0.replacing(Self.colours, with: "").replacing("\u{1B}[0m", with: "") }
        #expect(lines.allSatisfy { $0.count == code.terminalColumns(form) })
        let ascii = if case .ascii = form { true } else { false }
        #expect(code.terminalColumns(form) == (ascii ? 58 : 29))
        #expect(lines.count == (ascii ? 29 : 15))
    }

    @Test(arguments: texts)
    func `what the terminal shows can be read again`(text: String) throws {
        let code = try QRCode(encoding: text)
        for (form, dark) in [(TerminalForm.plain(on: .light), true), (.plain(on: .dark), false)] {
            let rows = try cells(code.terminalText(form))
            let picture = try PNGWriter.file(columns: rows[0].count, rows: rows.count, side: 5) { x, y in rows[y][x] == dark }
            #expect(try QRReader.texts(in: picture) == [text])
        }
    }
}
