import Foundation

/// How far long work is, on one line of standard error, where that is a terminal.
final class LongWork {
    private let what: String
    private let isTerminal = isatty(2) == 1
    private var isShown = false

    /// - Parameter what: what is counted: `rows checked`.
    init(_ what: String) { self.what = what }

    /// Tells the number so far.
    func tell(_ count: Int) {
        guard isTerminal else { return }
        isShown = true
        FileHandle(descriptor: 2).write(text: "\r\(count) \(what)")
    }

    /// Takes the line away.
    func end() {
        if isShown { FileHandle(descriptor: 2).write(text: "\r\u{1B}[K") }
    }
}
