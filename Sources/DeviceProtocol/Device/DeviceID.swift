/// What names one device for ever: the serial number on its back, or the fingerprint of its authentication certificate.
public struct DeviceID: RawRepresentable, Hashable, Sendable, Codable {
    /// 1 to 64 printable ASCII characters.
    public let rawValue: String

    /// `nil` for anything but 1 to 64 printable ASCII characters without spaces.
    public init?(rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.rawValue = rawValue
    }

    /// Reads one.
    ///
    /// - Throws: ``ContentError/invalidIdentifier(_:)``.
    public init(_ text: String) throws(ContentError) {
        guard let id = DeviceID(rawValue: text) else { throw .invalidIdentifier("a device has 1 to 64 printable characters") }
        self = id
    }
}

extension DeviceID: CustomStringConvertible {
    /// The name itself.
    public var description: String { rawValue }
}
