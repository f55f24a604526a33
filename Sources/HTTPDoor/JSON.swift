import FoundationEssentials
public import NIOCore

/// JSON as every door writes it: keys in order, dates as RFC 3339 in UTC.
public enum JSON {
    /// The bytes of a value.
    public static func buffer(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return ByteBuffer(bytes: try encoder.encode(value))
    }
}
