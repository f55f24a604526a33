/// Where cards come from: the readers of a machine, or emulated ones.
public protocol CardSource: Sendable {
    /// All readers, with or without a card, in the order of the system.
    ///
    /// - Throws: ``CardError``, e.g. when the PC/SC daemon is absent.
    func slots() async throws(CardError) -> [CardSlot]

    /// Changes of ``slots()``: the current state first, then one element each time something came or went.
    ///
    /// The sequence ends when its consumer stops or is cancelled; a service that is absent for a while is an empty
    /// state, and it goes on when the service is back.
    func changes() -> AsyncStream<[CardSlot]>

    /// Powers the card in `reader`, holds it against other programs, and opens a channel to it.
    ///
    /// - Throws: ``CardError``: no reader, no card, held by another program, stuck, denied.
    func open(_ reader: String) async throws(CardError) -> any CardSession

    /// Begins to watch over the card that is in `reader` now; `nil` where nobody can.
    ///
    /// To be called while a session holds the card, so that no card can take its place before the watch begins.
    func witness(of reader: String) async -> (any CardWitness)?
}

extension CardSource {
    /// Nobody watches: everything is read anew each time.
    public func witness(of reader: String) async -> (any CardWitness)? { nil }
}

/// A channel with an end: one program's time with one card.
public protocol CardSession: CardChannel {
    /// Lets the card go. Calling it twice does nothing more.
    func end(_ disposition: CardDisposition) async
}

/// What becomes of a card when a program lets it go.
public enum CardDisposition: Sendable {
    /// As it is, for the next program: after reading. PC/SC calls it `SCARD_LEAVE_CARD`.
    case leave
    /// Reset, so that a login ends with the one who made it: after a PIN. PC/SC calls it `SCARD_RESET_CARD`.
    case reset
}

/// A reader and what is in it.
public struct CardSlot: Hashable, Sendable {
    /// What a slot can hold.
    public enum Content: Hashable, Sendable {
        /// Nothing.
        case empty
        /// A card with this Answer-to-Reset, and whether another program has it for itself.
        case card(ATR, exclusive: Bool)
        /// A card that does not answer, or not as the standard says.
        case mute
    }

    /// The name that the system gives: it may change when the reader is plugged in again.
    public let reader: String
    /// What is in it.
    public let content: Content

    /// A reader's state at one moment.
    public init(reader: String, content: Content) {
        self.reader = reader
        self.content = content
    }
}

extension CardSource {
    /// Opens the card in `reader`, runs `body`, and ends the session whatever happens.
    ///
    /// - Throws: ``CardError`` of opening or of `body`.
    public func withCard<R: Sendable>(
        in reader: String, ending disposition: CardDisposition, _ body: (any CardChannel) async throws(CardError) -> R
    ) async throws(CardError) -> R {
        let session = try await open(reader)
        do throws(CardError) {
            let result = try await body(session)
            await session.end(disposition)
            return result
        } catch {
            await session.end(disposition)
            throw error
        }
    }
}
