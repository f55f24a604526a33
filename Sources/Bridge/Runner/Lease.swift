import FoundationEssentials

/// How long a caller may be silent before the device that it waits for is given to others.
struct Lease: Hashable, Sendable {
    /// In seconds.
    let length: Int
    /// When it lapses unless it is renewed.
    private(set) var endsAt: Date

    /// A lease that begins now.
    init(of length: Int, at now: Date) {
        self.length = length
        endsAt = now.addingTimeInterval(TimeInterval(length))
    }

    /// The caller was heard of.
    mutating func renew(at now: Date) { endsAt = max(endsAt, now.addingTimeInterval(TimeInterval(length))) }

    /// Whether the caller has been silent for too long.
    func hasLapsed(at now: Date) -> Bool { now >= endsAt }
}
