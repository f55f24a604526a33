import ISO7816

/// Why no card can be used: the ten usual reasons, in the order of the way from the program to the card.
enum UsualReason: String, Encodable, CaseIterable, Comparable {
    case daemonAbsent
    case accessDenied
    case noReader
    case readerWithoutDriver
    case noCard
    case muteCard
    case stuck
    case heldByAnother
    case unknownCard
    case pinBlocked

    /// Whoever got further on the way is later.
    static func < (left: UsualReason, right: UsualReason) -> Bool { left.place < right.place }

    private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// What an error of the card layer comes down to.
    init(_ error: CardError) {
        self =
            switch error.code {
            case .serviceAbsent: .daemonAbsent
            case .accessDenied: .accessDenied
            case .readerMissing: .noReader
            case .cardMissing, .removed: .noCard
            case .unresponsive, .malformedAnswer: .muteCard
            case .serviceSilent, .readerStuck, .readerUnavailable, .reset, .cancelled: .stuck
            case .heldByAnotherProgram: .heldByAnother
            case .refused, .notSupported, .unknownCard, .unsuitablePIN, .pinEntryTimedOut, .pinEntryCancelled, .newPINsDiffer: .unknownCard
            }
    }

    /// What is the matter.
    var sentence: String {
        switch self {
        case .daemonAbsent: "the smartcard service is not running"
        case .accessDenied: "the system's policy (polkit) denies access to smartcard readers"
        case .noReader: "no reader is attached"
        case .readerWithoutDriver: "a reader is attached, and no driver has taken it"
        case .noCard: "no card is in a reader"
        case .muteCard: "the card does not answer"
        case .stuck: "the reader or the service does not answer"
        case .heldByAnother: "another program holds the card"
        case .unknownCard: "the card is none that Tessera knows"
        case .pinBlocked: "the PIN of the card is blocked"
        }
    }

    /// What to do next.
    var hint: String {
        switch self {
        case .daemonAbsent: CardError(.serviceAbsent, "").hint
        case .accessDenied: CardError(.accessDenied, "").hint
        case .noReader: "attach one; \"tessera readers --watch\" shows when it is there"
        case .readerWithoutDriver: "install its driver (Debian: libccid), then plug it in again"
        case .noCard: "insert a card, or run \"tessera emulate smartcard\""
        case .muteCard: CardError(.unresponsive, "").hint
        case .stuck: "unplug the reader and plug it in again; if it stays, restart pcscd"
        case .heldByAnother: "close the browser or middleware that uses the card, then repeat; if there is none, replug the reader"
        case .unknownCard: "check that it is the right card, and the right way up"
        case .pinBlocked: "\"tessera card unblock\" sets a new PIN with the PUK"
        }
    }

    /// What the shell is told: a card that is there and cannot be used was refused; the rest is missing.
    var exit: ProgramExit { self >= .unknownCard ? .refused : .environment }
}
