#if PostgreSQL
import Dispatch
import StoreTables
import Synchronization

/// Bodies that wait for one of the threads; whoever brings one never blocks.
final class ErrandQueue: Sendable {
    private struct Waiting {
        let errand: any Errand
        let since: ContinuousClock.Instant
    }

    private struct State {
        var waiting: [Waiting] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    func append(_ errand: any Errand) {
        state.withLock { $0.waiting.append(Waiting(errand: errand, since: .now)) }
        bell.signal()
    }

    /// Lets the threads end, once nobody waits any more.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
    }

    /// Sleeps until there are some, and takes the first of them; `nil` when the queue is closed.
    func take(atMost limit: Int) -> [any Errand]? {
        while true {
            bell.wait()
            let (group, isClosed) = state.withLock { state in
                let group = state.waiting.prefix(limit).map(\.errand)
                state.waiting.removeFirst(group.count)
                return (group, state.isClosed)
            }
            if !group.isEmpty || isClosed {
                // Whoever is behind those that were taken, and the other threads, have to hear it too.
                if isClosed { bell.signal() }
                if !group.isEmpty { return group }
                return nil
            }
        }
    }

    /// Takes all who came before a moment: they would otherwise wait as long as the first of them did.
    func takeAll(before moment: ContinuousClock.Instant = .now) -> [any Errand] {
        state.withLock { state in
            let late = state.waiting.prefix { $0.since <= moment }.map(\.errand)
            state.waiting.removeFirst(late.count)
            return late
        }
    }
}
#endif
