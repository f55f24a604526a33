import Foundation

/// How far a long command is: one line on standard error, drawn anew in place, and gone at the end.
///
/// Where standard error is no terminal nothing is written: there it would be in the way of what is.
struct ProgressLine {
    private let output: FileHandle?

    /// - Parameter output: a terminal, or `nil` for none.
    init(_ output: FileHandle? = LiveScreen.isThere(on: 2) ? FileHandle(descriptor: 2) : nil) { self.output = output }

    /// Puts `text` in the place of the one before; what is wider than the terminal is cut off.
    func draw(_ text: String) { output?.write(text: "\r\u{1B}[K\u{1B}[?7l\(text.printable)\u{1B}[?7h") }

    /// Leaves the line empty, for what is written next.
    func end() { output?.write(text: "\r\u{1B}[K") }
}
