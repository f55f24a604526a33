import CPCSC

/// What a PC/SC call returned: `SCARD_S_SUCCESS`, `SCARD_E_NO_SERVICE` and so on.
///
/// An open set: a code that no header lists keeps its value and prints as hex.
public struct PCSCCode: RawRepresentable, Hashable, Sendable {
    /// The 32 bits that the standard defines; PC/SC part 5, and `pcsclite.h`.
    public let rawValue: UInt32

    /// A code by its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A code as the C library returns it.
    ///
    /// `LONG` is 64 bits wide on Linux, and some versions extend the sign: the one place where that is settled.
    init(_ status: LONG) { self.init(rawValue: UInt32(truncatingIfNeeded: status)) }

    /// The name in `pcsclite.h`, such as `SCARD_E_NO_SERVICE`; `nil` when it lists none.
    public var name: String? { Self.known[rawValue]?.name }

    /// What the code says, in a few words; for an unknown code that it is unknown.
    public var meaning: String { Self.known[rawValue]?.meaning ?? "a code that PC/SC does not document" }
}

extension PCSCCode: CustomStringConvertible {
    /// The name, or the code as `0x8010ABCD`.
    public var description: String {
        if let name { return name }
        let digits = String(rawValue, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension PCSCCode {
    /// `SCARD_S_SUCCESS`.
    static let success = PCSCCode(LONG(SCARD_S_SUCCESS))
    /// `SCARD_E_CANCELLED`.
    static let cancelled = PCSCCode(LONG(SCARD_E_CANCELLED))
    /// `SCARD_E_COMM_DATA_LOST`.
    static let communicationDataLost = PCSCCode(LONG(SCARD_E_COMM_DATA_LOST))
    /// `SCARD_F_COMM_ERROR`.
    static let communicationError = PCSCCode(LONG(SCARD_F_COMM_ERROR))
    /// `SCARD_E_INSUFFICIENT_BUFFER`.
    static let insufficientBuffer = PCSCCode(LONG(SCARD_E_INSUFFICIENT_BUFFER))
    /// `SCARD_E_INVALID_ATR`.
    static let invalidATR = PCSCCode(LONG(SCARD_E_INVALID_ATR))
    /// `SCARD_E_INVALID_HANDLE`.
    static let invalidHandle = PCSCCode(LONG(SCARD_E_INVALID_HANDLE))
    /// `SCARD_E_INVALID_VALUE`.
    static let invalidValue = PCSCCode(LONG(SCARD_E_INVALID_VALUE))
    /// `SCARD_E_NO_MEMORY`.
    static let noMemory = PCSCCode(LONG(SCARD_E_NO_MEMORY))
    /// `SCARD_E_NO_READERS_AVAILABLE`.
    static let noReaders = PCSCCode(LONG(SCARD_E_NO_READERS_AVAILABLE))
    /// `SCARD_E_NO_SERVICE`.
    static let noService = PCSCCode(LONG(SCARD_E_NO_SERVICE))
    /// `SCARD_E_NO_SMARTCARD`.
    static let noSmartcard = PCSCCode(LONG(SCARD_E_NO_SMARTCARD))
    /// `SCARD_E_NOT_TRANSACTED`.
    static let notTransacted = PCSCCode(LONG(SCARD_E_NOT_TRANSACTED))
    /// `SCARD_E_PROTO_MISMATCH`.
    static let protocolMismatch = PCSCCode(LONG(SCARD_E_PROTO_MISMATCH))
    /// `SCARD_E_READER_UNAVAILABLE`.
    static let readerUnavailable = PCSCCode(LONG(SCARD_E_READER_UNAVAILABLE))
    /// `SCARD_W_REMOVED_CARD`.
    static let removedCard = PCSCCode(LONG(SCARD_W_REMOVED_CARD))
    /// `SCARD_W_RESET_CARD`.
    static let resetCard = PCSCCode(LONG(SCARD_W_RESET_CARD))
    /// `SCARD_W_SECURITY_VIOLATION`.
    static let securityViolation = PCSCCode(LONG(SCARD_W_SECURITY_VIOLATION))
    /// `SCARD_E_SERVER_TOO_BUSY`.
    static let serverTooBusy = PCSCCode(LONG(SCARD_E_SERVER_TOO_BUSY))
    /// `SCARD_E_SERVICE_STOPPED`.
    static let serviceStopped = PCSCCode(LONG(SCARD_E_SERVICE_STOPPED))
    /// `SCARD_E_SHARING_VIOLATION`.
    static let sharingViolation = PCSCCode(LONG(SCARD_E_SHARING_VIOLATION))
    /// `SCARD_P_SHUTDOWN`.
    static let shutdown = PCSCCode(LONG(SCARD_P_SHUTDOWN))
    /// `SCARD_E_SYSTEM_CANCELLED`.
    static let systemCancelled = PCSCCode(LONG(SCARD_E_SYSTEM_CANCELLED))
    /// `SCARD_E_TIMEOUT`.
    static let timeout = PCSCCode(LONG(SCARD_E_TIMEOUT))
    /// `SCARD_E_UNSUPPORTED_FEATURE`: on Linux another number than on Windows, where `0x8010001F` means an unexpected card.
    static let unsupportedFeature = PCSCCode(LONG(SCARD_E_UNSUPPORTED_FEATURE))
    /// `SCARD_E_UNKNOWN_READER`.
    static let unknownReader = PCSCCode(LONG(SCARD_E_UNKNOWN_READER))
    /// `SCARD_F_WAITED_TOO_LONG`.
    static let waitedTooLong = PCSCCode(LONG(SCARD_F_WAITED_TOO_LONG))

    /// Every code of `pcsclite.h` that a card, a reader or the daemon can give.
    private static let known: [UInt32: (name: String, meaning: String)] = [
        0x0000_0000: ("SCARD_S_SUCCESS", "it worked"),
        0x8010_0001: ("SCARD_F_INTERNAL_ERROR", "the service found itself inconsistent"),
        0x8010_0002: ("SCARD_E_CANCELLED", "the wait was cancelled"),
        0x8010_0003: ("SCARD_E_INVALID_HANDLE", "the service does not know this context or card handle"),
        0x8010_0004: ("SCARD_E_INVALID_PARAMETER", "a parameter has no sense"),
        0x8010_0005: ("SCARD_E_INVALID_TARGET", "the service's registration is missing or wrong"),
        0x8010_0006: ("SCARD_E_NO_MEMORY", "memory ran out"),
        0x8010_0007: ("SCARD_F_WAITED_TOO_LONG", "the service's own timer ran out"),
        0x8010_0008: ("SCARD_E_INSUFFICIENT_BUFFER", "the answer is longer than the buffer, and the command has run"),
        0x8010_0009: ("SCARD_E_UNKNOWN_READER", "no reader has this name"),
        0x8010_000A: ("SCARD_E_TIMEOUT", "the time given is over"),
        0x8010_000B: ("SCARD_E_SHARING_VIOLATION", "another program holds the card"),
        0x8010_000C: ("SCARD_E_NO_SMARTCARD", "there is no card in the reader"),
        0x8010_000D: ("SCARD_E_UNKNOWN_CARD", "no card has this name"),
        0x8010_000E: ("SCARD_E_CANT_DISPOSE", "the card cannot be let go in this way"),
        0x8010_000F: ("SCARD_E_PROTO_MISMATCH", "card and reader have no transmission protocol in common"),
        0x8010_0010: ("SCARD_E_NOT_READY", "reader or card are not ready"),
        0x8010_0011: ("SCARD_E_INVALID_VALUE", "a parameter's value has no sense"),
        0x8010_0012: ("SCARD_E_SYSTEM_CANCELLED", "the system cancelled the call, perhaps to shut down"),
        0x8010_0013: ("SCARD_F_COMM_ERROR", "the connection to the service broke"),
        0x8010_0014: ("SCARD_F_UNKNOWN_ERROR", "something failed inside, from an unknown source"),
        0x8010_0015: ("SCARD_E_INVALID_ATR", "this is no Answer-to-Reset"),
        0x8010_0016: ("SCARD_E_NOT_TRANSACTED", "the exchange with the card failed"),
        0x8010_0017: ("SCARD_E_READER_UNAVAILABLE", "the reader is gone, or not for use at present"),
        0x8010_0018: ("SCARD_P_SHUTDOWN", "the service is shutting down"),
        0x8010_0019: ("SCARD_E_PCI_TOO_SMALL", "the protocol header's buffer is too small"),
        0x8010_001A: ("SCARD_E_READER_UNSUPPORTED", "the reader's driver lacks what the service needs"),
        0x8010_001B: ("SCARD_E_DUPLICATE_READER", "two readers have one name"),
        0x8010_001C: ("SCARD_E_CARD_UNSUPPORTED", "the card lacks what the service needs"),
        0x8010_001D: ("SCARD_E_NO_SERVICE", "the service is not running"),
        0x8010_001E: ("SCARD_E_SERVICE_STOPPED", "the service has stopped, or speaks another version"),
        0x8010_001F: ("SCARD_E_UNSUPPORTED_FEATURE", "reader or driver do not offer this"),
        0x8010_0020: ("SCARD_E_ICC_INSTALLATION", "the card has no primary provider"),
        0x8010_0021: ("SCARD_E_ICC_CREATEORDER", "objects cannot be created in this order"),
        0x8010_0022: ("SCARD_E_UNSUPPORTED_FEATURE", "the card does not offer this"),
        0x8010_0023: ("SCARD_E_DIR_NOT_FOUND", "the card lacks this directory"),
        0x8010_0024: ("SCARD_E_FILE_NOT_FOUND", "the card lacks this file"),
        0x8010_0025: ("SCARD_E_NO_DIR", "the path is no directory of the card"),
        0x8010_0026: ("SCARD_E_NO_FILE", "the path is no file of the card"),
        0x8010_0027: ("SCARD_E_NO_ACCESS", "the card denies this file"),
        0x8010_0028: ("SCARD_E_WRITE_TOO_MANY", "the card has no room for it"),
        0x8010_0029: ("SCARD_E_BAD_SEEK", "no such place in the card's file"),
        0x8010_002A: ("SCARD_E_INVALID_CHV", "the PIN is wrong"),
        0x8010_002B: ("SCARD_E_UNKNOWN_RES_MNG", "a layer below gave an unknown code"),
        0x8010_002C: ("SCARD_E_NO_SUCH_CERTIFICATE", "there is no such certificate"),
        0x8010_002D: ("SCARD_E_CERTIFICATE_UNAVAILABLE", "the certificate cannot be had"),
        0x8010_002E: ("SCARD_E_NO_READERS_AVAILABLE", "there is no reader"),
        0x8010_002F: ("SCARD_E_COMM_DATA_LOST", "bytes between reader and card were lost"),
        0x8010_0030: ("SCARD_E_NO_KEY_CONTAINER", "the card lacks this key container"),
        0x8010_0031: ("SCARD_E_SERVER_TOO_BUSY", "the service is too busy"),
        0x8010_0065: ("SCARD_W_UNSUPPORTED_CARD", "the Answer-to-Reset suits no reader setting"),
        0x8010_0066: ("SCARD_W_UNRESPONSIVE_CARD", "the card does not answer a reset"),
        0x8010_0067: ("SCARD_W_UNPOWERED_CARD", "the card has no power"),
        0x8010_0068: ("SCARD_W_RESET_CARD", "the card was reset"),
        0x8010_0069: ("SCARD_W_REMOVED_CARD", "the card was removed"),
        0x8010_006A: ("SCARD_W_SECURITY_VIOLATION", "the system's policy denies access"),
        0x8010_006B: ("SCARD_W_WRONG_CHV", "a wrong PIN was presented"),
        0x8010_006C: ("SCARD_W_CHV_BLOCKED", "the PIN is blocked"),
        0x8010_006D: ("SCARD_W_EOF", "the card's file ends here"),
        0x8010_006E: ("SCARD_W_CANCELLED_BY_USER", "the person chose to cancel"),
        0x8010_006F: ("SCARD_W_CARD_NOT_AUTHENTICATED", "no PIN was presented"),
    ]
}
