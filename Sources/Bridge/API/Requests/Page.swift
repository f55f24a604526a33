import HTTPDoor

/// Which part of a list is asked for: `?limit=50&cursor=…`.
///
/// The cursor is opaque to clients: what the page before named as `next`.
struct PageAsk {
    /// The most entries of a page.
    static let limits = 1...100

    /// Behind which entry the page begins, as the list numbers them; 0 for its beginning.
    let cursor: Int64
    /// How many entries at most.
    let limit: Int

    init(_ query: [String: String]) throws(Problem) {
        limit = try query.number("limit", in: 1...Int64(Self.limits.upperBound)).map { Int($0) } ?? Self.limits.upperBound
        cursor = try query.number("cursor", in: 0...Int64.max) ?? 0
    }

    /// The part of a list that only grows at its end, and the cursor of the next one.
    func part<Element>(of list: [Element]) -> (entries: [Element], next: String?) {
        guard let start = Int(exactly: cursor), start < list.count else { return ([], nil) }
        let end = min(list.count, start + limit)
        return (Array(list[start..<end]), end < list.count ? String(end) : nil)
    }
}

extension [String: String] {
    /// A whole number of the query; `nil` where it has none of this name.
    func number(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let first = text.utf8.first, (0x30...0x39).contains(first), let number = Int64(text), range.contains(number) else {
            throw .invalidRequest("\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
