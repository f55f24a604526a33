internal import ISO7816
internal import Secrets
internal import Synchronization

// A command on its way through an emulated reader, with whatever goes wrong on purpose.
extension VirtualReaders {
    /// Runs one command of a session, as a reader hands it over: over T=0 data or Le, not both.
    ///
    /// - Throws: ``CardError/Code/removed`` when the session's card is not in the reader any more;
    ///   ``CardError/Code/unresponsive`` when it has no power; otherwise what a ``Fault`` brings.
    func transmit(_ command: [UInt8], session: Int, reader: String) async throws(CardError) -> [UInt8] {
        let faulted = try strike(command, session: session, reader: reader)
        if let pause = faulted.pauseBefore {
            let observer = state.withLock { state in (try? state.place(of: session, reader)).flatMap { state.readers[$0.index].observer } }
            do throws(CardError) { try await wait(pause, session: session, reader: reader) } catch {
                observer?(faulted.unrun)
                throw error
            }
        }
        let answer = try run(faulted, session: session, reader: reader)
        if let pause = faulted.pauseAfter { try await wait(pause, session: session, reader: reader) }
        return answer
    }

    private func strike(_ command: [UInt8], session: Int, reader: String) throws(CardError) -> FaultedCommand {
        try state.withLock { state throws(CardError) in
            let (index, card) = try state.place(of: session, reader)
            guard !state.readers[index].isStuck else { throw CardError(.readerStuck, reader) }
            do {
                return state.readers[index].faults.strike(try card.rules.isT0 ? CommandAPDU.overT0(command) : command)
            } catch {
                throw CardError(.notSupported, reader, detail: "T=0 has no such command")
            }
        }
    }

    /// Runs the command on the card, without the lock over all readers: making a key, or writing a state file, takes its time.
    private func run(_ faulted: FaultedCommand, session: Int, reader: String) throws(CardError) -> [UInt8] {
        let (card, observer) = try state.withLock { state throws(CardError) in
            let (index, card) = try state.place(of: session, reader)
            return (card, state.readers[index].observer)
        }
        guard card.isPowered else { throw CardError(.unresponsive, reader, detail: "the card has no power") }
        let (ending, record) = faulted.run(on: card)
        // Behind what comes of it: who is told of a pull finds the card out.
        defer { observer?(record) }
        return try state.withLock { state throws(CardError) in
            // Pulled meanwhile, its answer has nobody to go to.
            let index = try state.place(of: session, reader).index
            switch ending {
            case .answer(let bytes): return bytes
            case .nothing: return []
            case .unpowered(let fault): throw CardError(.unresponsive, reader, detail: "\(fault)")
            case .foreignReset(let fault): throw CardError(.reset, reader, detail: "\(fault)")
            case .pulled(let fault):
                _ = state.pull(index)
                throw CardError(.removed, reader, detail: "\(fault)")
            }
        }
    }

    /// Lets time pass while a card says nothing.
    ///
    /// - Throws: ``CardError/Code/removed`` when it is pulled meanwhile; ``CardError/Code/readerStuck`` after the deadline.
    private func wait(_ pause: FaultPause, session: Int, reader: String) async throws(CardError) {
        let wait = Handover<Void, Interruption>()
        try state.withLock { state throws(CardError) in state.readers[try state.place(of: session, reader).index].wait = wait }
        var isTooLong = true
        var limit = deadline
        if case .milliseconds(let count) = pause {
            isTooLong = Duration.milliseconds(count) >= deadline
            limit = min(limit, .milliseconds(count))
        }
        do throws(Interruption) {
            try await Self.take(wait, within: limit, on: clock)
        } catch {
            switch error {
            case .pulled: throw CardError(.removed, reader, detail: "while it said nothing")
            case .cancelled: throw CardError(.cancelled, reader)
            case .late: break
            }
        }
        guard isTooLong else { return }
        state.withLock { state in
            guard let (index, _) = try? state.place(of: session, reader) else { return }
            state.readers[index].isStuck = true
        }
        throw CardError(.readerStuck, reader, detail: "it has not answered within \(deadline)")
    }

    private static func take<C: Clock>(
        _ wait: Handover<Void, Interruption>, within limit: Duration, on clock: C
    ) async throws(Interruption) where C.Duration == Duration {
        try await wait.take(within: limit, on: clock, late: .late, onCancel: .cancelled)
    }
}
