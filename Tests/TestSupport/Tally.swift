internal import Synchronization

/// How often something was done, by any thread.
public final class Tally: Sendable {
    private let state = Mutex(0)

    /// Never, so far.
    public init() {}

    /// How often.
    public var count: Int { state.withLock { $0 } }
    /// Once more.
    public func add() { state.withLock { $0 += 1 } }
}
