public import DeviceProtocol

/// What names a customer: the user ID.
public struct SubscriberID: RawRepresentable, Hashable, Sendable, Codable {
    /// 1 to 64 printable ASCII characters.
    public let rawValue: String

    /// `nil` for anything but 1 to 64 printable ASCII characters without spaces.
    public init?(rawValue: String) {
        guard rawValue.isIdentifier else { return nil }
        self.rawValue = rawValue
    }

    /// Reads one.
    ///
    /// - Throws: ``DeviceProtocol/ContentError/invalidIdentifier(_:)``.
    public init(_ text: String) throws(ContentError) {
        guard let id = SubscriberID(rawValue: text) else {
            throw .invalidIdentifier("a subscriber has 1 to 64 printable ASCII characters without spaces")
        }
        self = id
    }
}

/// What names one enrolment of one device, for ever; also an input to the keys of a Scan.
public struct EnrolmentID: RawRepresentable, Hashable, Sendable, Codable {
    /// 1 to 64 printable ASCII characters.
    public let rawValue: String

    /// `nil` for anything but 1 to 64 printable ASCII characters without spaces.
    public init?(rawValue: String) {
        guard rawValue.isIdentifier else { return nil }
        self.rawValue = rawValue
    }

    /// Draws 128 bits, written as 32 hexadecimal digits.
    public init(using generator: inout some RandomNumberGenerator) {
        rawValue = ChallengeID(using: &generator).description
    }
}

extension SubscriberID: CustomStringConvertible {
    /// The name itself.
    public var description: String { rawValue }
}

extension EnrolmentID: CustomStringConvertible {
    /// The name itself.
    public var description: String { rawValue }
}

extension String {
    /// Whether this is 1 to 64 printable ASCII characters without spaces.
    var isIdentifier: Bool { (1...64).contains(utf8.count) && utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
