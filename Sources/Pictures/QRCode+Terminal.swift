/// How a QR code is written to a terminal.
public enum TerminalForm: Sendable, Equatable {
    /// Half blocks in black on white of the terminal's 256 colours: readable whatever the terminal's own colours.
    case colour
    /// Half blocks without escape codes: what must stay light is drawn on a dark background, what must be dark on a light one.
    case plain(on: Background)
    /// Number signs and spaces, two a module, without any letter beyond ASCII; the last resort, as signs leave gaps.
    case ascii(on: Background)

    /// What the terminal shows where nothing is written.
    public enum Background: Sendable, Equatable {
        /// Light letters on dark ground.
        case dark
        /// Dark letters on light ground.
        case light
    }
}

extension QRCode {
    /// The code with its quiet zone, in lines that each end in a newline.
    ///
    /// A line has ``terminalColumns(_:)`` columns. Half blocks put two rows of modules into a line, so that modules are about
    /// square.
    public func terminalText(_ form: TerminalForm = .colour) -> String {
        switch form {
        case .colour: halfBlocks(ink: true, before: "\u{1B}[38;5;16;48;5;231m", after: "\u{1B}[0m")
        case .plain(let background): halfBlocks(ink: background == .light)
        case .ascii(let background): numberSigns(ink: background == .light)
        }
    }

    /// How many columns ``terminalText(_:)`` takes; a narrower terminal breaks its lines, and nothing reads the code.
    public func terminalColumns(_ form: TerminalForm = .colour) -> Int {
        switch form {
        case .colour, .plain: drawn.count
        case .ascii: 2 * drawn.count
        }
    }

    /// - Parameter ink: which modules are drawn, `true` for the dark ones; the others are the ground.
    private func halfBlocks(ink: Bool, before: String = "", after: String = "") -> String {
        var text = ""
        for y in stride(from: drawn.lowerBound, to: drawn.upperBound, by: 2) {
            text += before
            for x in drawn { text += Self.block(upper: self[x: x, y: y] == ink, lower: self[x: x, y: y + 1] == ink) }
            text += after + "\n"
        }
        return text
    }

    private static func block(upper: Bool, lower: Bool) -> String {
        switch (upper, lower) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
    }

    private func numberSigns(ink: Bool) -> String {
        drawn.map { y in drawn.map { x in self[x: x, y: y] == ink ? "##" : "  " }.joined() + "\n" }.joined()
    }
}
