import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Verification

/// Which part of a list is asked for: `?limit=50&cursor=…`.
///
/// The cursor is opaque to clients: what the page before named as `next`.
struct PageAsk {
    /// The most entries of a page.
    static let limits = 1...100
    /// How many sealed rows one request opens, at the most, to find some: a client goes on with the next request.
    static let mostLookedAt = 10_000

    /// Behind which entry the page begins, as the list numbers them; 0 for its beginning.
    let cursor: Int64
    /// How many entries at most.
    let limit: Int

    init(_ query: [String: String]) throws(Problem) {
        limit = try Self.limit(query)
        cursor = try query.number("cursor", in: 0...Int64.max) ?? 0
    }

    /// How many entries at most, also of a list whose cursors are names.
    static func limit(_ query: [String: String]) throws(Problem) -> Int {
        try query.number("limit", in: 1...Int64(limits.upperBound)).map { Int($0) } ?? limits.upperBound
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

    /// Whether something is asked for; `nil` where nothing is said.
    func truth(_ name: String) throws(Problem) -> Bool? {
        guard let text = self[name] else { return nil }
        guard text.utf8.count <= 5, let truth = Bool(text) else { throw Problem.noSuchWord(at: name, admitted: ["true", "false"]) }
        return truth
    }

    /// One of several words; `nil` where there is none.
    func word<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type, _ name: String) throws(Problem) -> Word? {
        guard let text = self[name] else { return nil }
        guard text.utf8.count <= 64, let word = Word(rawValue: text) else {
            throw Problem.noSuchWord(at: name, admitted: Word.allCases.map(\.rawValue))
        }
        return word
    }

    /// A moment in UTC, to the second, as answers have it: `2026-11-23T14:05:00Z`; `nil` where there is none.
    func moment(_ name: String) throws(Problem) -> Date? {
        guard let text = self[name] else { return nil }
        let style = Date.ISO8601FormatStyle()
        // The parser takes more than that, such as a 30th of February.
        guard let date = try? style.parse(text), date.formatted(style) == text else {
            throw Problem(
                .unprocessableContent, "invalidRequest", "\(name) is no date and time in UTC by RFC 3339, to the second",
                userAction: "write it so: 2026-01-31T12:00:00Z")
        }
        return date
    }

    /// A user ID; `nil` where there is none.
    func subscriber(_ name: String) throws(Problem) -> SubscriberID? {
        guard let text = self[name] else { return nil }
        do throws(ContentError) { return try SubscriberID(text) } catch { throw Problem(error, at: name) }
    }

    /// A device; `nil` where there is none.
    func device(_ name: String) throws(Problem) -> DeviceID? {
        guard let text = self[name] else { return nil }
        do throws(ContentError) { return try DeviceID(text) } catch { throw Problem(error, at: name) }
    }
}
