/// The lower joint: bytes to a card, bytes back.
///
/// `PCSC` offers it for a real reader, `VirtualReader` for an emulated card, a replayed recording for tests; nothing
/// above knows which answered. One channel is one login at most; who opened it ends it.
///
/// All commands go over the basic logical channel: none is ever opened, so that none is left open (ISO/IEC 7816-4, 5.4.1).
public protocol CardChannel: Sendable {
    /// What the card said of itself when it was powered on.
    var atr: ATR { get }

    /// Whether the way to the card lets commands with Lc and Le of two bytes pass: not over T=0, nor through every reader.
    ///
    /// The card has to allow them, too. The first one to ask may wait for the reader, never for the card.
    var passesExtendedLength: Bool { get async }

    /// The reader's own keys for entering a PIN; `nil` where it has none.
    ///
    /// The first one to ask may wait for the reader, never for the card.
    var pinpad: (any Pinpad)? { get async }

    /// What was read of cards before; `nil` where everything is to be read anew.
    var objectCache: (any ObjectCache)? { get }

    /// Sends one command as it stands and returns the whole answer, status word included.
    ///
    /// Every implementation has a deadline; a card that is silent is an error, not a wait.
    ///
    /// - Throws: ``CardError``; after ``CardError/Code/removed`` nobody can say whether the command ran.
    func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8]

    /// Sends a command that carries a PIN, once. It is wiped afterwards, whatever happens.
    ///
    /// - Throws: ``CardError``; after a lost answer a try may have been spent.
    func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8]
}

extension CardChannel {
    /// Short commands pass everywhere; only a channel that knows better says so.
    public var passesExtendedLength: Bool { false }

    /// Most readers have no keys.
    public var pinpad: (any Pinpad)? { nil }

    /// Nothing is remembered unless somebody says so.
    public var objectCache: (any ObjectCache)? { nil }

    /// Sends `command` and collects its whole answer through chaining and GET RESPONSE, as ``Exchange`` says.
    ///
    /// After a recall the card still has the rest of the answer to give. That is left where it is: GET RESPONSE is only sent
    /// right behind a `61xx` of the same exchange, and a card makes the answer to a new command anew (ISO/IEC 7816-4, 5.1.3;
    /// PivApplet, whose remainder outlives a VERIFY, drops it before every answer of its own). A card that gave the old rest all
    /// the same would be found out: it is no signature.
    ///
    /// - Parameters:
    ///   - form: what ``LengthLimits`` say; where the channel does not pass extended length, the command goes short.
    ///   - mayRepeat: `false` for a command that must run once at most, a signature.
    ///   - recalls: whether the rest of the answer may come from ``objectCache`` once the card has given its beginning.
    ///   - budget: how long the whole exchange may take, one command more or less.
    /// - Throws: ``CardError``; a status word other than success is not an error here.
    public func send(
        _ command: CommandAPDU, form: CommandAPDU.Form = .short, mayRepeat: Bool = true, recalls: Bool = false,
        within budget: TimeBudget = TimeBudget(.seconds(60))
    ) async throws(CardError) -> ResponseAPDU {
        let subject = "command \(command.header.hexadecimal)"
        do {
            // Nobody asks the reader for what is not wanted.
            let passes = form == .extended ? await passesExtendedLength : false
            var exchange = try Exchange(command, form: passes ? .extended : .short, mayRepeat: mayRepeat)
            while true {
                switch try exchange.next() {
                case .done(let response): return response
                case .transmit(let bytes):
                    try budget.check(subject)
                    try exchange.receive(try await transmit(bytes))
                    if recalls, let whole = recalled(exchange.beginning) { return ResponseAPDU(data: whole, status: .success) }
                }
            }
        } catch let error as CardError {
            throw error
        } catch APDUError.tooLong {
            throw CardError(.notSupported, subject, detail: "\(command.data.count) bytes are too long for one command")
        } catch {
            throw CardError(.malformedAnswer, subject)
        }
    }

    /// The object that a card has begun to give; `nil` when it is not known, or too little of it.
    public func recalled(_ beginning: [UInt8]) -> [UInt8]? {
        beginning.count >= ObjectMark.length ? objectCache?.object(beginning: beginning) : nil
    }

    /// Sends a command that carries a PIN, once, and returns its status word.
    ///
    /// - Throws: ``CardError``.
    public func send(_ command: consuming SensitiveCommand) async throws(CardError) -> StatusWord {
        let subject = "command \(command.header.hexadecimal)"
        let answer = try await transmit(command)
        do { return try ResponseAPDU(parsing: answer).status } catch { throw CardError(.malformedAnswer, subject) }
    }
}
