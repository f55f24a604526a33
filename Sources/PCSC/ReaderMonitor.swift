import Dispatch
import ISO7816
import Synchronization

/// Watches readers and cards come and go, on a blocking thread with a context of its own.
///
/// It waits in slices, because `SCardCancel` is lost when the wait has not begun yet; and it lists the readers again in
/// each, because the plug-and-play event is lost in the same way.
final class ReaderMonitor: Sendable {
    /// The longest that a stop goes unnoticed.
    static let slice = Duration.milliseconds(250)

    private let publish: @Sendable ([CardSlot]) -> Void
    private let stopped = Mutex(false)
    private let stopping = DispatchSemaphore(value: 0)

    /// A monitor that has not started.
    init(publish: @escaping @Sendable ([CardSlot]) -> Void) { self.publish = publish }

    /// Lets ``run()`` return within a slice.
    func stop() {
        stopped.withLock { $0 = true }
        stopping.signal()
    }

    private var isStopped: Bool { stopped.withLock { $0 } }

    /// Runs on the blocking thread until ``stop()``.
    func run() {
        var view = ReaderView()
        var pause = BackOff()
        while !isStopped {
            do throws(PCSCError) {
                let context = try PCSCContext.establish()
                while !isStopped {
                    try look(through: context, &view)
                    pause.reset()
                }
            } catch  where error.code == .unknownReader {
                // Unplugged between listing and asking: list again. The context is still good, but a new one is cheap.
                wait(pause.next())
            } catch {
                for slots in view.serviceWentAway() { publish(slots) }
                wait(pause.next())
            }
        }
    }

    /// One round: who is there, what they hold, and a wait for something to differ.
    private func look(through context: borrowing PCSCContext, _ view: inout ReaderView) throws(PCSCError) {
        var states = view.request(for: try context.readers())
        if states.contains(where: { $0.event == 0 }) || view.isFresh {
            if !states.isEmpty { _ = try context.refresh(&states, within: .zero) }
            for slots in view.take(states) { publish(slots) }
        }
        states.append(ReaderState(name: ReaderState.plugAndPlay, event: UInt32(truncatingIfNeeded: states.count) << 16))
        guard try context.refresh(&states, within: Self.slice) else { return }
        states.removeLast()
        for slots in view.take(states.filter(\.isKnown)) { publish(slots) }
    }

    private func wait(_ duration: Duration) {
        _ = stopping.wait(timeout: .now() + .milliseconds(Int(duration / .milliseconds(1))))
    }
}

/// Pauses between attempts to reach a service that is absent: from 50 ms, doubling, to one second.
struct BackOff {
    private static let shortest = Duration.milliseconds(50)
    private static let longest = Duration.seconds(1)
    private var current = Self.shortest

    mutating func next() -> Duration {
        defer { current = min(current * 2, Self.longest) }
        return current
    }

    mutating func reset() { current = Self.shortest }
}
