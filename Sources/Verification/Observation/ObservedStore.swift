public import CoreMetrics
public import Logging

/// A store that tells what happens in it: counters and timers through swift-metrics, events through swift-log.
///
/// An event is told where an audit row is written, after the transaction is durable and never when it was undone. Neither tells a user ID, a
/// device, a secret or the text of a payment; the operation's id in an event leads to the audit log.
public struct ObservedStore: Store {
    private let base: any Store
    private let observations: Observations

    /// What happens in `base`.
    ///
    /// - Parameters:
    ///   - metrics: takes counters and timers: what the process was bootstrapped with unless said otherwise.
    ///   - log: takes events; `nil` for none.
    public init(_ base: any Store, metrics: any MetricsFactory = MetricsSystem.factory, log: Logger? = nil) {
        self.base = base
        observations = Observations(metrics, log)
    }

    /// What the store was created for.
    public var mark: StoreMark { base.mark }
    /// Why the last write failed, where the next one is likely to.
    public var trouble: StoreError? { base.trouble }

    /// Runs `body` as one transaction of the store, and tells what happened in it.
    ///
    /// - Throws: ``StoreError``.
    public func write<R: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        try await telling { () throws(StoreError) in
            try await base.write { (transaction) throws(StoreError) in try Self.observe(transaction, body) }
        }
    }

    /// Runs one transaction of three parts, and tells what happened in it.
    ///
    /// - Throws: ``StoreError``.
    public func write<Seen: Sendable, Thought: Sendable, R: Sendable>(
        afterLooking look: @escaping @Sendable (any StoreReader) throws(StoreError) -> Seen,
        thinking think: @escaping @Sendable (Seen, any UpdatePreparing) throws(StoreError) -> Thought,
        _ act: @escaping @Sendable (any StoreTransaction, Thought) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        try await telling { () throws(StoreError) in
            try await base.write(afterLooking: look, thinking: think) { (transaction, thought) throws(StoreError) in
                try Self.observe(transaction) { (observed) throws(StoreError) in try act(observed, thought) }
            }
        }
    }

    /// Runs `body`, and keeps what happened in it: anew each time, because the store may run it twice.
    private static func observe<R>(
        _ transaction: any StoreTransaction, _ body: (any StoreTransaction) throws(StoreError) -> R
    ) throws(StoreError) -> (R, [Happening]) {
        let happened = Happenings()
        let result = try body(ObservedTransaction(base: transaction, happened: happened))
        return (result, happened.all)
    }

    /// Tells what happened in a transaction once it is durable, or that there was none.
    private func telling<R>(_ write: () async throws(StoreError) -> (R, [Happening])) async throws(StoreError) -> R {
        let start = ContinuousClock.now
        do throws(StoreError) {
            let (result, happened) = try await write()
            observations.took(ContinuousClock.now - start, "write")
            for one in happened { observations.tell(one) }
            return result
        } catch {
            observations.failed(error, "write")
            throw error
        }
    }

    /// Runs `body` over one state of the store.
    ///
    /// - Throws: ``StoreError``.
    public func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await timing { () throws(StoreError) in try await base.read(body) }
    }

    /// Looks a few rows up.
    ///
    /// - Throws: ``StoreError``.
    public func lookUp<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await timing { () throws(StoreError) in try await base.lookUp(body) }
    }

    private func timing<R>(_ read: () async throws(StoreError) -> R) async throws(StoreError) -> R {
        let start = ContinuousClock.now
        do throws(StoreError) {
            let result = try await read()
            observations.took(ContinuousClock.now - start, "read")
            return result
        } catch {
            observations.failed(error, "read")
            throw error
        }
    }
}

/// Something that happened in a transaction.
enum Happening: Sendable {
    /// An operation was begun, with content of this kind.
    case begun(String)
    /// An operation ended, with content of this kind and this outcome.
    case ended(String, String)
    /// A row was written to the audit log.
    case audited(AuditEvent)
}

/// What happened in one run of a transaction's body.
final class Happenings {
    private(set) var all: [Happening] = []

    func add(_ one: Happening) { all.append(one) }
}
