#if PostgreSQL
import Dispatch
import StoreTables
import Synchronization

/// Bodies that wait for one of the threads; whoever brings one never blocks.
final class ErrandQueue: Sendable {
    private struct State {
        var waiting: [any Errand] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    func append(_ errand: any Errand) {
        state.withLock { $0.waiting.append(errand) }
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
                let group = Array(state.waiting.prefix(limit))
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

    /// Takes all, who would otherwise wait as long for a server that is down as the first of them did.
    func takeAll() -> [any Errand] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
#endif
