/// The two bytes that end every answer of a card: SW1 and SW2.
///
/// An open set: a status that no standard lists still prints as `6F42`. ISO/IEC 7816-4, 5.6 and tables 5 to 7.
public struct StatusWord: RawRepresentable, Hashable, Sendable {
    /// SW1 in the high byte, SW2 in the low one.
    public let rawValue: UInt16

    /// Any two bytes are a status word.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Any two bytes are a status word.
    public init(_ sw1: UInt8, _ sw2: UInt8) { rawValue = UInt16(sw1) << 8 | UInt16(sw2) }

    /// The first byte (SW1), which names the family.
    public var sw1: UInt8 { UInt8(rawValue >> 8) }
    /// The second byte (SW2).
    public var sw2: UInt8 { UInt8(rawValue & 0xFF) }
    /// Both bytes, as they travel.
    public var bytes: [UInt8] { [sw1, sw2] }
}

extension StatusWord {
    /// `9000`: done, nothing to add.
    public static let success = StatusWord(rawValue: 0x9000)
    /// `6282`: the file ended before the bytes that were asked for.
    public static let endOfFile = StatusWord(rawValue: 0x6282)
    /// `6300`: a comparison failed, and the card does not say how many tries are left.
    public static let authenticationFailed = StatusWord(rawValue: 0x6300)
    /// `6581`: the card's memory failed.
    public static let memoryFailure = StatusWord(rawValue: 0x6581)
    /// `6700`: wrong length.
    public static let wrongLength = StatusWord(rawValue: 0x6700)
    /// `6881`: the logical channel is not supported.
    public static let logicalChannelNotSupported = StatusWord(rawValue: 0x6881)
    /// `6982`: security status not satisfied; usually a PIN is wanted first.
    public static let securityStatusNotSatisfied = StatusWord(rawValue: 0x6982)
    /// `6983`: authentication method blocked; no tries are left.
    public static let authenticationBlocked = StatusWord(rawValue: 0x6983)
    /// `6984`: reference data not usable; a PIN that was never set, or was made invalid.
    public static let referenceDataNotUsable = StatusWord(rawValue: 0x6984)
    /// `6985`: conditions of use not satisfied.
    public static let conditionsNotSatisfied = StatusWord(rawValue: 0x6985)
    /// `6A80`: incorrect parameters in the data field.
    public static let wrongData = StatusWord(rawValue: 0x6A80)
    /// `6A81`: function not supported.
    public static let functionNotSupported = StatusWord(rawValue: 0x6A81)
    /// `6A82`: file or application not found.
    public static let fileNotFound = StatusWord(rawValue: 0x6A82)
    /// `6A86`: incorrect P1 or P2.
    public static let wrongParameters = StatusWord(rawValue: 0x6A86)
    /// `6A88`: referenced data not found.
    public static let referencedDataNotFound = StatusWord(rawValue: 0x6A88)
    /// `6B00`: wrong P1 or P2; for a read, an offset outside the file.
    public static let offsetOutsideFile = StatusWord(rawValue: 0x6B00)
    /// `6D00`: instruction not supported.
    public static let instructionNotSupported = StatusWord(rawValue: 0x6D00)
    /// `6E00`: class not supported.
    public static let classNotSupported = StatusWord(rawValue: 0x6E00)
}

extension StatusWord {
    /// `61xx`: more bytes wait for GET RESPONSE.
    ///
    /// As a pattern it matches its whole family.
    public static let moreData = StatusWord(rawValue: 0x6100)
    /// `6Cxx`: the same command with Le = xx would have been right.
    ///
    /// As a pattern it matches its whole family.
    public static let wrongExpectedLength = StatusWord(rawValue: 0x6C00)
    /// `63Cx`: a comparison failed and x tries are left.
    ///
    /// As a pattern it matches its whole family.
    public static let wrongPIN = StatusWord(rawValue: 0x63C0)

    /// Matches exactly, and the three families by what they have in common.
    public static func ~= (pattern: StatusWord, status: StatusWord) -> Bool {
        switch pattern.rawValue {
        case 0x6100, 0x6C00: pattern.sw1 == status.sw1
        case 0x63C0: status.rawValue & 0xFFF0 == 0x63C0
        default: pattern == status
        }
    }

    /// The tries that are left, of `63Cx` and of a blocked reference (`6983`, 0); `nil` for any other status.
    public var triesLeft: Int? {
        if self == .authenticationBlocked { return 0 }
        guard case .wrongPIN = self else { return nil }
        return Int(sw2 & 0x0F)
    }
}

extension StatusWord: CustomStringConvertible {
    /// Four hexadecimal digits, as standards write them: `6A82`.
    public var description: String { bytes.hexadecimal }

    /// What the standard says of this status, in a few words.
    public var meaning: String {
        switch self {
        case .success: "done"
        case .moreData: "more data waits"
        case .wrongExpectedLength: "wrong expected length"
        case .wrongPIN: "wrong PIN"
        case .endOfFile: "end of file"
        case .authenticationFailed: "wrong PIN"
        case .memoryFailure: "the card's memory failed"
        case .wrongLength: "wrong length"
        case .securityStatusNotSatisfied: "security status not satisfied"
        case .authenticationBlocked: "blocked, no tries left"
        case .referenceDataNotUsable: "reference data not usable"
        case .conditionsNotSatisfied: "conditions of use not satisfied"
        case .wrongData: "wrong data"
        case .functionNotSupported: "function not supported"
        case .fileNotFound: "file or application not found"
        case .referencedDataNotFound: "referenced data not found"
        case .offsetOutsideFile: "offset outside the file"
        case .instructionNotSupported: "instruction not supported"
        case .classNotSupported: "class not supported"
        default: "refused"
        }
    }
}
