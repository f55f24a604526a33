import Synchronization

/// A clock that goes on by one step each time it is looked at, and on which nobody really sleeps.
public final class SteppingClock: Clock {
    /// The time since the clock was made.
    public struct Instant: InstantProtocol {
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

    /// A clock at zero.
    public init(step: Duration = .zero) { self.step = step }

    /// The time, one step later than the last.
    public var now: Instant {
        state.withLock {
            $0.now += step
            return Instant(offset: $0.now)
        }
    }

    /// The shortest step is as good as any.
    public var minimumResolution: Duration { .nanoseconds(1) }

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
