public import Crypto
import Foundation

/// A key that a store keeps: it is written to storage, and to nothing else.
public struct KeyMaterial: Equatable, Sendable {
    /// The key, to compute with.
    public let key: SymmetricKey

    /// Wraps a key.
    public init(_ key: SymmetricKey) { self.key = key }
}

extension KeyMaterial: Codable {
    /// Reads the key's bytes, in Base64 where the format has no bytes.
    ///
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        key = SymmetricKey(data: try decoder.singleValueContainer().decode(Data.self))
    }

    /// Writes the key's bytes.
    ///
    /// - Throws: `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try unsafe container.encode(key.withUnsafeBytes { unsafe Data($0) })
    }
}

extension KeyMaterial: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The length alone.
    public var description: String { "key of \(key.bitCount) bits" }
    /// The length alone.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
