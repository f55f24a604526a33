import CPCSC
import ISO7816
import Secrets

/// A card held against other programs, from `SCardBeginTransaction` to `SCardEndTransaction`.
///
/// It owns its card, lives on one blocking thread and ends with its scope: transaction, connection and context are
/// given back in this order, whichever way the scope is left. Nobody transmits without one.
struct CardTransaction: ~Copyable {
    private var card: ConnectedCard
    private var disposition: CardDisposition
    private var buffer: [UInt8]

    private init(card: consuming ConnectedCard) {
        self.card = card
        // Until the first command there is nothing of ours on the card.
        disposition = .leave
        buffer = [UInt8](repeating: 0, count: Int(CPCSC_RECEIVE_CAPACITY))
    }

    /// Waits for the card to be ours alone.
    static func begin(_ card: consuming ConnectedCard, while wanted: () -> Bool) throws(PCSCError) -> CardTransaction {
        try card.beginTransaction(while: wanted)
        return CardTransaction(card: card)
    }

    var atr: ATR { card.atr }

    /// One command and its answer.
    ///
    /// When another program has reset the card, the service refuses the command before the card sees it. The connection
    /// is then renewed, so that the caller can select anew and go on; what it had selected, and its login, are lost, and
    /// it has to hear so: nothing is sent again from here.
    ///
    /// - Throws: ``PCSCError``, `SCARD_W_RESET_CARD` too.
    mutating func transmit(_ command: borrowing CommandFrame) throws(PCSCError) -> [UInt8] {
        do {
            return try exchange(command)
        } catch  where error.code == .resetCard {
            // Where that fails, the next command says why.
            try? card.reconnect()
            throw error
        }
    }

    private mutating func exchange(_ command: borrowing CommandFrame) throws(PCSCError) -> [UInt8] {
        // Who forgets to say how it ends leaves no login behind.
        disposition = .reset
        switch command {
        case .plain(let bytes):
            var frame = bytes
            if card.speaksT0 {
                // What T=0 cannot say is refused here: drivers would cut it, or send what the card takes for something else.
                do { frame = try CommandAPDU.overT0(bytes) } catch { throw PCSCError(.protocolMismatch, in: "SCardTransmit") }
            }
            return try unsafe card.transmit(frame.span.bytes, into: &buffer)
        // Data and no Le (case 3): the same over every protocol.
        case .secret(let bytes): return try bytes.withBytes { (span) throws(PCSCError) in try card.transmit(span, into: &buffer) }
        }
    }

    /// Talks to the reader, which may send a PIN to the card by itself.
    mutating func withReader<Value>(_ body: (any ReaderControl) throws(PCSCError) -> Value) throws(PCSCError) -> Value {
        disposition = .reset
        do { return try body(card.link) } catch { throw card.explained(error) }
    }

    /// Lets the card go in this way.
    consuming func end(_ disposition: CardDisposition) {
        self.disposition = disposition
    }

    deinit { card.endTransaction(disposition) }
}
