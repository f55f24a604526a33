package import Verification

/// Where the audit log ends and which change was the latest, as a transaction that writes knows it: nobody else adds to either meanwhile.
///
/// All callers of one commit share it. Whoever undoes the part of one of them forgets what it knows, and it is read again.
package final class LogEnds {
    /// A damaged end of the log does not keep anybody from what needs none.
    var known: (chain: Result<AuditChain, StoreError>, change: Int64)?

    package init() {}

    package func forget() { known = nil }
}

extension TableTransaction {
    /// Reads where they are, unless it is known.
    @discardableResult
    package func findEnds() throws(StoreError) -> (chain: Result<AuditChain, StoreError>, change: Int64) {
        if let known = ends.known { return known }
        let found = try rows(
            """
            SELECT id, number, hash, at, (SELECT coalesce(max(change), 0) FROM operation)
            FROM audit_chain LEFT JOIN audit ON number = (SELECT max(number) FROM audit)
            """, []
        ) { (row) throws(StoreError) in
            (chain: Result { () throws(StoreError) in try AuditChain(row: row) }, change: try row[4] as Int64)
        }
        guard let known = found.first else { throw .damaged("the audit log has no name") }
        ends.known = known
        return known
    }
}
