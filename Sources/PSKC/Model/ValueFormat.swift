/// How a challenge, a response or a PIN is written (RFC 6030, 4.3.4).
public enum ValueFormat: String, Sendable, CaseIterable {
    /// Decimal digits.
    case decimal = "DECIMAL"
    /// Hexadecimal digits.
    case hexadecimal = "HEXADECIMAL"
    /// Letters and digits.
    case alphanumeric = "ALPHANUMERIC"
    /// Base64.
    case base64 = "BASE64"
    /// Bytes; for devices that are connected.
    case binary = "BINARY"
}

/// What a device takes as a challenge.
public struct ChallengeFormat: Sendable, Equatable {
    /// How it is written.
    public var encoding: ValueFormat
    /// From how many characters, or bytes, on.
    public var minimum: UInt32
    /// Up to how many.
    public var maximum: UInt32
    /// Whether its last digit is a Luhn check digit.
    public var hasCheckDigit: Bool

    /// A format.
    public init(encoding: ValueFormat, minimum: UInt32, maximum: UInt32, hasCheckDigit: Bool = false) {
        self.encoding = encoding
        self.minimum = minimum
        self.maximum = maximum
        self.hasCheckDigit = hasCheckDigit
    }
}

/// What a device answers.
public struct ResponseFormat: Sendable, Equatable {
    /// How it is written.
    public var encoding: ValueFormat
    /// How many characters, or bytes.
    public var length: UInt32
    /// Whether a Luhn check digit follows.
    public var hasCheckDigit: Bool

    /// A format.
    public init(encoding: ValueFormat = .decimal, length: UInt32, hasCheckDigit: Bool = false) {
        self.encoding = encoding
        self.length = length
        self.hasCheckDigit = hasCheckDigit
    }
}
