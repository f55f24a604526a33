public import Verification

/// A store that rings a bell after each transaction, so that whoever listens to this process hears of its changes at once.
public struct RingingStore: Store {
    private let base: any Store
    private let bell: ChangeBell

    /// What is written to `base` is heard of.
    public init(_ base: any Store, bell: ChangeBell) {
        self.base = base
        self.bell = bell
    }

    /// What the store was created for.
    public var mark: StoreMark { base.mark }
    /// Why the last write failed, where the next one is likely to.
    public var trouble: StoreError? { base.trouble }

    /// Runs `body` as one transaction of the store, then rings.
    ///
    /// - Throws: ``Verification/StoreError``.
    public func write<R: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let result = try await base.write(body)
        bell.ring()
        return result
    }

    /// Runs one transaction of three parts, then rings.
    ///
    /// - Throws: ``Verification/StoreError``.
    public func write<Seen: Sendable, Thought: Sendable, R: Sendable>(
        afterLooking look: @escaping @Sendable (any StoreReader) throws(StoreError) -> Seen,
        thinking think: @escaping @Sendable (Seen, any UpdatePreparing) throws(StoreError) -> Thought,
        _ act: @escaping @Sendable (any StoreTransaction, Thought) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let result = try await base.write(afterLooking: look, thinking: think, act)
        bell.ring()
        return result
    }

    /// Runs `body` over one state of the store.
    ///
    /// - Throws: ``Verification/StoreError``.
    public func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await base.read(body)
    }

    /// Looks a few rows up.
    ///
    /// - Throws: ``Verification/StoreError``.
    public func lookUp<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await base.lookUp(body)
    }
}
