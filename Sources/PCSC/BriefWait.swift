import Glibc
import Synchronization

/// Waiting without sleep for what is a millisecond away at most.
///
/// Sleep and wake cost two threads some ten microseconds each: half of what pcscd and an emulated card take for a whole
/// command, and far more on a busy machine. It is done only behind an answer that came quickly: a real card takes several
/// milliseconds, and hardly anybody spins behind it. The processor is offered to others all the while.
enum BriefWait {
    /// How long is brief.
    static let limit = Duration.milliseconds(1)

    /// Asks until `condition` holds, or for ``limit``.
    ///
    /// - Returns: whether it holds.
    static func until(_ condition: () -> Bool) -> Bool {
        let end = ContinuousClock.now + limit
        repeat {
            for _ in 0..<32 where condition() { return true }
            sched_yield()
        } while ContinuousClock.now < end
        return condition()
    }
}

/// The one place in the process for a task that waits without sleep.
///
/// Swift's threads are few: were every session to spin on one, none would be left to those who have work to do. So one
/// task at a time spins, and all others suspend at once. Each session's own thread waits so for its next command besides.
final class SpinningPlace: Sendable {
    /// The place that all sessions of this process share.
    static let ofProcess = SpinningPlace()

    private let isTaken = Atomic(false)

    /// Asks until `condition` holds, as ``BriefWait`` does; not at all while another task does so here.
    func wait(until condition: () -> Bool) {
        guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return }
        defer { isTaken.store(false, ordering: .releasing) }
        _ = BriefWait.until(condition)
    }
}

/// Whether the last of many waits were brief, so that the next is likely to be.
final class Pace: Sendable {
    /// How many brief waits in a row make a brief one likely.
    static let enough = 2

    private let briefInARow = Atomic(0)

    /// Whether it is worth not to sleep.
    var isBrief: Bool { briefInARow.load(ordering: .relaxed) >= Self.enough }

    /// Takes note of a wait that began then and is over.
    func note(since start: ContinuousClock.Instant) { note(ContinuousClock.now - start) }

    /// Takes note of a wait that took so long.
    func note(_ duration: Duration) {
        let count = briefInARow.load(ordering: .relaxed)
        briefInARow.store(duration < BriefWait.limit ? min(count + 1, Self.enough) : 0, ordering: .relaxed)
    }
}
