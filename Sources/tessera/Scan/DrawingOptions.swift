import ArgumentParser
import Foundation
import Pictures

/// How a QR code is drawn on a terminal.
struct DrawingOptions: ParsableArguments {
    @Flag(help: "Draw with half blocks and without colours, for light letters on a dark ground.")
    var plain = false
    @Flag(help: "Draw with number signs alone, twice as large; as where the locale is C or TERM is dumb.")
    var ascii = false

    /// Whether one of them was given.
    var isGiven: Bool { plain || ascii }

    func validate() throws {
        guard !plain || !ascii else { throw ValidationError("Draw --plain or in --ascii, not both.") }
    }

    /// The form that suits a descriptor: no escape codes where they would not be understood, and no letters either.
    func form(on descriptor: Int32) -> TerminalForm {
        let isTerminal = isatty(descriptor) == 1
        if ascii || LiveScreen.isASCII || isTerminal && !LiveScreen.isThere(on: descriptor) && !plain { return .ascii(on: .dark) }
        return plain || !isTerminal ? .plain(on: .dark) : .colour
    }
}
