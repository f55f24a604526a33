import Crypto

/// What names one device for ever: the serial number on its back, or the fingerprint of its authentication certificate.
public struct DeviceID: RawRepresentable, Hashable, Sendable, Codable {
    /// 1 to 64 printable ASCII characters.
    public let rawValue: String

    /// `nil` for anything but 1 to 64 printable ASCII characters without spaces.
    public init?(rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.rawValue = rawValue
    }

    /// Names a card by its certificate: the first 16 bytes of SHA-256 (FIPS 180-4), in 32 lower-case hexadecimal digits.
    ///
    /// A card names itself so, and is enrolled under no other name. A renewed certificate is a new device.
    ///
    /// - Parameter certificate: the whole authentication certificate, in DER (RFC 5280).
    public init(fingerprintOf certificate: [UInt8]) {
        rawValue = SHA256.hash(data: certificate).prefix(16).lowercaseHexadecimal
    }

    /// Reads one.
    ///
    /// - Throws: ``ContentError/invalidIdentifier(_:)``.
    public init(_ text: String) throws(ContentError) {
        guard let id = DeviceID(rawValue: text) else {
            throw .invalidIdentifier("a device has 1 to 64 printable ASCII characters without spaces")
        }
        self = id
    }
}

extension DeviceID: CustomStringConvertible {
    /// The name itself.
    public var description: String { rawValue }
}

extension String {
    /// Whether this name can be a segment of a path (RFC 3986, 3.3): no "." or "..", which are taken out, and no slash or backslash.
    ///
    /// Names are checked for it when they are given; those that were given before stay as they are.
    package var isPathSegment: Bool {
        self != "." && self != ".." && !utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    }
}

extension ContentError {
    /// Why a new name is not admitted that ``Swift/String/isPathSegment`` is false for.
    package static var noPathSegment: ContentError {
        .invalidIdentifier("a name is not \".\" or \"..\", and has no slash or backslash: it stands in paths")
    }
}
