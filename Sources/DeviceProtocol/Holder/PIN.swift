public import Secrets

/// A PIN on its way from a person to a device: it cannot be copied, printed or kept.
public struct PIN: ~Copyable, Sendable {
    private let bytes: SecretBytes

    /// Wraps what was typed, one byte a character, without padding.
    public init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

    /// How many characters were typed.
    public var count: Int { bytes.count }

    /// Hands over the bytes to the one that sends them.
    public consuming func takeBytes() -> SecretBytes { bytes }
}
