public import Foundation

/// When rows of an audit log have waited long enough for a head: what nobody has signed yet can be written anew unnoticed.
public struct AnchorRule: Hashable, Sendable {
    /// How old the first row behind the last head may be, in seconds.
    public let age: TimeInterval
    /// How many rows may stand behind the last head.
    public let rows: Int64

    /// A rule; a minute and 10,000 rows unless said otherwise.
    ///
    /// Both are ours, no source says any.
    public init(age: TimeInterval = 60, rows: Int64 = 10_000) {
        self.age = max(0, age)
        self.rows = max(1, rows)
    }

    /// Whether a head is due.
    ///
    /// - Parameters:
    ///   - waiting: how many rows stand behind the last head.
    ///   - first: when the first of them was written; in the future it is when somebody set the clock back, and then a head is due.
    func isDue(waiting: Int64, since first: Date, at now: Date) -> Bool {
        waiting >= rows || now.timeIntervalSince(first) >= age || first > now
    }
}

extension AuditLog {
    /// Whether rows have waited long enough for a head.
    ///
    /// - Throws: ``StoreError``.
    public func needsAnchor(by rule: AnchorRule) async throws(StoreError) -> Bool {
        let now = now()
        return try await store.read { (reader) throws(StoreError) in
            let (chain, signed) = (try reader.auditChain(), try reader.lastAuditHead()?.row ?? 0)
            guard chain.last > signed, let first = try reader.auditRows(after: signed, limit: 1).first else { return false }
            return rule.isDue(waiting: chain.last - signed, since: first.date, at: now)
        }
    }
}
