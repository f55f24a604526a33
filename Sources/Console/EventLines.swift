/// Server-sent events read from bytes as they come (HTML Living Standard, 9.2.6).
struct EventLines {
    /// One event.
    struct Event: Hashable, Sendable {
        /// Its number at the door; `nil` for one that is not replayed.
        var id: String?
        /// What it is about.
        var name = "message"
        var data = ""
    }

    /// More than this in one line or event is no event of ours.
    private static let limit = 1 << 20

    private var line: [UInt8] = []
    private var event = Event()
    private var lines: [String] = []
    private var size = 0

    /// Takes bytes, and gives the events that they complete.
    ///
    /// - Throws: ``Overlong`` where a line or an event does not end.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(Overlong) -> [Event] {
        var found: [Event] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                size += 1
                guard size <= Self.limit else { throw Overlong() }
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            let text = String(decoding: line, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            if text.isEmpty {
                // An event without data is not told to a page; its number counts all the same.
                if !lines.isEmpty || event.id != nil {
                    if lines.isEmpty { event.name = "" }
                    event.data = lines.joined(separator: "\n")
                    found.append(event)
                }
                event = Event()
                lines = []
                size = 0
            } else {
                field(of: text)
            }
        }
        return found
    }

    private mutating func field(of text: String) {
        guard let colon = text.firstIndex(of: ":") else { return }
        var value = text[text.index(after: colon)...]
        if value.first == " " { value = value.dropFirst() }
        switch text[..<colon] {
        case "id": event.id = String(value)
        case "event": event.name = String(value)
        case "data": lines.append(String(value))
        default: break  // a comment, or a field that we do not use
        }
    }

    /// Something that does not end.
    struct Overlong: Error {}
}
