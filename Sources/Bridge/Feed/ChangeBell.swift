import Synchronization

/// Rings when something may have changed in the store; whoever listens looks then, and not for each ring.
public final class ChangeBell: Sendable {
    private struct State {
        var lastNumber: UInt64 = 0
        var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
    }
    private let state = Mutex(State())

    /// A bell that nobody hears yet.
    public init() {}

    /// Says that something may have changed.
    public func ring() {
        // Not under the lock: a listener whose task is cancelled holds a lock of its own, which this waits for, and leaves us under ours.
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield() }
    }

    /// The rings from now on, until nobody waits for them any more; those that come while nobody does are one.
    func rings() -> AsyncStream<Void> {
        let (rings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.lastNumber += 1
            state.listeners[state.lastNumber] = continuation
            return state.lastNumber
        }
        continuation.onTermination = { [weak self] _ in self?.forget(number) }
        return rings
    }

    /// Whether anybody listens.
    var isHeard: Bool { state.withLock { !$0.listeners.isEmpty } }

    private func forget(_ number: UInt64) { state.withLock { $0.listeners[number] = nil } }
}
