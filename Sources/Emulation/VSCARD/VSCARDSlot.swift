internal import ISO7816

/// A card in a reader of QEMU, so that the guest's own USB driver meets it: `ccid-card-passthru`, and its chardev as server.
///
/// The slot is the client of that chardev. The reader may be plugged in before or afterwards, and again. The wire is that
/// of ``VSCARDProtocol``: the guest speaks T=0 to the card, and since QEMU tells nothing of power, a login lasts until the
/// reader is plugged in anew. When QEMU ends, the slot tries to reconnect until it is removed.
public final class VSCARDSlot: Sendable {
    /// How the slot is.
    public enum Status: Hashable, Sendable {
        /// Connected; no reader has asked for a card yet.
        case waiting
        /// A reader has the card, or had it: QEMU does not tell when one is unplugged.
        case inserted
        /// The card is at a slow command.
        case busy
        /// The connection is gone, for this reason; it is tried again.
        case reconnecting(VSCARDError)
        /// The card was taken out, for good.
        case removed
    }

    private let thread: SlotThread<Status>
    private let slow: SlowCommand?
    private let faults: SlotFaults

    /// Connects to QEMU and serves `card` from then on.
    ///
    /// - Parameters:
    ///   - host: where QEMU's chardev listens.
    ///   - port: its port.
    ///   - patience: what QEMU gets to take the connection, and bytes.
    ///   - slow: commands that take their time; `nil` when none does.
    ///   - faults: what goes wrong by itself; a card that is pulled so is out for good, one without power comes back.
    /// - Throws: ``VSCARDError``: nothing listens, or the card is elsewhere.
    public static func inserting(
        _ card: VirtualCard, host: String = "localhost", port: UInt16, patience: Duration = .seconds(5), slow: SlowCommand? = nil,
        faults: FaultPlan = .none
    ) async throws(VSCARDError) -> VSCARDSlot {
        let thread = try SlotThread<Status>(card, host: host, port: port, patience: patience, .waiting)
        if let elsewhere = card.enter("QEMU \(thread.place)") { throw .cardElsewhere(elsewhere) }
        let slot = VSCARDSlot(thread, slow, SlotFaults(faults, observer: nil))
        slot.faults.arm(card)
        try await thread.start(late: .connection(.timedOut(thread.place))) { connection throws(VSCARDError) in
            try slot.serve(&connection)
        }
        return slot
    }

    private init(_ thread: SlotThread<Status>, _ slow: SlowCommand?, _ faults: SlotFaults) {
        self.faults = faults
        self.thread = thread
        self.slow = slow
    }

    /// How the slot is now.
    public var status: Status { thread.status }

    /// Takes the card out and waits until its thread is done: then it may go elsewhere.
    ///
    /// Calling it twice does nothing more.
    public func remove() async { await thread.stop() }

    // MARK: On the thread

    /// Answers QEMU until the connection or the slot ends.
    private func serve(_ connection: inout SlotConnection<VSCARDError>) throws(VSCARDError) -> Never {
        try thread.arrive(.waiting)
        try connection.send(VSCARDProtocol.greeting)
        var wire = VSCARDProtocol()
        while true {
            let bytes = try connection.receive()
            let actions = try wire.receive(bytes, from: thread.place)
            for (index, action) in actions.enumerated() {
                guard let bytes = try answer(action, on: connection, isLast: index == actions.count - 1) else { continue }
                try connection.send(bytes)
            }
        }
    }

    /// What goes back, if anything does: a command that the guest waits for no more has no answer.
    private func answer(
        _ action: VSCARDProtocol.Action, on connection: borrowing SlotConnection<VSCARDError>, isLast: Bool
    ) throws(VSCARDError) -> [UInt8]? {
        switch action {
        case .send(let bytes):
            return bytes
        case .insert:
            thread.card.powerOn()
            thread.tell(.inserted)
            return VSCARDProtocol.insertion(thread.card.atr.bytes)
        case .run(let command):
            guard let answer = try faults.answer(to: command, of: thread.card, on: connection, isLast: isLast) else { return nil }
            let pause = slow?.milliseconds(for: command) ?? 0
            if pause > 0 {
                thread.tell(.busy)
                let isAwaited = isLast ? try connection.pause(milliseconds: pause) : false
                thread.tell(.inserted)
                guard isAwaited else { return nil }
            }
            return VSCARDProtocol.answer(answer)
        }
    }
}

extension VSCARDSlot.Status: SlotStatus {
    var hasArrived: Bool { self == .inserted || self == .busy }
}
