/// How long each kind of PC/SC call may take before nobody waits for it any more.
///
/// The C library has no limits of its own: most of its calls can block for ever behind a card or another program.
public struct PCSCDeadlines: Sendable {
    /// For reaching the service and powering the card (`SCardEstablishContext`, `SCardConnect`).
    public var connect: Duration
    /// How much longer an opener waits when another program holds the card (`SCardBeginTransaction`).
    ///
    /// The service keeps `SCardConnect` waiting behind a transaction, too; that wait counts here.
    public var beginTransaction: Duration
    /// For one command and its answer; making an RSA key in a card is the slowest (`SCardTransmit`).
    public var transmit: Duration
    /// For listing readers, for asking what is in them and what they can do, and for letting a card go
    /// (`SCardGetStatusChange`, `SCardControl`).
    public var status: Duration
    /// How long a reader with keys waits for each PIN that it asks for: whole seconds, 1 to 255 (bTimerOut).
    public var pinEntry: Duration

    /// Deadlines that suit real cards: 5, 10, 30 and 2 seconds; and 30 for a person, which every pinpad known allows.
    public init(
        connect: Duration = .seconds(5), beginTransaction: Duration = .seconds(10), transmit: Duration = .seconds(30),
        status: Duration = .seconds(2), pinEntry: Duration = .seconds(30)
    ) {
        self.connect = connect
        self.beginTransaction = beginTransaction
        self.transmit = transmit
        self.status = status
        self.pinEntry = pinEntry
    }
}
