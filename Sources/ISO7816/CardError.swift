/// Why a card, or the way to it, did not answer.
///
/// Errors compare by ``code``; ``description`` says what happened and what to do next.
public struct CardError: Error, Sendable {
    /// The kinds of failure that a caller tells apart.
    public enum Code: Hashable, Sendable {
        /// No reader has this name, or none is attached.
        case readerMissing
        /// The reader is empty.
        case cardMissing
        /// The card was there and is gone; a command on its way may or may not have run.
        case removed
        /// Somebody reset the card; every login on it is lost.
        case reset
        /// Another program holds the card.
        case heldByAnotherProgram
        /// The reader did not answer within its deadline; its thread was abandoned.
        case readerStuck
        /// Too many calls to this reader are stuck; it is left alone until it is attached anew.
        case readerUnavailable
        /// The system refuses access to readers (polkit).
        case accessDenied
        /// The PC/SC daemon is not running.
        case serviceAbsent
        /// The PC/SC daemon is there, and answers nothing or nothing sensible.
        case serviceSilent
        /// The card answers nothing after power-on.
        case unresponsive
        /// The answer is not what the standard allows.
        case malformedAnswer
        /// The card refused with this status.
        case refused(StatusWord)
        /// Card or application lack what was asked for.
        case notSupported
        /// Nothing on this card is an application that Tessera knows.
        case unknownCard
        /// The PIN has a length or alphabet that this card cannot have; nothing was sent.
        case unsuitablePIN
        /// Nobody entered the PIN on the reader's keys in time; nothing was sent.
        case pinEntryTimedOut
        /// The person pressed the reader's cancel key; nothing was sent.
        case pinEntryCancelled
        /// The new PIN was entered twice, and not the same; nothing was sent.
        case newPINsDiffer
        /// The task was cancelled.
        case cancelled
    }

    /// What kind of failure this is.
    public let code: Code
    /// What was attempted: a reader's name, a command's name.
    public let subject: String
    /// What lies beneath, for the one who searches the cause: the failing C call with its code, a length, a tag.
    public let detail: String?
    /// What helps in this case, where more is known than the code says.
    private let remedy: String?
    /// Whether it is certain that what was asked for was not even begun: a signature that fails so was never made.
    public private(set) var isBeforehand = false

    /// A failure of `subject`.
    ///
    /// - Parameter remedy: what helps, in place of what usually does.
    public init(_ code: Code, _ subject: String, detail: String? = nil, remedy: String? = nil) {
        self.code = code
        self.subject = subject
        self.detail = detail
        self.remedy = remedy
    }

    /// The same failure, of a step that only prepares what was asked for.
    public var beforehand: CardError {
        var error = self
        error.isBeforehand = true
        return error
    }
}

extension CardError: Equatable {
    /// Errors compare by code alone.
    public static func == (left: CardError, right: CardError) -> Bool { left.code == right.code }
}

extension CardError: CustomStringConvertible {
    /// One sentence, with the detail in brackets.
    public var description: String { detail.map { "\(sentence) (\($0))" } ?? sentence }

    private var sentence: String {
        switch code {
        case .readerMissing: "no reader \"\(subject)\""
        case .cardMissing: "no card in \"\(subject)\""
        case .removed: "the card was removed: \(subject)"
        case .reset: "the card was reset by another program: \(subject)"
        case .heldByAnotherProgram: "another program holds the card in \"\(subject)\""
        case .readerStuck: "the reader does not answer: \(subject)"
        case .readerUnavailable: "the reader \"\(subject)\" is left alone after too many calls without an answer"
        case .accessDenied: "access to smartcard readers is denied: \(subject)"
        case .serviceAbsent: "the smartcard service is not running: \(subject)"
        case .serviceSilent: "the smartcard service does not answer: \(subject)"
        case .unresponsive: "the card does not answer: \(subject)"
        case .malformedAnswer: "the card answered what no standard allows: \(subject)"
        case .refused(let status): "the card refused \(subject): \(status), \(status.meaning)"
        case .notSupported: "not supported: \(subject)"
        case .unknownCard: "not a card that Tessera knows: \(subject)"
        case .unsuitablePIN: "this card cannot have such a PIN: \(subject)"
        case .pinEntryTimedOut: "nobody entered the PIN on the reader in time: \(subject)"
        case .pinEntryCancelled: "the PIN entry was cancelled on the reader: \(subject)"
        case .newPINsDiffer: "the new PIN was entered twice, and not the same: \(subject)"
        case .cancelled: "cancelled: \(subject)"
        }
    }

    /// What the person can do next.
    public var hint: String { remedy ?? usualHint }

    private var usualHint: String {
        switch code {
        case .readerMissing: "attach a reader, or run \"tessera readers\" to see those that are there"
        case .cardMissing: "insert a card, or run \"tessera emulate smartcard\""
        case .removed: "insert the card again and repeat; if a PIN was on its way, a try may have been spent"
        case .reset: "repeat; the PIN has to be entered again"
        case .heldByAnotherProgram: "close the browser or middleware that uses the card, then repeat; if there is none, replug the reader"
        case .readerStuck: "unplug the reader, plug it in again, then repeat"
        case .readerUnavailable: "unplug the reader and plug it in again"
        case .accessDenied: "ask the administrator for the polkit rule org.debian.pcsc-lite.access_pcsc"
        case .serviceAbsent: "start it: \"systemctl start pcscd.socket\", or \"pcscd\" as root"
        case .serviceSilent: "restart it: \"systemctl restart pcscd\""
        case .unresponsive: "clean the card's contacts and insert it the right way up"
        case .malformedAnswer: "try another reader; if it stays, send in the trace"
        case .refused(.authenticationBlocked): "unblock the PIN with the PUK"
        case .refused(.securityStatusNotSatisfied): "enter the PIN first; some keys want it before every signature"
        case .refused: "see the status word in ISO/IEC 7816-4, 5.6"
        case .notSupported: "use a key or a card that offers it"
        case .unknownCard: "check that it is the right card; \"tessera card probe\" makes a report on it that can be sent in"
        case .unsuitablePIN: "check the PIN's length; nothing was sent, and no try was spent"
        case .pinEntryTimedOut: "repeat and enter the PIN on the reader's keys; no try was spent"
        case .pinEntryCancelled: "repeat when ready; no try was spent"
        case .newPINsDiffer: "repeat; the PIN has not changed"
        case .cancelled: "repeat when ready"
        }
    }
}
