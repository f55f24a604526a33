import ArgumentParser

/// How long the pages of a list are.
struct PageOptions: ParsableArguments {
    @Option(help: "How many at most, 1 to 1000.")
    var limit = 100

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("A page has 1 to 1000 entries, not \(limit).") }
    }

    /// A page for people: its table, and where the next one begins.
    static func text(_ table: Table, next: String?) -> String {
        (table.rows.isEmpty ? "Nothing." : table.text) + (next.map { "\nThere are more: --after \($0)" } ?? "")
    }
}
