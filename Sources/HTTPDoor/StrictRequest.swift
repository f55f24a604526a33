import HTTPTypes

/// A request's body that says which members it has, so that others are refused: a misspelt limit must not be ignored.
///
/// ```swift
/// struct Payment: StrictRequest {
///     let amount: String
///     let account: Account?
///
///     enum CodingKeys: String, CodingKey, CaseIterable { case amount, account }
///     static let parts: [Part] = [.one(.account, Account.self)]
/// }
/// ```
public protocol StrictRequest: Decodable, SendableMetatype {
    /// The names of its members.
    associatedtype CodingKeys: CodingKey & CaseIterable

    /// Members that are objects with members of their own, or lists of such.
    static var parts: [StrictPart<CodingKeys>] { get }

    /// Checks the members of what a decoder holds.
    ///
    /// One that chooses by a tag what members there are checks those of its choice. The default checks ``CodingKeys`` and
    /// ``parts``.
    ///
    /// - Throws: ``Problem`` 400 `unknownMember`.
    static func checkMembers(_ decoder: any Decoder) throws
}

/// A member that is an object, or a list of objects, with members of its own.
public struct StrictPart<Key: CodingKey>: Sendable {
    let check: @Sendable (any Decoder) throws -> Void

    /// A member that is one object.
    public static func one(_ key: Key, _ type: (some StrictRequest).Type) -> StrictPart where Key: Sendable {
        StrictPart { decoder in
            let container = try decoder.container(keyedBy: Key.self)
            guard container.contains(key), try !container.decodeNil(forKey: key) else { return }
            try type.checkMembers(container.superDecoder(forKey: key))
        }
    }

    /// A member that is a list of objects.
    public static func each(_ key: Key, _ type: (some StrictRequest).Type) -> StrictPart where Key: Sendable {
        StrictPart { decoder in
            let container = try decoder.container(keyedBy: Key.self)
            guard container.contains(key), try !container.decodeNil(forKey: key) else { return }
            var list = try container.nestedUnkeyedContainer(forKey: key)
            while !list.isAtEnd { try type.checkMembers(list.superDecoder()) }
        }
    }
}

extension StrictRequest {
    /// None, unless said otherwise.
    public static var parts: [StrictPart<CodingKeys>] { [] }

    /// Checks the members that are declared, and those of their parts.
    public static func checkMembers(_ decoder: any Decoder) throws {
        try refuseOthers(than: CodingKeys.allCases.map(\.stringValue), in: decoder)
        for part in parts { try part.check(decoder) }
    }

    /// Refuses members that are not among `names`.
    ///
    /// - Throws: ``Problem`` 400 `unknownMember`.
    public static func refuseOthers(than names: [String], in decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyMember.self)
        let unknown = container.allKeys.filter { !names.contains($0.stringValue) }.sorted { $0.stringValue < $1.stringValue }
        guard let first = unknown.first else { return }
        let path = (decoder.codingPath + [first]).memberPath
        throw Problem(
            .badRequest, "unknownMember", "the request has no member \"\(path.prefix(80))\"",
            userAction: "use \(names.sorted().joined(separator: ", "))")
    }
}

/// Any name of a member.
private struct AnyMember: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
