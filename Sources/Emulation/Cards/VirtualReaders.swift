public import ISO7816
internal import Synchronization

/// Emulated readers in this process, offered as a machine offers real ones.
///
/// Readers are attached and detached, cards inserted and pulled, by whoever runs the emulation; ``slots()``,
/// ``changes()`` and ``open(_:)`` are what programs see. A session has its card for itself: nobody waits, a second
/// program is told at once.
public final class VirtualReaders: CardSource {
    private struct Reader {
        let name: String
        var card: VirtualCard?
        /// The number of the insertion that brought the card; no two have the same.
        var insertion = 0
        var faults = FaultPlan.none
        var transmitted = 0
        /// The number of the session that holds the card.
        var session: Int?

        var slot: CardSlot {
            CardSlot(reader: name, content: card.map { .card($0.atr, exclusive: session != nil) } ?? .empty)
        }

        /// Takes the card out; a session that held it holds nothing any more.
        mutating func pull() -> VirtualCard? {
            let pulled = card
            pulled?.leave()
            card = nil
            session = nil
            return pulled
        }
    }

    private struct State {
        var readers: [Reader] = []
        var watchers: [Int: AsyncStream<[CardSlot]>.Continuation] = [:]
        var lastNumber = 0

        mutating func number() -> Int {
            lastNumber += 1
            return lastNumber
        }

        func index(_ name: String) -> Int? { readers.firstIndex { $0.name == name } }

        func tell() { for watcher in watchers.values { watcher.yield(readers.map(\.slot)) } }
    }

    private let state = Mutex(State())

    /// No reader is attached yet.
    public init() {}

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
    /// - Parameter faults: when it comes out by itself.
    /// - Throws: ``VirtualReaderError``: no such reader, not empty, or the card is elsewhere.
    public func insert(_ card: VirtualCard, in reader: String, faults: FaultPlan = .none) throws(VirtualReaderError) {
        try state.withLock { state throws(VirtualReaderError) in
            guard let index = state.index(reader) else { throw .readerMissing(reader) }
            guard state.readers[index].card == nil else { throw .slotOccupied(reader) }
            if let elsewhere = card.enter(reader) { throw .cardElsewhere(elsewhere) }
            state.readers[index].card = card
            state.readers[index].insertion = state.number()
            state.readers[index].faults = faults
            state.readers[index].transmitted = 0
            state.tell()
        }
    }

    /// Pulls the card out of a reader, whatever it is doing.
    ///
    /// - Returns: the card; `nil` when there was none.
    @discardableResult
    public func pull(from reader: String) -> VirtualCard? {
        state.withLock {
            guard let index = $0.index(reader), let card = $0.readers[index].pull() else { return nil }
            $0.tell()
            return card
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
        continuation.onTermination = { [weak self] _ in self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) } }
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
            if !card.isPowered { card.powerOn() }
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

    /// Runs one command of a session, as a reader hands it over: over T=0 data or Le, not both.
    ///
    /// - Throws: ``CardError/Code/removed`` when the session's card is not in the reader any more.
    func transmit(_ command: [UInt8], session: Int, reader: String) throws(CardError) -> [UInt8] {
        try state.withLock { state throws(CardError) in
            guard let index = state.readers.firstIndex(where: { $0.session == session }), let card = state.readers[index].card else {
                throw CardError(.removed, reader)
            }
            let frame: [UInt8]
            do { frame = try card.rules.isT0 ? CommandAPDU.overT0(command) : command } catch {
                throw CardError(.notSupported, reader, detail: "T=0 has no such command")
            }
            state.readers[index].transmitted += 1
            let number = state.readers[index].transmitted
            let faults = state.readers[index].faults
            let answer = faults == .pullBefore(number) ? nil : card.process(frame)
            guard let answer, faults != .pullAfter(number) else {
                _ = state.readers[index].pull()
                state.tell()
                throw CardError(.removed, reader, detail: "\(faults)")
            }
            return answer
        }
    }

    /// Lets a session's card go; nothing happens when it does not hold one any more.
    func release(session: Int, _ disposition: CardDisposition) {
        state.withLock {
            guard let index = $0.readers.firstIndex(where: { $0.session == session }) else { return }
            $0.readers[index].session = nil
            if disposition == .reset { $0.readers[index].card?.reset() }
        }
    }
}
