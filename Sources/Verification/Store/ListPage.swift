/// Part of a long list, and where the next part begins.
public struct ListPage<Entry: Sendable, Cursor: Sendable>: Sendable {
    /// The entries, in the list's order.
    public let entries: [Entry]
    /// What the next part begins behind; `nil` where nothing is left.
    ///
    /// A part can have fewer entries than asked for, or none, and not be the last: so much was looked at that did not fit.
    public let next: Cursor?

    /// A part.
    public init(entries: [Entry], next: Cursor?) {
        self.entries = entries
        self.next = next
    }
}

extension ListPage {
    /// How many entries are read at once where only some of them fit.
    static var batch: Int { 1_000 }

    /// How many are read at once where all fit: one more than there is room for tells whether there is another part.
    static func batch(of limit: Int) -> Int { max(1, min(limit, batch)) + 1 }

    /// Reads a list batch by batch, each in a reading of its own, until enough of it fits.
    ///
    /// - Parameters:
    ///   - cursor: what the part begins behind; `nil` for the first.
    ///   - limit: how many entries it has at most, 1 or more.
    ///   - batch: how many are read at once.
    ///   - most: how many are looked at, at the most, to the end of a batch.
    ///   - progress: is told after each batch how many were looked at.
    ///   - read: reads so many behind a cursor.
    ///   - fits: whether an entry belongs to the list.
    /// - Throws: what `read` throws.
    static func gather<Failure: Error>(
        after cursor: Cursor?, limit: Int, batch: Int, lookingAt most: Int, progress: (Int) -> Void,
        read: (Cursor?, Int) async throws(Failure) -> [(cursor: Cursor, entry: Entry)], fits: (Entry) -> Bool
    ) async throws(Failure) -> ListPage {
        var found: [(cursor: Cursor, entry: Entry)] = []
        var (last, looked) = (cursor, 0)
        while true {
            let some = try await read(last, batch)
            for one in some where fits(one.entry) {
                // One more than there is room for tells that this is not the last part.
                guard found.count < limit else { return ListPage(entries: found.map(\.entry), next: found.last?.cursor) }
                found.append(one)
            }
            guard some.count == batch, let end = some.last else { return ListPage(entries: found.map(\.entry), next: nil) }
            last = end.cursor
            looked += some.count
            progress(looked)
            if looked >= most { return ListPage(entries: found.map(\.entry), next: last) }
        }
    }
}
