import Dispatch
import Synchronization

/// The transactions that wait for the writing thread, in the order in which they came.
///
/// Waking a thread takes about as long as a commit on a quick disk; so the thread looks for the next transaction for a moment before
/// it sleeps.
final class WriteQueue: Sendable {
    /// The most transactions of one commit: it bounds how long the first of them waits for the last.
    static let groupLimit = 256
    /// How long the thread looks before it sleeps.
    private static let patience = Duration.microseconds(60)

    private struct State {
        var waiting: [any QueuedWrite] = []
        var isClosed = false
        var isAsleep = false
    }

    private let state = Mutex(State())
    private let count = Atomic(0)
    private let bell = DispatchSemaphore(value: 0)

    /// Appends a transaction.
    func append(_ write: any QueuedWrite) {
        change { $0.waiting.append(write) }
    }

    /// Lets the thread end after what waits now.
    func close() {
        change { $0.isClosed = true }
    }

    /// Waits for transactions and takes as many as there are, up to the limit; `nil` when the queue is closed.
    func next() -> [any QueuedWrite]? {
        let end = ContinuousClock.now.advanced(by: Self.patience)
        while count.load(ordering: .acquiring) == 0, ContinuousClock.now < end {}
        while true {
            let (group, isClosed) = state.withLock { state -> ([any QueuedWrite], Bool) in
                let group = Array(state.waiting.prefix(Self.groupLimit))
                state.waiting.removeFirst(group.count)
                count.store(state.waiting.count, ordering: .releasing)
                state.isAsleep = group.isEmpty && !state.isClosed
                return (group, state.isClosed)
            }
            guard group.isEmpty else { return group }
            guard !isClosed else { return nil }
            bell.wait()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let wasAsleep = state.withLock { state in
            body(&state)
            count.store(state.waiting.count + (state.isClosed ? 1 : 0), ordering: .releasing)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wasAsleep { bell.signal() }
    }
}
