import Synchronization
import Verification

/// A store in which somebody else is faster, once: their change comes right before the next write.
final class InterruptedStore: Store {
    private let base: any Store
    private let change = Mutex<(@Sendable (any StoreTransaction) throws(StoreError) -> Void)?>(nil)

    init(_ base: any Store) { self.base = base }

    var mark: StoreMark { base.mark }

    /// Lets `body` be what comes right before the next write.
    func interrupt(with body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Void) {
        change.withLock { $0 = body }
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R {
        if let change = change.withLock({ $0.take() }) { try await base.write(change) }
        return try await base.write(body)
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await base.read(body)
    }
}
