public import Foundation

/// The files under `fixtures/`: published numbers and recordings, each with its source.
public enum Fixture {
    /// The folder, found from where this file lies.
    public static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures", directoryHint: .isDirectory)

    /// The bytes of a file, named relative to the folder.
    public static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    /// The JSON document in a file, named relative to the folder.
    public static func json<Document: Decodable>(_ name: String, as type: Document.Type = Document.self) throws -> Document {
        try JSONDecoder().decode(type, from: Data(bytes(name)))
    }
}

/// Bytes that a JSON document writes as a string of hexadecimal digits.
public struct HexBytes: Decodable, Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Decodes the string; an odd length or another character is `dataCorrupted`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let digits = Array(try container.decode(String.self).utf8)
        guard digits.count.isMultiple(of: 2), digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal bytes")
        }
        bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
    }
}
