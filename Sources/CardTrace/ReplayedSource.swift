public import ISO7816
import Synchronization

/// Cards that answer as a trace says: a conversation that somebody sent in, played again.
///
/// Each session plays the next one that was recorded with its reader, and the last one again after that. Within a session a
/// command is answered by its next recording from where the conversation stands, else by its first. A command that carries a
/// PIN is matched by its header: the PIN was never recorded. What was never asked is not made up.
public struct ReplayedSource: CardSource {
    private struct Conversation: Sendable {
        let reader: String
        let atr: ATR
        var exchanges: [TracedExchange] = []
    }

    private let conversations: [Conversation]
    private let opened: Opened

    private final class Opened: Sendable {
        let counts = Mutex<[String: Int]>([:])
    }

    /// Plays the conversations of `events`.
    ///
    /// - Throws: ``TraceError`` when an exchange stands before the first card.
    public init(_ events: [TraceEvent]) throws(TraceError) {
        var conversations: [Conversation] = []
        for (index, event) in events.enumerated() {
            switch event {
            case .opened(let reader, let atr): conversations.append(Conversation(reader: reader, atr: atr))
            case .exchange(let exchange):
                guard !conversations.isEmpty else { throw TraceError(line: index + 1, "tells an exchange before any card was opened") }
                conversations[conversations.count - 1].exchanges.append(exchange)
            case .ended: continue
            }
        }
        self.conversations = conversations
        opened = Opened()
    }

    /// Every reader of the trace, with the card that was in it first.
    public func slots() -> [CardSlot] {
        var slots: [CardSlot] = []
        for conversation in conversations where !slots.contains(where: { $0.reader == conversation.reader }) {
            slots.append(CardSlot(reader: conversation.reader, content: .card(conversation.atr, exclusive: false)))
        }
        return slots
    }

    /// Nothing comes or goes in a trace.
    public func changes() -> AsyncStream<[CardSlot]> {
        AsyncStream { continuation in
            continuation.yield(slots())
            continuation.finish()
        }
    }

    /// The next conversation with `reader`.
    ///
    /// - Throws: ``CardError/Code/readerMissing`` when the trace has none.
    public func open(_ reader: String) throws(CardError) -> any CardSession {
        let recorded = conversations.filter { $0.reader == reader }
        guard let last = recorded.last else { throw CardError(.readerMissing, reader, detail: "the trace has no such reader") }
        let number = opened.counts.withLock { counts in
            defer { counts[reader, default: 0] += 1 }
            return counts[reader] ?? 0
        }
        let conversation = number < recorded.count ? recorded[number] : last
        return ReplayedSession(atr: conversation.atr, exchanges: conversation.exchanges)
    }
}

/// One conversation, played.
private final class ReplayedSession: CardSession {
    let atr: ATR
    private let exchanges: [TracedExchange]
    private let position = Mutex(0)

    init(atr: ATR, exchanges: [TracedExchange]) {
        self.atr = atr
        self.exchanges = exchanges
    }

    /// Extended commands are in the trace or they are not: they pass where one was recorded.
    var passesExtendedLength: Bool { exchanges.contains { CommandAPDU.form(of: $0.command.bytes) == .extended } }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] { try answer(to: TracedCommand(command)) }

    func transmit(_ command: consuming SensitiveCommand) throws(CardError) -> [UInt8] {
        try answer(to: TracedCommand(withholding: command.header))
    }

    func end(_ disposition: CardDisposition) {}

    private func answer(to command: TracedCommand) throws(CardError) -> [UInt8] {
        let found = position.withLock { position -> TracedExchange? in
            let next = exchanges.indices.dropFirst(position).first { exchanges[$0].command == command }
            guard let index = next ?? exchanges.firstIndex(where: { $0.command == command }) else { return nil }
            position = index + 1
            return exchanges[index]
        }
        switch found?.outcome {
        case .answered(let bytes): return bytes
        case .failed(let sentence): throw CardError(.removed, "the recorded card", detail: sentence)
        case nil: throw CardError(.notSupported, "command \(command.bytes.prefix(5).hexadecimal)", detail: "the trace does not have it")
        }
    }
}
