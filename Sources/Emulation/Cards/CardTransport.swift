internal import ISO7816

/// The outermost layer of a card: bytes become whole commands, whole answers become what the host can take.
///
/// A value without I/O. Chained parts are collected (ISO/IEC 7816-4, 5.3.3); an answer longer than Le waits for
/// GET RESPONSE behind `61xx` (5.3.4). A short Le gives `61xx`, never `6Cxx`, and anything but GET RESPONSE drops what
/// waits, as on most cards seen.
///
/// Over T=0 (ISO/IEC 7816-3, 12.2.1) a command with data never says what it expects, so every answer to it waits behind
/// `61xx`; and an Le that is more than there is gives `6Cxx`. What ran is not run again: the same command with the right
/// Le only fetches.
struct CardTransport {
    /// What becomes of incoming bytes.
    enum Intake: Equatable {
        /// The transport answers by itself.
        case answer([UInt8])
        /// A whole command, for the applications; its answer goes to ``CardTransport/deliver(_:to:unasked:)``.
        case execute(CommandAPDU)
    }

    /// The most data bytes that a chain of commands may bring: memory stays bounded.
    static let maximumChain = 8192
    /// The most answer bytes that leave at once: a vpcd frame holds no 65,538 bytes.
    static let maximumAnswer = 65_000

    private let rules: TransportRules
    private var chain: CommandAPDU?
    private var waiting: ResponseAPDU?
    /// T=0: the command whose answer waits for its repetition with the right Le.
    private var corrected: CommandAPDU?

    init(_ rules: TransportRules = .unrestricted) { self.rules = rules }

    /// Takes the bytes of one command.
    mutating func accept(_ bytes: [UInt8]) -> Intake {
        guard var command = try? CommandAPDU(parsing: bytes), takes(command, bytes) else {
            reset()
            return .answer(StatusWord.wrongLength.bytes)
        }
        if let refusal = Self.refusal(of: command.instructionClass) {
            reset()
            return .answer(refusal.bytes)
        }
        if command.instruction == 0xC0 { return .answer(continueAnswer(command)) }
        if let corrected, corrected == command { return .answer(nextPart(upTo: command.expectedLength ?? 0)) }
        forgetAnswer()
        let more = command.isChained
        if more { command.instructionClass &= ~0x10 }
        // A part of another command than the one begun starts afresh; what was begun is lost.
        if let begun = chain, begun.header == command.header { command.data = begun.data + command.data }
        chain = nil
        guard command.data.count <= Self.maximumChain || !more else { return .answer(StatusWord.wrongLength.bytes) }
        guard more else {
            if rules.isT0, !command.data.isEmpty { command.expectedLength = 256 }
            return .execute(command)
        }
        chain = command
        return .answer(StatusWord.success.bytes)
    }

    /// Cuts an application's answer to what `command` said it takes; the rest waits.
    ///
    /// - Parameter unasked: over T=1, whether a command without Le takes 256 bytes instead of none.
    mutating func deliver(_ response: ResponseAPDU, to command: CommandAPDU, unasked: Bool = false) -> [UInt8] {
        waiting = response
        guard rules.isT0 else { return nextPart(upTo: command.expectedLength ?? (unasked ? 256 : 0)) }
        guard command.data.isEmpty else { return nextPart(upTo: 0) }
        if let correction = correction(of: command.expectedLength) {
            corrected = command
            corrected?.expectedLength = response.data.count
            return correction.bytes
        }
        return nextPart(upTo: command.expectedLength ?? 0)
    }

    /// Forgets half a chain and half an answer.
    mutating func reset() {
        chain = nil
        forgetAnswer()
    }

    private mutating func forgetAnswer() {
        waiting = nil
        corrected = nil
    }

    /// Whether the wire can bring such a command to this card.
    private func takes(_ command: CommandAPDU, _ bytes: [UInt8]) -> Bool {
        if CommandAPDU.form(of: bytes) == .extended { return rules.takesExtendedLength }
        return !rules.isT0 || command.data.isEmpty || command.expectedLength == nil
    }

    /// T=0: `6Cxx` when less than `expected` waits; an answer without data is only its status.
    private func correction(of expected: Int?) -> StatusWord? {
        guard let count = waiting?.data.count, let expected, (1..<min(expected, 256)).contains(count) else { return nil }
        return StatusWord(0x6C, UInt8(count))
    }

    private mutating func continueAnswer(_ command: CommandAPDU) -> [UInt8] {
        chain = nil
        guard command.p1 == 0, command.p2 == 0, command.data.isEmpty else { return StatusWord.wrongParameters.bytes }
        guard waiting != nil else { return StatusWord.conditionsNotSatisfied.bytes }
        if rules.isT0, let correction = correction(of: command.expectedLength) { return correction.bytes }
        return nextPart(upTo: command.expectedLength ?? 256)
    }

    private mutating func nextPart(upTo limit: Int) -> [UInt8] {
        guard let whole = waiting else { return StatusWord.conditionsNotSatisfied.bytes }
        let part = whole.data.prefix(min(limit, Self.maximumAnswer))
        guard part.count < whole.data.count else {
            forgetAnswer()
            return whole.encoded
        }
        let rest = Array(whole.data.dropFirst(part.count))
        waiting = ResponseAPDU(data: rest, status: whole.status)
        // 6100 stands for 256 and more; ISO/IEC 7816-4, 5.3.4.
        return part + StatusWord(0x61, rest.count >= 256 ? 0 : UInt8(rest.count)).bytes
    }

    /// Why a class byte is refused; `nil` for channel 0 in the clear, and for proprietary classes, which applications judge.
    ///
    /// ISO/IEC 7816-4, 5.4.1.
    private static func refusal(of instructionClass: UInt8) -> StatusWord? {
        switch instructionClass {
        case 0x00, 0x10, 0x80...0xFE: nil
        case 0x01...0x03, 0x11...0x13, 0x40...0x7F: .logicalChannelNotSupported
        case 0x04...0x0F, 0x14...0x1F: StatusWord(rawValue: 0x6882)
        default: .classNotSupported
        }
    }
}
