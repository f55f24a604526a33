import Dispatch
import Synchronization

/// Keeps a transaction, and the thread that it runs on, until it is let go.
final class Latch: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let held = Atomic(false)

    var isHeld: Bool { held.load(ordering: .acquiring) }

    /// At most as long as a test on a busy machine may take; `false` when nobody let it go.
    @discardableResult
    func hold() -> Bool {
        held.store(true, ordering: .releasing)
        return gate.wait(timeout: .now() + .seconds(60)) == .success
    }

    func release() { gate.signal() }
}
