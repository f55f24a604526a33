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

    /// Runs `body` over one consistent state, on the caller's thread or with all who came meanwhile; `nil` while another process keeps
    /// everybody out.
    ///
    /// - Throws: ``Verification/StoreError``.
    func lookUp<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R? {
        guard !Task.isCancelled else { throw .cancelled }
        if let found = connections.lookUp(body) { return try found.get() }
        do throws(StoreError) {
            return try await PendingErrand<R>(body).outcome { queue.append(QueuedLookup($0, at: connections)) }
        } catch {
            guard error == .busy else { throw error }
            return nil
        }
    }

    /// Carries out one group.
    ///
    /// Nobody shares another one's failure: where a reading ends with it, the others have another.
    static func run(_ group: [QueuedLookup]) {
        guard let (last, failure) = lookUp(group) else { return }
        last.end(failure)
    }

    /// Who has not gone on yet, and why they found nothing; `nil` when all callers have left.
    ///
    /// The last one may be the last to hold the store, whose connections must be at rest then.
    private static func lookUp(_ group: [QueuedLookup]) -> (last: QueuedLookup, failure: StoreError?)? {
        guard let (begun, connections) = group.begun() else { return nil }
        var left = begun[...]
        while true {
            let (failure, hasBegun) = read(&left, with: connections)
            guard hasBegun, left.count > 1 else {
                // Where no reading begins, nobody need wait to hear the same.
                for lookup in left.dropLast() { lookup.end(failure) }
                return left.last.map { ($0, failure) }
            }
            left.removeFirst().end(failure)
        }
    }

    /// Lets those who are left go on, but for the last, until the reading is over; whoever it ended with is then the first of them.
    private static func read(
        _ left: inout ArraySlice<QueuedLookup>, with connections: LookupConnections
    ) -> (failure: StoreError?, hasBegun: Bool) {
        var hasBegun = false
        do {
            try connections.read { database in
                hasBegun = true
                while let lookup = left.first {
                    _ = lookup.run(in: connections.transaction(on: database))
                    // A failure of the disk ends the transaction by itself, and with it everybody's state.
                    guard left.count > 1, database.isInsideTransaction else { return }
                    left.removeFirst().end(nil)
                }
            }
            return (nil, hasBegun)
        } catch {
            return (StoreError(error), hasBegun)
        }
    }
}

/// A caller's lookup that waits for its turn.
typealias QueuedLookup = QueuedErrand<LookupConnections>
