import Foundation
import GRDB
import StoreTables
import Verification

/// Lets lookups that come at the same time share one reading, on a plain thread.
///
/// A reading has its price whatever it looks at: two changes of threads, a transaction, and the pages that the last commit made stale.
/// Whoever is done goes on at once, while the others of the group are looked up.
final class GroupLookup: Sendable {
    private let connections: LookupConnections
    private let queue = TurnQueue<QueuedLookup>(patience: .zero)

    /// Begins to look up with the `connections`; it stops when this value has gone.
    init(_ connections: LookupConnections) {
        self.connections = connections
        let thread = Thread { [queue] in queue.serve(Self.run) }
        thread.name = "tessera-lookup"
        thread.start()
    }

    deinit { queue.close() }

    /// Runs `body` over one consistent state, on the caller's thread or with all who came meanwhile.
    ///
    /// - Throws: ``Verification/StoreError``; busy while another process keeps everybody out.
    func lookUp<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        guard !Task.isCancelled else { throw .cancelled }
        if let found = connections.lookUp(body) { return try found.get() }
        return try await PendingErrand<R>(body).outcome { queue.append(QueuedLookup($0, at: connections)) }
    }

    /// Carries out one group.
    static func run(_ group: [QueuedLookup]) {
        let (left, failure) = lookUp(group)
        for lookup in left { lookup.end(failure) }
    }

    /// Those who have not gone on yet, and why they found nothing.
    ///
    /// The last one is always among them: it may be the last to hold the store, whose connections must be at rest then.
    private static func lookUp(_ group: [QueuedLookup]) -> (left: ArraySlice<QueuedLookup>, failure: StoreError?) {
        guard let (begun, connections) = group.begun() else { return ([], nil) }
        var left = begun[...]
        do {
            try connections.read { database in
                while let lookup = left.first {
                    // A reading that failed may have ended the transaction by itself, and with it everybody's state.
                    if let failure = lookup.run(in: connections.transaction(on: database)), !database.isInsideTransaction { throw failure }
                    guard left.count > 1 else { return }
                    left.removeFirst().end(nil)
                }
            }
            return (left, nil)
        } catch {
            return (left, StoreError(error))
        }
    }
}

/// A caller's lookup that waits for its turn.
typealias QueuedLookup = QueuedErrand<LookupConnections>
