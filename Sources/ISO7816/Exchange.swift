/// One command on its way through a channel: chaining out, GET RESPONSE back, as a value.
///
/// Ask ``next()`` what to send, hand the answer to ``receive(_:)``, until it is done. Who sends is not its business, so
/// split answers, liars and early ends are unit tests. ISO/IEC 7816-4, 5.3.1 (chaining), 5.1.3 (`61xx`, `6Cxx`),
/// 5.4.1 (classes).
public struct Exchange: Sendable {
    /// What the caller does next.
    public enum Action: Hashable, Sendable {
        /// Send these bytes, and hand over the answer.
        case transmit([UInt8])
        /// The conversation is over; this is its whole answer.
        case done(ResponseAPDU)
    }

    /// The most bytes that a card may answer before it counts as one that never ends.
    public static let maximumAnswer = 1 << 17
    /// The most `61xx` without data that a card may answer in one exchange: one is usual, on T=0 each time.
    public static let maximumEmptyRounds = 8
    /// The most commands of one exchange: those that a longest answer of 256 bytes each takes, and as many again.
    public static let maximumRounds = 2 * maximumAnswer / 256

    private var pending: [[UInt8]]
    private var mayCorrectLength: Bool
    /// Whether it is somebody's word, and the card has said that its answer waits: then it has run, whatever comes after.
    private let runsOnce: Bool
    private var hasRun = false
    /// The class of GET RESPONSE.
    private let answerClass: UInt8
    private var collected: [UInt8] = []
    private var rounds = 0
    private var emptyRounds = 0
    private var answer: ResponseAPDU?
    /// Why it ended without an answer.
    private var failure: APDUError?

    /// Cuts `command` into what the wire takes.
    ///
    /// In the short form, data beyond 255 bytes are chained (CLA bit 5) and an answer beyond 256 arrives through
    /// GET RESPONSE. Use `.extended` only where card **and** reader allow it.
    ///
    /// - Parameter mayRepeat: whether the command may be sent again with the length that `6Cxx` names. `false` for a
    ///   signature: it is somebody's word, and nobody knows what a card has done before it complains.
    /// - Throws: ``APDUError/tooLong`` when an extended command does not fit.
    public init(_ command: CommandAPDU, form: CommandAPDU.Form = .short, mayRepeat: Bool = true) throws(APDUError) {
        // A proprietary class has no GET RESPONSE of its own.
        answerClass = command.instructionClass & 0x80 == 0 ? command.instructionClass & ~0x10 : 0x00
        runsOnce = !mayRepeat
        var last = command
        var parts: [[UInt8]] = []
        if form == .short {
            last.expectedLength = command.expectedLength.map { min($0, 256) }
            while last.data.count > 255 {
                let part = CommandAPDU(
                    instructionClass: command.instructionClass | 0x10, instruction: command.instruction, p1: command.p1, p2: command.p2,
                    data: Array(last.data.prefix(255)))
                parts.append(try part.encoded())
                last.data.removeFirst(255)
            }
        }
        mayCorrectLength = mayRepeat && form == .short && last.expectedLength != nil && parts.isEmpty
        parts.append(try last.encoded(form))
        pending = parts
    }

    /// What the card has given so far of an answer of which more waits; empty otherwise.
    var beginning: [UInt8] { answer == nil ? collected : [] }

    /// What to do now.
    ///
    /// - Throws: what ``receive(_:)`` threw: nothing more is sent then.
    public func next() throws(APDUError) -> Action {
        if let failure { throw failure }
        if let answer { return .done(answer) }
        guard let command = pending.first else { throw .malformed }
        return .transmit(command)
    }

    /// Takes the card's answer to the bytes that ``next()`` named.
    ///
    /// - Throws: ``APDUError/malformed`` for an answer of fewer than two bytes, for a card whose `61xx` never ends, and when a
    ///   command that runs once is answered with data but no success, or its answer cannot be fetched.
    public mutating func receive(_ bytes: [UInt8]) throws(APDUError) {
        guard answer == nil else { return }
        if let failure { throw failure }
        do { try take(ResponseAPDU(parsing: bytes)) } catch {
            failure = error
            throw error
        }
    }

    private mutating func take(_ response: ResponseAPDU) throws(APDUError) {
        let sent = pending.removeFirst()
        rounds += 1
        if !pending.isEmpty {
            // A part of a chain that is refused ends the chain; the rest would only be another command to the card.
            if response.status != .success { finish(response) }
            return
        }
        switch response.status {
        case .moreData:
            hasRun = true
            collected += response.data
            emptyRounds += response.data.isEmpty ? 1 : 0
            pending = [[answerClass, 0xC0, 0, 0, response.status.sw2]]
            // GET RESPONSE does nothing but fetch: it may always be corrected.
            mayCorrectLength = true
            guard collected.count <= Self.maximumAnswer, emptyRounds <= Self.maximumEmptyRounds, rounds < Self.maximumRounds else {
                throw .malformed
            }
        case .wrongExpectedLength where mayCorrectLength:
            // Each only once, and never an extended command: a card was seen to answer 6C00 to that.
            mayCorrectLength = false
            pending = [sent.dropLast() + [response.status.sw2]]
        // The answer cannot be had any more: that is no refusal of what was asked.
        case let status where runsOnce && hasRun && status != .success: throw .malformed
        // Who refuses gives no data, and who warns has done it (ISO/IEC 7816-4, 5.1.3 and 5.6): or half an answer is lost.
        case let status where runsOnce && status != .success && !response.data.isEmpty: throw .malformed
        default:
            finish(response)
        }
    }

    private mutating func finish(_ response: ResponseAPDU) {
        pending = []
        answer = ResponseAPDU(data: collected + response.data, status: response.status)
    }
}
