import Dispatch
import ISO7816
import Synchronization

/// Watches readers and cards come and go, on a blocking thread with a context of its own.
///
/// It waits in slices, because `SCardCancel` is lost when the wait has not begun yet: a stop is noticed within one. And
/// it lists the readers again in each, because the plug-and-play event is lost in the same way, a reader that arrives
/// between listing and waiting is never told by pcsc-lite 1.9, and where all 16 places are taken there is no room to ask
/// for it. The list is one message to the service and back, four times a second; changes of cards wake at once.
final class ReaderMonitor: Sendable {
    /// The longest that a stop, or a reader's arrival that the service has not told, goes unnoticed.
    static let slice = Duration.milliseconds(250)
    /// The pause before a reader whose driver is still starting is asked for again: the service answers at once.
    private static let settling = Duration.milliseconds(50)

    private struct State {
        var view = ReaderView()
        var isStopped = false
        /// When the thread was last seen outside a call that can hang.
        var lastSign = SuspendingClock.now
        /// What is new and was not told yet, in order.
        var untold: [ReaderNews] = []
        var isTelling = false

        /// The next news for whoever tells; `nil` ends their turn.
        mutating func next() -> ReaderNews? {
            isTelling = !untold.isEmpty
            return isTelling ? untold.removeFirst() : nil
        }
    }

    private let publish: @Sendable (ReaderNews) -> Void
    private let state = Mutex(State())
    private let stopping = DispatchSemaphore(value: 0)

    /// A monitor that has not started.
    ///
    /// - Parameter publish: told in order, by one thread at a time and under no lock: it may stop the monitor. It returns soon.
    init(publish: @escaping @Sendable (ReaderNews) -> Void) { self.publish = publish }

    /// Lets ``run()`` return within a slice.
    func stop() {
        state.withLock { $0.isStopped = true }
        stopping.signal()
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Whether the service has kept the thread waiting for longer than `limit`.
    func isSilent(for limit: Duration) -> Bool {
        state.withLock { $0.lastSign.duration(to: .now) > limit + Self.slice }
    }

    /// Tells the service as lost when it has kept the thread waiting for longer than `limit`; called by others.
    func checkSilence(_ limit: Duration) {
        guard isSilent(for: limit) else { return }
        tell { $0.serviceWentAway(CardError(.serviceSilent, "pcscd", detail: "a call has not returned for \(limit)")) }
    }

    /// Runs on the blocking thread until ``stop()``.
    func run() {
        var pause = BackOff()
        var wasDenied = false
        while !isStopped {
            do throws(PCSCError) {
                let context = try PCSCContext.establish()
                wasDenied = false
                while !isStopped { try look(through: context, &pause) }
            } catch {
                sign()
                let reason = error.cardError(in: "pcscd")
                // A service that dies while it is asked looks like one that denies: that is told when it does so twice.
                if reason.code != .accessDenied || wasDenied { tell { $0.serviceWentAway(reason) } }
                wasDenied = reason.code == .accessDenied
                wait(pause.next())
            }
        }
    }

    /// One round; a reader that is unplugged between listing and asking only costs a pause.
    private func look(through context: borrowing PCSCContext, _ pause: inout BackOff) throws(PCSCError) {
        do {
            try look(through: context)
            pause.reset()
        } catch  where error.code == .unknownReader || error.code == .readerUnavailable {
            sign()
            wait(pause.next())
        }
    }

    /// One round: who is there, what they hold, and a wait for something to differ.
    private func look(through context: borrowing PCSCContext) throws(PCSCError) {
        let names = try context.readers()
        var (states, isNews) = state.withLock { ($0.view.request(for: names), !$0.view.hasTold(names)) }
        if isNews {
            _ = try context.refresh(&states, within: .zero)
            sign()
            tell { $0.take(states.filter(\.isKnown)) }
        }
        if states.count < PCSCContext.statesAtOnce {
            states.append(ReaderState(name: ReaderState.plugAndPlay, event: UInt32(truncatingIfNeeded: states.count) << 16))
        }
        let differs = try context.refresh(&states, within: Self.slice)
        sign()
        guard differs else { return }
        states.removeAll { !$0.isKnown || $0.name == ReaderState.plugAndPlay }
        let isTold = tell { $0.take(states) }
        // Nor does a service that wakes us for nothing keep the thread busy: newer ones count reader events in the word of the
        // pretended reader, not readers.
        if !isTold || !states.allSatisfy(\.isSettled) { wait(Self.settling) }
    }

    /// The thread is at work: the service has answered.
    private func sign() { state.withLock { $0.lastSign = .now } }

    /// Tells what is new, unless somebody tells already, who then tells this, too; whether anything was.
    @discardableResult
    private func tell(_ change: (inout ReaderView) -> ReaderNews) -> Bool {
        let (isNews, isMine) = state.withLock { state -> (Bool, Bool) in
            let news = change(&state.view)
            guard news != ReaderNews() else { return (false, false) }
            state.untold.append(news)
            defer { state.isTelling = true }
            return (true, !state.isTelling)
        }
        // Not under the lock: a stream that ends for it stops this monitor.
        while isMine, let news = state.withLock({ $0.next() }) { publish(news) }
        return isNews
    }

    private func wait(_ duration: Duration) {
        _ = stopping.wait(timeout: .now() + .milliseconds(Int(duration / .milliseconds(1))))
        sign()
    }
}

/// Pauses between attempts to reach a service that is absent: from 50 ms, doubling, to half a second.
struct BackOff {
    private static let shortest = Duration.milliseconds(50)
    private static let longest = Duration.milliseconds(500)
    private var current = Self.shortest

    mutating func next() -> Duration {
        defer { current = min(current * 2, Self.longest) }
        return current
    }

    mutating func reset() { current = Self.shortest }
}
