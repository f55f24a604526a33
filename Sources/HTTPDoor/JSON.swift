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

    /// The value of a request's body; ``Members`` refuses members that it does not have.
    ///
    /// - Throws: ``Problem`` 400: `unknownMember`, and `invalidRequest` with the member's path and none of its text.
    public static func decode<Value: Decodable>(_ type: Value.Type, from body: ByteBuffer) throws(Problem) -> Value {
        try JSONText.check(Array(body.readableBytesView))
        return try decode(type, from: Array(body.readableBytesView), userInfo: [:])
    }

    /// The same of bytes that ``JSONText`` has looked over.
    ///
    /// - Parameter userInfo: what the decoder carries to the types.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], userInfo: [CodingUserInfoKey: any Sendable]
    ) throws(Problem) -> Value {
        let decoder = JSONDecoder()
        decoder.userInfo = userInfo
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            if let date = date(text) { return date }
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a date and time by RFC 3339 is expected, such as 2026-01-31T12:00:00Z")
        }
        do { return try decoder.decode(type, from: Data(bytes)) } catch let error as any ProblemReporting {
            throw error.problem
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
            detail = "\(name(context.codingPath + [key])) is missing"
        case .valueNotFound(let type, let context):
            detail = "\(name(context.codingPath)) is null, and \(expected(type)) is expected"
        case .typeMismatch(let type, let context):
            detail = "\(name(context.codingPath)) is not \(expected(type))"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: return .notJSON
        case .dataCorrupted(let context):
            // The library's own words can repeat the text.
            let why = context.debugDescription.hasPrefix("a date") ? ": \(context.debugDescription)" : ""
            detail = "\(name(context.codingPath)) cannot be used\(why)"
        @unknown default: return .notJSON
        }
        return Problem(.badRequest, "invalidRequest", detail, userAction: "correct the request, and send it again")
    }

    private static func name(_ path: [any CodingKey]) -> String { path.isEmpty ? "the body" : "\"\(path.memberPath())\"" }

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
