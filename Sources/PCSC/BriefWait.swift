import Glibc
import Synchronization

/// Waiting without sleep for what is microseconds away.
///
/// Sleep and wake cost two threads some ten microseconds each: half of what pcscd and an emulated card take for a whole
/// command. It is done only behind an answer that came quickly: a real card takes milliseconds, and nobody spins behind
/// it. The processor is offered to others all the while.
enum BriefWait {
    /// How long is brief.
    static let limit = Duration.microseconds(200)

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

/// Whether the last of many waits was brief, so that the next is likely to be.
final class Pace: Sendable {
    private let wasBrief = Atomic(false)

    /// Whether it is worth not to sleep.
    var isBrief: Bool { wasBrief.load(ordering: .relaxed) }

    /// Takes note of a wait that began then and is over.
    func note(since start: ContinuousClock.Instant) {
        wasBrief.store(ContinuousClock.now - start < BriefWait.limit, ordering: .relaxed)
    }
}
