public import ISO7816
internal import Synchronization

/// Emulated readers in this process, offered as a machine offers real ones.
///
/// Readers are attached and detached, cards inserted and pulled, by whoever runs the emulation; ``slots()``,
/// ``changes()`` and ``open(_:)`` are what programs see. A session has its card for itself: nobody waits, a second
/// program is told at once. A card is only waited for when a ``FaultPlan`` says so.
public final class VirtualReaders: CardSource {
    let state = Mutex(State())
    let deadline: Duration
    let clock: any Clock<Duration>

    /// No reader is attached yet.
    ///
    /// - Parameters:
    ///   - deadline: how long a command waits for a card that is slow or stuck on purpose.
    ///   - clock: what measures that.
    public init(deadline: Duration = .seconds(30), clock: any Clock<Duration> = ContinuousClock()) {
        self.deadline = deadline
        self.clock = clock
    }

    deinit {
        state.withLock {
            for index in $0.readers.indices { _ = $0.readers[index].pull() }
            for watcher in $0.watchers.values { watcher.finish() }
        }
    }

    // MARK: What the emulation does

    /// Attaches an empty reader.
    ///
    /// - Throws: ``VirtualReaderError/readerExists(_:)``.
    public func attach(_ reader: String) throws(VirtualReaderError) {
        try state.withLock { state throws(VirtualReaderError) in
            guard state.index(reader) == nil else { throw .readerExists(reader) }
            state.readers.append(Reader(name: reader))
            state.tell()
        }
    }

    /// Plugs in a signing stick, which is reader and card in one: both arrive in one change, and leave so.
    ///
    /// - Parameters:
    ///   - faults: what goes wrong by itself.
    ///   - observer: as with ``insert(_:in:faults:observer:)``.
    /// - Throws: ``VirtualReaderError``: there is a reader of this name, or the card is elsewhere.
    public func plug(
        _ card: VirtualCard, as reader: String, faults: FaultPlan = .none, observer: (@Sendable (CommandRecord) -> Void)? = nil
    ) throws(VirtualReaderError) {
        try state.withLock { state throws(VirtualReaderError) in
            guard state.index(reader) == nil else { throw .readerExists(reader) }
            if let elsewhere = card.enter(reader) { throw .cardElsewhere(elsewhere) }
            state.readers.append(Reader(name: reader, isStick: true))
            state.put(card, at: state.readers.count - 1, faults, observer: observer)
        }
    }

    /// Takes a reader away, with the card that is in it; nothing happens when there is no such reader.
    public func detach(_ reader: String) {
        state.withLock {
            guard let index = $0.index(reader) else { return }
            _ = $0.readers[index].pull()
            $0.readers.remove(at: index)
            $0.tell()
        }
    }

    /// Puts a card into a reader.
    ///
    /// - Parameters:
    ///   - faults: what goes wrong by itself.
    ///   - observer: is told of each command as the card has seen it, until the card is pulled; it must not call these readers.
    /// - Throws: ``VirtualReaderError``: no such reader, not empty, or the card is elsewhere.
    public func insert(
        _ card: VirtualCard, in reader: String, faults: FaultPlan = .none, observer: (@Sendable (CommandRecord) -> Void)? = nil
    ) throws(VirtualReaderError) {
        try state.withLock { state throws(VirtualReaderError) in
            guard let index = state.index(reader) else { throw .readerMissing(reader) }
            guard state.readers[index].card == nil else { throw .slotOccupied(reader) }
            if let elsewhere = card.enter(reader) { throw .cardElsewhere(elsewhere) }
            state.put(card, at: index, faults, observer: observer)
        }
    }

    /// Pulls the card out of a reader, or a stick out of the machine, whatever it is doing.
    ///
    /// - Returns: the card; `nil` when there was none.
    @discardableResult
    public func pull(from reader: String) -> VirtualCard? {
        state.withLock {
            guard let index = $0.index(reader) else { return nil }
            return $0.pull(index)
        }
    }

    /// Lets something else go wrong with the card in a reader, from now until it is pulled; commands are counted anew.
    ///
    /// - Throws: ``VirtualReaderError``: no such reader, or nothing in it.
    public func plan(_ faults: FaultPlan, in reader: String) throws(VirtualReaderError) {
        try state.withLock { state throws(VirtualReaderError) in
            guard let index = state.index(reader) else { throw .readerMissing(reader) }
            guard let card = state.readers[index].card else { throw .slotEmpty(reader) }
            state.readers[index].faults = FaultInjector(faults)
            state.readers[index].faults.arm(card)
        }
    }

    // MARK: What programs see

    /// All readers in the order in which they were attached.
    public func slots() -> [CardSlot] { state.withLock { $0.readers.map(\.slot) } }

    /// The state now, then one element for each reader or card that comes or goes.
    public func changes() -> AsyncStream<[CardSlot]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [CardSlot].self)
        let number = state.withLock {
            let number = $0.number()
            $0.watchers[number] = continuation
            continuation.yield($0.readers.map(\.slot))
            return number
        }
        // Beside whoever ends it: a task that is cancelled holds a lock of its own, which telling waits for under ours.
        continuation.onTermination = { [weak self] _ in
            Task { self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) } }
        }
        return stream
    }

    /// Powers the card unless the last program left it powered, and holds it.
    ///
    /// - Throws: ``CardError``: no reader, no card, held by another program.
    public func open(_ reader: String) throws(CardError) -> any CardSession {
        try state.withLock { state throws(CardError) in
            guard let index = state.index(reader) else { throw CardError(.readerMissing, reader) }
            guard let card = state.readers[index].card else { throw CardError(.cardMissing, reader) }
            guard state.readers[index].session == nil else { throw CardError(.heldByAnotherProgram, reader) }
            guard !state.readers[index].isStuck else { throw CardError(.readerStuck, reader) }
            if !card.isPowered { card.powerOn() }
            state.readers[index].faults.beginSession()
            let number = state.number()
            state.readers[index].session = number
            return VirtualSession(number, card: card, reader: reader, source: self)
        }
    }

    /// Watches over the card that is in `reader` now; `nil` when there is none.
    public func witness(of reader: String) async -> (any CardWitness)? {
        insertion(in: reader).map { VirtualWitness(insertion: $0, reader: reader, source: self) }
    }

    /// The number of the insertion that brought the card in `reader`; `nil` without a card.
    func insertion(in reader: String) -> Int? {
        state.withLock { state in
            guard let index = state.index(reader), state.readers[index].card != nil else { return nil }
            return state.readers[index].insertion
        }
    }

    /// Lets a session's card go; nothing happens when it does not hold one any more.
    func release(session: Int, _ disposition: CardDisposition) {
        state.withLock {
            guard let index = $0.readers.firstIndex(where: { $0.session == session }) else { return }
            $0.readers[index].session = nil
            guard disposition == .reset else { return }
            $0.readers[index].card?.reset()
            $0.readers[index].isStuck = false
        }
    }
}
