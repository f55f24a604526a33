internal import Synchronization

/// A clock on which nobody really sleeps: it goes on by as long as somebody would have slept.
///
/// For deadlines and delays of emulated cards that are to pass at once, on any machine.
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

    private let time = Mutex(Duration.zero)

    /// A clock at its beginning.
    public init() {}

    /// The time.
    public var now: Instant { Instant(offset: time.withLock { $0 }) }
    /// The shortest step is as good as any.
    public var minimumResolution: Duration { .nanoseconds(1) }
    /// How much time has passed.
    public var elapsed: Duration { time.withLock { $0 } }

    /// Is there at once.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        time.withLock { $0 = max($0, deadline.offset) }
        await Task.yield()
    }
}
