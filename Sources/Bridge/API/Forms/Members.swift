import DeviceProtocol
import HTTPDoor
import HTTPTypes

/// The members of an object of a request, each looked at with its path, so that a problem can name it.
///
/// A member that the object does not have is refused: a misspelt limit would otherwise be no limit.
struct Members<Key: CodingKey & CaseIterable> {
    private let container: KeyedDecodingContainer<Key>
    private let present: [String]

    /// Opens an object.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 400 `unknownMember`; `DecodingError` where there is no object.
    init(_ decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: Key.self)
        present = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        try refuse(otherThan: Key.allCases.map(\.stringValue))
    }

    /// Refuses members that this kind of object does not have.
    func refuseOthers(than keys: Key...) throws { try refuse(otherThan: keys.map(\.stringValue)) }

    private func refuse(otherThan names: [String]) throws {
        guard let other = present.first(where: { !names.contains($0) }) else { return }
        throw Problem(
            .badRequest, "unknownMember", "\(path(other)) is not a member of this request",
            userAction: "compare its spelling with /openapi.yaml")
    }

    /// Whether a member is there.
    func has(_ key: Key) -> Bool { container.contains(key) }

    /// The value of a member that must be there.
    func value<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T { try container.decode(type, forKey: key) }

    /// The value of a member that may be missing; null is no value.
    func optional<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T? { try has(key) ? value(type, key) : nil }

    /// A text that must be there.
    func text(_ key: Key) throws -> String { try value(String.self, key) }

    /// A text that may be missing.
    func text(_ key: Key, or other: String) throws -> String { try optional(String.self, key) ?? other }

    /// Runs a check of the domain, and names the member that it refuses.
    ///
    /// - Parameter key: of the member, where the error does not name its field.
    func check<T>(_ key: Key? = nil, _ body: () throws(ContentError) -> T) throws(Problem) -> T {
        do { return try body() } catch {
            let field: String? =
                switch error {
                case .empty(let field), .tooLong(let field, _, _), .forbiddenCharacter(let field, _): field
                default: key?.stringValue
                }
            throw Problem(error, at: path(field))
        }
    }

    /// Where in the request a member stands: `content.payments[0].iban`.
    func path(_ name: String?) -> String { container.codingPath.memberPath(name) }
}

extension [any CodingKey] {
    /// As it is told: `content.payments[0].iban`.
    func memberPath(_ name: String? = nil) -> String {
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
