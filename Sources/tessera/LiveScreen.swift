import Foundation

/// Text that is drawn anew in place, on a terminal that knows the sequences of ECMA-48.
struct LiveScreen {
    /// Whether standard output is such a terminal.
    static var isThere: Bool { isThere(on: 1) }

    /// Whether `descriptor` is such a terminal.
    static func isThere(on descriptor: Int32) -> Bool {
        let terminal = ProcessInfo.processInfo.environment["TERM"] ?? "dumb"
        return isatty(descriptor) == 1 && terminal != "dumb"
    }

    /// Whether whoever started the program has asked for ASCII alone: the locale is set, and is `C` or `POSIX`.
    static var isASCII: Bool {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
        return locale == "C" || locale == "POSIX"
    }

    private let output: FileHandle
    /// How many lines the terminal has, as far as it tells.
    private let rows: @Sendable () -> Int
    /// How many lines stand there from the last time.
    private var height = 0

    init(output: FileHandle = FileHandle(descriptor: 1), rows: @escaping @Sendable () -> Int = LiveScreen.terminalRows) {
        self.output = output
        self.rows = rows
        output.write(text: "\u{1B}[?25l")
    }

    /// Puts `text` in the place of the one before; the cursor ends below it.
    ///
    /// What is wider than the terminal is cut off, and what is higher too: a line that wrapped would make the count wrong.
    mutating func draw(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let room = max(2, rows() - 1)
        if lines.count > room { lines = lines.prefix(room - 1) + ["… \(lines.count - room + 1) more"] }
        let up = height > 0 ? "\u{1B}[\(height)A" : ""
        output.write(text: "\(up)\r\u{1B}[J\u{1B}[?7l" + lines.joined(separator: "\n") + "\n\u{1B}[?7h")
        height = lines.count
    }

    /// Gives the cursor back, at the beginning of a line: the terminal may have echoed Ctrl-C there.
    func end() { output.write(text: "\r\u{1B}[K\u{1B}[?25h") }

    static let terminalRows: @Sendable () -> Int = {
        var size = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
        return Int(size.ws_row)
    }
}

/// Things that come, change and go, each with the time since when it is so.
struct Board<Item: Equatable> {
    private(set) var rows: [(item: Item, since: Date)] = []

    /// Takes over what is there at `now`; what has not changed keeps its time.
    mutating func update(to items: [Item], at now: Date) {
        rows = items.map { item in (item, rows.first { $0.item == item }?.since ?? now) }
    }
}

extension Date {
    /// The time of day here, as a line of a log begins: `14:03:07`.
    var timeOfDay: String { formatted(Date.ISO8601FormatStyle(timeZone: .current).time(includingFractionalSeconds: false)) }
}
