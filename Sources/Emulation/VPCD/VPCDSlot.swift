internal import ISO7816

/// A card in a slot of the real pcscd, through its reader driver vpcd: every PC/SC program of the machine sees it.
///
/// A plain thread serves the slot. When pcscd restarts, the card comes back by itself, after a back-off.
public final class VPCDSlot: Sendable {
    /// How the slot is.
    public enum Status: Hashable, Sendable {
        /// vpcd has the card.
        case connected
        /// vpcd is gone, for this reason; it is tried again.
        case reconnecting(VPCDError)
        /// The card was taken out, for good.
        case removed
    }

    private let thread: SlotThread<Status>
    private let faults: SlotFaults

    /// Inserts `card`: connects to vpcd, waits until it has seen the card (within 400 ms), and serves it from then on.
    ///
    /// - Parameters:
    ///   - host: where vpcd listens.
    ///   - port: the slot: 35963 is the first of Debian's configuration, 35964 the second.
    ///   - patience: what vpcd gets to take the connection, to say its first word, and to take bytes.
    ///   - faults: what goes wrong by itself; a card that is pulled so is out for good, one without power comes back.
    ///   - observer: is told on the slot's thread of each command as the card has seen it.
    /// - Throws: ``VPCDError``: nothing listens, another card is in this slot (``VPCDError/timedOut(_:)``), or the
    ///   card is elsewhere.
    public static func inserting(
        _ card: VirtualCard, host: String = "localhost", port: UInt16 = 35963, patience: Duration = .seconds(5),
        faults: FaultPlan = .none, observer: (@Sendable (CommandRecord) -> Void)? = nil
    ) async throws(VPCDError) -> VPCDSlot {
        let thread = try SlotThread<Status>(card, host: host, port: port, patience: patience, .connected)
        if let elsewhere = card.enter("vpcd \(thread.place)") { throw .cardElsewhere(elsewhere) }
        let slot = VPCDSlot(thread, SlotFaults(faults, observer: observer))
        slot.faults.arm(card)
        try await thread.start(late: .timedOut(thread.place)) { connection throws(VPCDError) in
            try slot.serve(&connection)
        }
        return slot
    }

    private init(_ thread: SlotThread<Status>, _ faults: SlotFaults) {
        self.thread = thread
        self.faults = faults
    }

    /// How the slot is now.
    public var status: Status { thread.status }

    /// Takes the card out and waits until its thread is done: then it may go into another slot.
    ///
    /// vpcd notices within 400 ms; until then another card in its place passes for the same one. Calling it twice does
    /// nothing more.
    public func remove() async { await thread.stop() }

    // MARK: On the thread

    /// Answers vpcd until the connection or the slot ends.
    private func serve(_ connection: inout SlotConnection<VPCDError>) throws(VPCDError) -> Never {
        // A slot with another card takes the connection and says nothing.
        var bytes = try connection.receive(isDue: true)
        guard VPCDProtocol.isGreeting(bytes) else { throw .notVPCD(thread.place) }
        try thread.arrive(.connected)
        var wire = VPCDProtocol()
        while true {
            let requests = wire.receive(bytes)
            for (index, request) in requests.enumerated() {
                guard let answer = try answer(request, on: connection, isLast: index == requests.count - 1) else { continue }
                try connection.send(try VPCDProtocol.frame(answer))
            }
            bytes = try connection.receive()
        }
    }

    /// What goes back, if anything does: a command that vpcd waits for no more, since it asks for something else, has no answer.
    private func answer(
        _ request: VPCDProtocol.Request, on connection: borrowing SlotConnection<VPCDError>, isLast: Bool
    ) throws(VPCDError) -> [UInt8]? {
        let card = thread.card
        switch request {
        case .powerOff: card.powerOff()
        case .powerOn: card.powerOn()
        case .reset: card.reset()
        case .atr: return card.atr.bytes
        case .apdu(let command):
            // vpcd looks for a card every 400 ms. One that replaced another meanwhile was never told to take power.
            if !card.isPowered { card.powerOn() }
            return try faults.answer(to: command, of: card, on: connection, isLast: isLast)
        }
        return nil
    }
}

extension VPCDSlot.Status: SlotStatus {
    var hasArrived: Bool { self == .connected }
}
