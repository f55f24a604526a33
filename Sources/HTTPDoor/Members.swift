import HTTPTypes

/// The members of an object of a request, each looked at with its path, so that a problem can name it.
///
/// A member that the object does not have is refused: a misspelt limit would otherwise be no limit.
///
/// ```swift
/// struct NewClock: Decodable {
///     let offset: Double?
///
///     private enum CodingKeys: String, CodingKey, CaseIterable { case offset }
///     init(from decoder: any Decoder) throws { offset = try Members<CodingKeys>(decoder).optional(Double.self, .offset) }
/// }
/// ```
public struct Members<Key: CodingKey & CaseIterable> {
    /// The most bytes of a word that is compared with others (``word(_:_:)``).
    private static var wordLimit: Int { 64 }

    private let container: KeyedDecodingContainer<Key>
    private let present: [String]

    /// Opens an object.
    ///
    /// - Throws: ``Problem`` 400 `unknownMember`; `DecodingError` where there is no object.
    public init(_ decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: Key.self)
        present = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        try refuse(otherThan: Key.allCases.map(\.stringValue))
    }

    /// Refuses members that this kind of object does not have.
    ///
    /// - Throws: ``Problem`` 400 `unknownMember`.
    public func refuseOthers(than keys: Key...) throws(Problem) { try refuse(otherThan: keys.map(\.stringValue)) }

    private func refuse(otherThan names: [String]) throws(Problem) {
        guard let other = present.first(where: { !names.contains($0) }) else { return }
        throw Problem(
            .badRequest, "unknownMember", "\(path(String(other.prefix(80)))) is not a member of this request",
            userAction: names.isEmpty ? "leave it out" : "compare its spelling: there are \(names.sorted().joined(separator: ", "))")
    }

    /// Whether a member is there.
    public func has(_ key: Key) -> Bool { container.contains(key) }

    /// The value of a member that must be there.
    public func value<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T { try container.decode(type, forKey: key) }

    /// The value of a member that may be missing; null is no value.
    public func optional<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T? { try has(key) ? value(type, key) : nil }

    /// One of several words.
    ///
    /// - Throws: ``Problem`` 400 `invalidRequest`, with all the words; `DecodingError`.
    public func word<T: RawRepresentable<String> & CaseIterable>(_ type: T.Type, _ key: Key) throws -> T {
        let text = try text(key)
        guard text.utf8.count <= Self.wordLimit, let word = T(rawValue: text) else {
            throw Problem.noSuchWord(at: path(key.stringValue), admitted: T.allCases.map(\.rawValue))
        }
        return word
    }

    /// One of several words, or none.
    public func optionalWord<T: RawRepresentable<String> & CaseIterable>(_ type: T.Type, _ key: Key) throws -> T? {
        try has(key) ? word(type, key) : nil
    }

    /// A text that must be there.
    public func text(_ key: Key) throws -> String { try value(String.self, key) }

    /// A text that may be missing.
    public func text(_ key: Key, or other: String) throws -> String { try optional(String.self, key) ?? other }

    /// Where in the request a member stands: `content.payments[0].iban`.
    public func path(_ name: String?) -> String { container.codingPath.memberPath(name) }
}

extension Problem {
    /// A word in place of which others are admitted.
    ///
    /// - Parameters:
    ///   - path: where in the request it stands.
    ///   - words: all that could stand there.
    public static func noSuchWord(at path: String, admitted words: [String]) -> Problem {
        let list = words.joined(separator: ", ")
        return Problem(.badRequest, "invalidRequest", "\"\(path)\" is none of \(list)", userAction: "use one of these: \(list)")
    }
}

extension [any CodingKey] {
    /// As it is told: `content.payments[0].iban`.
    package func memberPath(_ name: String? = nil) -> String {
        var path = ""
        for key in self {
            if let index = key.intValue { path += "[\(index)]" } else { path += path.isEmpty ? key.stringValue : ".\(key.stringValue)" }
        }
        guard let name else { return path }
        return path.isEmpty ? name : "\(path).\(name)"
    }
}

/// Any member's name.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
