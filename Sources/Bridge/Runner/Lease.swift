/// How long a caller may be silent before the device that it waits for is given to others.
///
/// Measured by a clock that nobody sets: a step of the time of day is no silence.
struct Lease: Hashable, Sendable {
    let length: Duration
    /// When it lapses unless it is renewed, since the start of the clock.
    private(set) var end: Duration

    /// A lease that begins now.
    init(of seconds: Int, at now: Duration) {
        length = .seconds(seconds)
        end = now + length
    }

    /// The caller was heard of.
    mutating func renew(at now: Duration) { end = max(end, now + length) }

    /// Whether the caller has been silent for too long.
    func hasLapsed(at now: Duration) -> Bool { now >= end }
}
