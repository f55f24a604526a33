internal import Synchronization

/// A clock on which nobody really sleeps: it goes on by as long as somebody would have slept, and by one step at each look.
///
/// For deadlines and delays that are to pass at once, on any machine; it remembers what would have been slept.
public final class VirtualClock: Clock {
    /// The time since the clock was made.
    public struct Instant: InstantProtocol {
        /// How long after the beginning.
        let offset: Duration

        /// Later by `duration`.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        /// How much later `other` is.
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        /// Orders by time.
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let step: Duration
    private let state = Mutex((now: Duration.zero, slept: [Duration]()))

    /// A clock at its beginning.
    ///
    /// - Parameter step: how much later each look at ``now`` is.
    public init(step: Duration = .zero) { self.step = step }

    /// The time, one step later than at the last look.
    public var now: Instant {
        state.withLock {
            $0.now += step
            return Instant(offset: $0.now)
        }
    }

    /// The shortest step is as good as any.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// How much time has passed, without a step.
    public var elapsed: Duration { state.withLock { $0.now } }

    /// How long the sleeps would have been, in their order.
    public var sleeps: [Duration] { state.withLock { $0.slept } }

    /// Lets others run, and is there at once.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLock {
            $0.slept.append(deadline.offset - $0.now)
            $0.now = max($0.now, deadline.offset)
        }
        await Task.yield()
    }
}
