import Synchronization

/// Rings when something may have changed in the store; whoever listens looks then, and not for each ring.
public final class ChangeBell: Sendable {
    private let listeners = Mutex<[AsyncStream<Void>.Continuation]>([])

    /// A bell that nobody hears yet.
    public init() {}

    /// Says that something may have changed.
    public func ring() { listeners.withLock { for listener in $0 { listener.yield() } } }

    /// The rings from now on; those that come while nobody waits are one.
    func rings() -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in listeners.withLock { $0.append(continuation) } }
    }
}
