import Synchronization
import Verification

/// A store that a process loses at one moment, as when it is killed: from then on nothing it wants is stored or read.
///
/// It can be slow, too: whoever comes waits until the test lets everybody go on.
final class CutStore: Store {
    private struct State {
        var isCut = false
        var isHeld = false
        var isRefusing = false
        var refusedCount = 0
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let base: any Store
    private let state = Mutex(State())

    init(_ base: any Store) { self.base = base }

    var mark: StoreMark { base.mark }

    /// How many wait.
    var heldCount: Int { state.withLock { $0.held.count } }

    /// Kills the process, as far as the store can tell.
    func cut() {
        state.withLock { $0.isCut = true }
        release()
    }

    /// How many writes were refused.
    var refusedCount: Int { state.withLock { $0.refusedCount } }

    /// Lets everybody wait who comes, or refuses those who write.
    func hold(refusing isRefusing: Bool = false) { state.withLock { ($0.isHeld, $0.isRefusing) = (!isRefusing, isRefusing) } }

    /// Lets all go on who wait.
    func release() {
        let held = state.withLock { state in
            (state.isHeld, state.isRefusing) = (false, false)
            let held = state.held
            state.held = []
            return held
        }
        for one in held { one.resume() }
    }

    private func check() throws(StoreError) { if state.withLock({ $0.isCut }) { throw .unavailable("this process was killed") } }

    private func refuse() throws(StoreError) {
        let isRefusing = state.withLock { state in
            if state.isRefusing { state.refusedCount += 1 }
            return state.isRefusing
        }
        if isRefusing { throw .busy }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R {
        await wait()
        try refuse()
        try check()
        return try await base.write(body)
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        await wait()
        try check()
        return try await base.read(body)
    }
}
