import Synchronization
import Verification

/// A store that a process loses at one moment, as when it is killed: from then on nothing it wants is stored or read.
final class CutStore: Store {
    private let base: any Store
    private let isCut = Mutex(false)

    init(_ base: any Store) { self.base = base }

    var mark: StoreMark { base.mark }

    /// Kills the process, as far as the store can tell.
    func cut() { isCut.withLock { $0 = true } }

    private func check() throws(StoreError) { if isCut.withLock({ $0 }) { throw .unavailable("this process was killed") } }

    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R {
        try check()
        return try await base.write(body)
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try check()
        return try await base.read(body)
    }
}
