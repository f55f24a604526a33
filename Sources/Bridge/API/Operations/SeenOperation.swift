import Verification

/// What a client has seen of an operation: `change.notes`, as the member `seen` of an answer has it, or its `change` alone.
struct SeenOperation: Hashable, Sendable {
    let change: Int64
    /// Counts what is told besides the state: prompt and place in the queue; `nil` for a client that names a change alone.
    let notes: Int64?

    init(change: Int64, notes: Int64?) {
        self.change = change
        self.notes = notes
    }

    /// Reads what ``text`` wrote, or a number alone; `nil` for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(Self.number)
        guard let change = parts.first ?? nil else { return nil }
        self.change = change
        guard parts.count > 1 else {
            notes = nil
            return
        }
        guard let notes = parts[1] else { return nil }
        self.notes = notes
    }

    /// What clients send back as `after`.
    var text: String { notes.map { "\(change).\($0)" } ?? "\(change)" }

    /// 1 to 18 digits, as /openapi.yaml says.
    private static func number(_ text: Substring) -> Int64? {
        text.utf8.count <= 18 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }
}
