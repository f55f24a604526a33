public import DeviceProtocol

/// Why a Scan challenge could not be sealed, or what was scanned is none.
public enum ScanError: Error, Hashable, Sendable {
    /// The text is something else: it does not begin with ``ScanEnvelope/prefix``.
    case notAScanChallenge
    /// The text is damaged; the reason says where.
    case malformed(String)
    /// It is of a version that this side does not know.
    case unknownVersion(UInt8)
    /// It was not sealed by this issuer for this device, or it was altered.
    ///
    /// Which of them, nobody may learn from the outside.
    case notAuthentic
    /// It is authentic, but its content is none that could be shown or answered.
    case invalidContent(ContentError)
    /// Sealed, it would need more characters than a QR code of version 15 holds at error correction M.
    case tooLarge(characters: Int, limit: Int)
    /// A key, a nonce or a name has the wrong size or a value that cannot be used.
    case unusableKey(String)
}

extension ScanError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .notAScanChallenge: "this QR code is not a Scan challenge"
        case .malformed(let reason): "the Scan challenge is damaged: \(reason)"
        case .unknownVersion(let version): "the Scan challenge has version \(version), and only version 1 is known"
        case .notAuthentic: "the Scan challenge is not from this bank for this device, or it was altered"
        case .invalidContent(let error): "the Scan challenge asks for something that cannot be shown: \(error)"
        case .tooLarge(let characters, let limit):
            "the Scan challenge needs \(characters) characters, and its QR code holds \(limit)"
        case .unusableKey(let reason): "a Scan key cannot be used: \(reason)"
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .notAScanChallenge: "scan the code on the bank's page; it begins with \"SC1:\""
        case .malformed: "scan it again, with all of the code in the picture"
        case .unknownVersion: "ask the bank for a newer device or program"
        case .notAuthentic: "ask the bank for a new code; if it is refused again, report it"
        case .invalidContent: "do not confirm; report it to the bank"
        case .tooLarge: "shorten its texts, split a batch, or use another device"
        case .unusableKey: "pair the device again"
        }
    }
}
