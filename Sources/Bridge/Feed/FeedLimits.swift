/// How much the feed keeps for its listeners.
public struct FeedLimits: Sendable {
    /// How many events may wait for a listener before they are dropped.
    public var buffer = 256
    /// How many changes are told again to one who reconnects.
    public var replay: Int64 = 10_000
    /// How many changes are read at once.
    public var page = 256
    /// How often the store is looked at for what other processes changed, while somebody listens.
    public var look = Duration.seconds(1)
    /// How often a line is written that says nothing, so that nobody on the way closes a quiet stream.
    public var beat = Duration.seconds(15)

    /// The usual limits.
    public init() {}
}
