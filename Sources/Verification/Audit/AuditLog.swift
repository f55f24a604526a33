public import Crypto
public import Foundation

/// The audit log of a store: what happened, whether that is how it was written, and heads that say so later.
public struct AuditLog: Sendable {
    /// How many rows are read at once.
    private static let batch = 5_000

    let store: any Store
    let now: @Sendable () -> Date
    /// How many rows one reading looks at where only some of them are wanted.
    var window: Int64 = 200_000

    /// The log of `store`.
    ///
    /// - Parameter now: tells the time.
    public init(store: any Store, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.now = now
    }

    /// Writes down what happened beside the store: a changed policy, another version of the software.
    ///
    /// - Throws: ``StoreError``.
    public func record(_ kind: AuditEvent.Kind, detail: String) async throws(StoreError) {
        let event = AuditEvent(kind, at: now(), detail: detail)
        try await store.write { (transaction) throws(StoreError) in try transaction.append(event) }
    }

    /// Signs where the log ends now; a log that has not grown since this key's last head gets no other.
    ///
    /// Keep what this returns where nobody who can write the store can write.
    ///
    /// - Throws: ``AuditError``.
    @discardableResult
    public func anchor(with key: Curve25519.Signing.PrivateKey) async throws(AuditError) -> AuditHead? {
        let now = now()
        do {
            return try await store.write { (transaction) throws(StoreError) in
                let (chain, previous) = (try transaction.auditChain(), try transaction.lastAuditHead())
                let owner = Array(key.publicKey.rawRepresentation)
                guard chain.last > previous?.row ?? 0 || previous.map({ $0.key != owner }) ?? false else { return previous }
                var head = AuditHead(
                    chain: chain.id, number: (previous?.number ?? 0) + 1, row: chain.last, hash: chain.hash,
                    milliseconds: now.auditMilliseconds, key: owner, signature: [])
                do { head = try head.signed(with: key) } catch { throw .unavailable("the audit key cannot sign") }
                try transaction.append(head)
                return head
            }
        } catch { throw .store(error) }
    }

    /// Signs heads again and again until the task is cancelled, so that no row stays unanchored for long.
    ///
    /// - Parameters:
    ///   - rule: when rows have waited long enough.
    ///   - interval: the time between two looks.
    ///   - export: is handed each new head.
    /// - Throws: ``AuditError``.
    public func anchor(
        with key: Curve25519.Signing.PrivateKey, by rule: AnchorRule = AnchorRule(), every interval: Duration,
        export: @Sendable (AuditHead) async -> Void
    ) async throws(AuditError) {
        while !Task.isCancelled {
            let isDue: Bool
            do { isDue = try await needsAnchor(by: rule) } catch { throw .store(error) }
            if isDue, let head = try await anchor(with: key) { await export(head) }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }

    /// Reads the whole log and finds what is not as it was written.
    ///
    /// - Parameters:
    ///   - keys: whose heads count.
    ///   - exported: heads that were kept elsewhere.
    ///   - progress: is told the number of each batch's last row.
    /// - Throws: ``StoreError``.
    public func check(
        keys: [Curve25519.Signing.PublicKey], exported: [AuditHead] = [], progress: (Int64) -> Void = { _ in }
    ) async throws(StoreError) -> AuditReport {
        let (chain, heads) = try await store.read { (reader) throws(StoreError) in (try reader.auditChain(), try reader.auditHeads()) }
        var check = AuditCheck(chain.id, heads: heads, exported: exported, keys: keys)
        var last: Int64 = 0
        // Only as far as the log went when the heads were read: it may grow all the while.
        while last < chain.last {
            let rows = try await rows(after: last, limit: Int(min(Int64(Self.batch), chain.last - last)))
            guard let end = rows.last?.number else { break }
            for row in rows where row.number <= chain.last { check.take(row) }
            last = end
            progress(end)
        }
        return check.finish()
    }

    /// Rows in their order.
    ///
    /// - Throws: ``StoreError``.
    public func rows(after number: Int64 = 0, limit: Int = 1_000) async throws(StoreError) -> [AuditRow] {
        try await store.read { (reader) throws(StoreError) in try reader.auditRows(after: number, limit: limit) }
    }

    /// Part of the rows that a filter lets through, in their order.
    ///
    /// The log has no index but its numbers, so that it grows fast: rows are looked at one after the other, 200,000 in each reading.
    ///
    /// - Parameters:
    ///   - number: of the last row of the part before; 0 for the first part.
    ///   - limit: how many at most, 1 or more.
    ///   - most: how many are looked at, at the most, to the end of a reading.
    ///   - progress: is told the number of the last row that was looked at, after each reading.
    /// - Throws: ``StoreError``.
    public func rows(
        matching filter: AuditFilter, after number: Int64 = 0, limit: Int = 1_000, lookingAt most: Int64 = .max,
        progress: (Int64) -> Void = { _ in }
    ) async throws(StoreError) -> ListPage<AuditRow, Int64> {
        var found: [AuditRow] = []
        // One more than asked for tells whether there is another part.
        let (number, limit) = (max(0, number), min(limit, .max - 1))
        if filter.isEmpty {
            found = try await rows(after: number, limit: limit + 1)
        } else {
            let end = try await store.read { (reader) throws(StoreError) in try reader.auditChain().last }
            var last = number
            while last < end, found.count <= limit {
                guard last - number < most else { return ListPage(entries: found, next: last) }
                let (start, stop, wanted) = (last, min(end, last + window), limit + 1 - found.count)
                found += try await store.read { (reader) throws(StoreError) in
                    try reader.auditRows(after: start, through: stop, matching: filter, limit: wanted)
                }
                last = stop
                progress(last)
            }
        }
        let rows = Array(found.prefix(limit))
        return ListPage(entries: rows, next: found.count > limit ? rows.last?.number : nil)
    }

    /// All heads, in their order.
    ///
    /// - Throws: ``StoreError``.
    public func heads() async throws(StoreError) -> [AuditHead] {
        try await store.read { (reader) throws(StoreError) in try reader.auditHeads() }
    }

    /// The heads behind one, in their order.
    ///
    /// - Parameters:
    ///   - number: of that head; 0 for the first ones.
    ///   - limit: how many at most.
    /// - Throws: ``StoreError``.
    public func heads(after number: Int64, limit: Int = 1_000) async throws(StoreError) -> [AuditHead] {
        try await store.read { (reader) throws(StoreError) in try reader.auditHeads(after: number, limit: limit) }
    }
}
