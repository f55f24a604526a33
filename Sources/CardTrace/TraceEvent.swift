public import ISO7816

/// One thing that happened between a program and a card.
public enum TraceEvent: Hashable, Sendable {
    /// The card was powered, or joined, and said who it is.
    case opened(reader: String, atr: ATR)
    /// A command went out, and an answer or a failure came back.
    case exchange(TracedExchange)
    /// The program let the card go.
    case ended(CardDisposition)
}

/// One command with what came back.
public struct TracedExchange: Hashable, Sendable {
    /// What became of a command.
    public enum Outcome: Hashable, Sendable {
        /// The card answered, status word included.
        case answered([UInt8])
        /// No answer came; the sentence says why.
        case failed(String)
    }

    /// What went out, without what nobody may see.
    public let command: TracedCommand
    /// What came back.
    public let outcome: Outcome
    /// How long it took.
    public let duration: Duration

    /// An exchange.
    public init(_ command: TracedCommand, _ outcome: Outcome, taking duration: Duration) {
        self.command = command
        self.outcome = outcome
        self.duration = duration
    }
}

/// A command as a trace may show it.
///
/// A ``SensitiveCommand`` shows its header alone, because its type says so; the length of its data is withheld as well, for
/// it may be the length of a PIN. Plain bytes that are such a command all the same are treated alike.
public struct TracedCommand: Hashable, Sendable {
    /// The bytes that may be seen: the whole command, or CLA, INS, P1 and P2.
    public let bytes: [UInt8]
    /// Whether more bytes went out than are shown.
    public let isWithheld: Bool

    /// A command that was never more than bytes.
    public init(_ command: [UInt8]) {
        isWithheld = command.count > 5 && Self.carryingPINs.contains(command[1])
        bytes = isWithheld ? Array(command.prefix(4)) : command
    }

    /// A command that carries a PIN, by its header.
    public init(withholding header: [UInt8]) {
        bytes = header
        isWithheld = true
    }

    /// VERIFY (two forms), CHANGE REFERENCE DATA and RESET RETRY COUNTER (two forms each); ISO/IEC 7816-4, 11.5.
    private static let carryingPINs: Set<UInt8> = [0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D]
}
