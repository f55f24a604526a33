import FoundationEssentials
import HTTPTypes
public import NIOCore

/// JSON as every door reads and writes it: keys in order, dates as RFC 3339 in UTC, bytes as Base64.
public enum JSON {
    /// The bytes of a value.
    public static func buffer(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    /// The value of a request's body.
    ///
    /// - Throws: ``Problem`` 400: `unknownMember` for a member that the type does not declare, `invalidRequest` otherwise;
    ///   either names the member.
    public static func decode<Value: StrictRequest>(_ type: Value.Type, from body: ByteBuffer) throws(Problem) -> Value {
        try JSONText.check(Array(body.readableBytesView))
        let data = Data(body.readableBytesView)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            if let date = date(text) { return date }
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a date and time by RFC 3339, such as 2026-01-31T12:00:00Z")
        }
        do {
            _ = try decoder.decode(MemberCheck<Value>.self, from: data)
            return try decoder.decode(Value.self, from: data)
        } catch let problem as Problem {
            throw problem
        } catch let error as DecodingError {
            throw .undecodable(error)
        } catch {
            throw .notJSON
        }
    }

    /// A date and time of RFC 3339, with or without fractions of a second.
    private static func date(_ text: String) -> Date? {
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            if let date = try? style.parse(text) { return date }
        }
        return nil
    }
}

/// Reads the names of the members alone, before the value is made.
private struct MemberCheck<Value: StrictRequest>: Decodable {
    init(from decoder: any Decoder) throws { try Value.checkMembers(decoder) }
}

extension Problem {
    fileprivate static var notJSON: Problem {
        Problem(
            .badRequest, "invalidRequest", "the body is no JSON, or a number in it is not what is expected",
            userAction: "send one JSON object (RFC 8259) in UTF-8, with whole numbers where they are counts")
    }

    fileprivate static func undecodable(_ error: DecodingError) -> Problem {
        let detail: String
        switch error {
        case .keyNotFound(let key, let context):
            detail = "\"\((context.codingPath + [key]).memberPath)\" is missing"
        case .valueNotFound(let type, let context):
            detail = "\"\(context.codingPath.memberPath)\" is null, and \(expected(type)) is expected"
        case .typeMismatch(let type, let context):
            detail = "\"\(context.codingPath.memberPath)\" is not \(expected(type))"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: return .notJSON
        case .dataCorrupted(let context):
            detail = "\"\(context.codingPath.memberPath)\" cannot be used: \(context.debugDescription)"
        @unknown default: return .notJSON
        }
        return Problem(.badRequest, "invalidRequest", detail, userAction: "look the request up in /openapi.yaml")
    }

    private static func expected(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is Double.Type, is Float.Type: "a number"
        case is Date.Type: "a date and time"
        case is Data.Type: "Base64"
        case is any Collection.Type where !(type is any ExpressibleByDictionaryLiteral.Type): "a list"
        default: "an object"
        }
    }
}

extension [any CodingKey] {
    /// `payments[2].amount`.
    var memberPath: String {
        reduce(into: "") { path, key in
            if let index = key.intValue { path += "[\(index)]" } else { path += path.isEmpty ? key.stringValue : ".\(key.stringValue)" }
        }
    }
}
