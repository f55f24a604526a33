public import ISO7816
import Secrets
import Synchronization

/// A card that answers as it was recorded: it matches commands in the state they were recorded in, not their order.
///
/// A command that came up several times answers in recorded order and then stays on the last answer. What no recording has
/// is answered from the card's image, where that says it; anything else is `6D00`.
public final class ReplayedCard: CardChannel {
    /// A command with all that belongs to it: the parts of a chain before, GET RESPONSE behind.
    private struct Conversation {
        let state: ReplayedState
        var exchanges: [Recording.Exchange]
        var uses = 0
    }

    private struct Session {
        var conversations: [Conversation]
        var state = ReplayedState()
        var place: (conversation: Int, exchange: Int)?
        var remainder: [UInt8] = []
        var commands: [[UInt8]] = []
    }

    /// What the card answers to power-on.
    public let atr: ATR
    /// Whether the reader is one that passes extended length.
    public let passesExtendedLength: Bool
    /// What follows `61` where 256 bytes or more wait.
    private let manyBytes: UInt8
    private let image: ImageAnswers?
    private let session: Mutex<Session>

    /// A card from its recorded scenarios and its image, freshly reset.
    public init(_ card: String, scenarios: [String], passesExtendedLength: Bool = false) throws {
        self.passesExtendedLength = passesExtendedLength
        manyBytes = card == "schsm" ? 0x00 : 0xFF
        let recordings = try scenarios.map { try Recording(card, $0) }
        image = ImageAnswers(try CardImage(card), shortensReads: card != "oseid")
        atr = try ATR(parsing: recordings.first?.atr.bytes ?? [])
        session = Mutex(Session(conversations: recordings.flatMap(Self.conversations)))
    }

    /// Every command that arrived, in order; PINs included, they are test values.
    public var commands: [[UInt8]] { session.withLock { $0.commands } }

    /// Powers the card off and on.
    public func reset() {
        session.withLock {
            $0.state = ReplayedState()
            $0.place = nil
        }
    }

    /// Takes a command and answers it; never waits.
    public func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] { answer(command) }

    /// Takes a command that carries a PIN, as any other.
    public func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
        answer(command.takeFrame().withBytes { bytes in bytes.byteOffsets.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } })
    }

    private func answer(_ command: [UInt8]) -> [UInt8] {
        session.withLock { session in
            session.commands.append(command)
            let response = recorded(command, &session) ?? imaged(command, &session) ?? [0x6D, 0x00]
            session.state.update(command, response)
            return response
        }
    }

    private func recorded(_ command: [UInt8], _ session: inout Session) -> [UInt8]? {
        if let place = session.place {
            let exchanges = session.conversations[place.conversation].exchanges
            if place.exchange < exchanges.count, exchanges[place.exchange].command.bytes == command {
                session.place = (place.conversation, place.exchange + 1)
                return exchanges[place.exchange].response.bytes
            }
        }
        let state = session.state
        let conversations = session.conversations
        let fitting = conversations.indices.filter {
            conversations[$0].exchanges[0].command.bytes == command && state.admits(conversations[$0].state, for: command)
        }
        let likeness = { conversations[$0].state.likeness(to: state) }
        guard let most = fitting.map(likeness).max() else { return nil }
        let best = fitting.filter { likeness($0) == most }
        guard let chosen = best.first(where: { conversations[$0].uses == 0 }) ?? best.last else { return nil }
        session.conversations[chosen].uses += 1
        session.place = (chosen, 1)
        session.remainder = []
        return session.conversations[chosen].exchanges[0].response.bytes
    }

    private func imaged(_ command: [UInt8], _ session: inout Session) -> [UInt8]? {
        session.place = nil
        guard let parsed = try? CommandAPDU(parsing: command), let image else { return nil }
        var whole: ResponseAPDU
        if parsed.instruction == 0xC0, !session.remainder.isEmpty {
            whole = ResponseAPDU(data: session.remainder, status: .success)
        } else {
            guard let answer = image.answer(to: parsed, selected: session.state.selected) else { return nil }
            whole = answer
        }
        let now = Array(whole.data.prefix(parsed.expectedLength ?? 256))
        session.remainder = Array(whole.data.dropFirst(now.count))
        if !session.remainder.isEmpty { whole.status = StatusWord(0x61, UInt8(exactly: session.remainder.count) ?? manyBytes) }
        return ResponseAPDU(data: now, status: whole.status).encoded
    }

    private static func conversations(of recording: Recording) -> [Conversation] {
        var state = ReplayedState()
        var conversations: [Conversation] = []
        var isChaining = false
        for (position, exchange) in recording.exchanges.enumerated() {
            if recording.events?.contains(where: { $0.position == position && $0.name == "reset" }) == true { state = ReplayedState() }
            let command = exchange.command.bytes
            if isChaining || (command.count > 1 && command[1] == 0xC0), !conversations.isEmpty {
                conversations[conversations.count - 1].exchanges.append(exchange)
            } else {
                conversations.append(Conversation(state: state, exchanges: [exchange]))
            }
            isChaining = command.first.map { $0 & 0x10 != 0 } ?? false
            state.update(command, exchange.response.bytes)
        }
        return conversations
    }
}
