import ISO7816
import Secrets

/// Waits for anything to happen to one card or to the list of readers, on a thread and a connection of its own.
///
/// pcscd counts from nought again when a reader leaves and comes back under the same name, as a stick does: a look now
/// and then does not tell a second stick of the same make. Only whoever waits all the while is woken. What has once been
/// in doubt stays so: another reader that comes or goes is doubt enough.
///
/// pcsc-lite 1.9 does not count how often readers came and went, as newer ones do. There, a stick that was replaced before
/// the woken thread could ask would go unnoticed: milliseconds, where the hotplug of a reader takes far longer.
final class ReaderWatch: Sendable {
    /// The card and the list of readers as they were seen at one time.
    struct Sight: Equatable, Sendable {
        private var reader: ReaderState
        private var list: ReaderState
        /// Listed each time: readers that come or go between two waits are never told by pcsc-lite 1.9.
        private var names: [String] = []

        /// Looks at `reader` now.
        init(of name: String, through context: borrowing PCSCContext) throws(PCSCError) {
            (reader, list) = (ReaderState(name: name), ReaderState(name: ReaderState.plugAndPlay))
            _ = try refresh(through: context, within: .zero)
        }

        /// Brings both up to date, as ``PCSCContext/refresh(_:within:)`` does.
        fileprivate mutating func refresh(through context: borrowing PCSCContext, within limit: Duration) throws(PCSCError) -> Bool {
            var states = [reader, list]
            let differs = try context.refresh(&states, within: limit)
            if let first = states.first, let last = states.last { (reader, list) = (first, last) }
            let before = names
            names = try context.readers()
            return differs || names != before
        }

        /// Whether `now` shows the same card, which has been there ever since.
        func isSame(as now: Sight) -> Bool {
            let (card, before) = (now.reader, reader)
            let isSameCard = card.isKnown && card.content != .empty && card.eventCount == before.eventCount && card.atr == before.atr
            return isSameCard && !now.list.isChanged && now.list.eventCount == list.eventCount && now.names == names
        }
    }

    /// The thread's life; nothing is ever posted.
    private let life: JobQueue<Never>
    private let reader: String
    private let stuck: StuckReaders

    private init(reader: String, stuck: StuckReaders) {
        self.reader = reader
        self.stuck = stuck
        life = JobQueue(ended: CardError(.removed, reader))
    }

    /// Begins to watch `reader`; `nil` when nobody says in time what is in it.
    ///
    /// - Parameter onEnd: runs on the thread when it is in doubt, or not wanted any more.
    static func begin(
        at reader: String, within limit: Duration, stuck: StuckReaders, onEnd: @escaping @Sendable () -> Void
    ) async -> (watch: ReaderWatch, first: Sight)? {
        let watch = ReaderWatch(reader: reader, stuck: stuck)
        let first = Handover<Sight?, Abandonment>()
        let started: Void? = try? BlockingThread.start { [life = watch.life] in
            try? run(at: reader, while: life, telling: first)
            _ = life.finish()
            _ = first.put(nil)
            onEnd()
        }
        guard started != nil else { return nil }
        do {
            guard let sight = try await first.take(within: limit, on: ContinuousClock(), late: .silent, onCancel: .cancelled) else {
                return nil
            }
            return (watch, sight)
        } catch {
            watch.giveUp()
            return nil
        }
    }

    /// Whether nothing has happened so far.
    var isUndisturbed: Bool { life.isWanted }

    /// Lets the thread end within a slice.
    func stop() { _ = life.abandon(CardError(.cancelled, reader), onAbandon: {}, onReturn: {}) }

    /// Ends the watch because the service is silent: the thread counts as stuck until its call returns.
    func giveUp() {
        let reason = CardError(.readerStuck, reader, detail: "SCardGetStatusChange has not returned")
        _ = life.abandon(
            reason, onAbandon: { stuck.abandon(reader, .silence) }, onReturn: { [stuck, reader] in stuck.returned(reader, .silence) })
    }

    /// Waits in slices, as ``ReaderMonitor`` does, until something is not as it was.
    private static func run(
        at reader: String, while life: JobQueue<Never>, telling first: Handover<Sight?, Abandonment>
    ) throws(PCSCError) {
        let context = try PCSCContext.establish()
        let sight = try Sight(of: reader, through: context)
        guard sight.isSame(as: sight), first.put(sight) == nil else { return }
        var last = sight
        while life.isWanted {
            var now = last
            guard try now.refresh(through: context, within: ReaderMonitor.slice) else { continue }
            // Another program's connection to the card is no doubt; a service that wakes us for nothing is.
            guard sight.isSame(as: now), now != last else { return }
            last = now
        }
    }

    deinit { stop() }
}
