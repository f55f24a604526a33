import Synchronization
import Verification

/// A store that counts the transactions that were made durable.
final class CountingStore: Store {
    private let base: any Store
    private let count = Mutex(0)

    init(_ base: any Store) { self.base = base }

    var mark: StoreMark { base.mark }
    var commits: Int { count.withLock { $0 } }

    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R {
        let result = try await base.write(body)
        count.withLock { $0 += 1 }
        return result
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await base.read(body)
    }
}
