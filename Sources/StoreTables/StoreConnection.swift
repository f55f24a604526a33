package import Verification

/// What an engine lends to one transaction, or to one reading: a connection that runs statements.
///
/// Statements are written once for all engines: `?` for each value, in their order. They are few and fixed, so that an engine prepares
/// each of them once a connection.
package protocol StoreConnection: AnyObject {
    /// Runs a statement.
    ///
    /// - Returns: how many rows it changed.
    /// - Throws: ``Verification/StoreError``.
    func execute(_ sql: String, _ values: [StoredValue]) throws(StoreError) -> Int

    /// Runs a statement that has to change one row.
    ///
    /// An engine may look at the answer later, with whatever it waits for next, and before the transaction ends at the latest: what the body
    /// has done is undone then, and it has failed.
    ///
    /// - Throws: ``Verification/StoreError/conflict(_:)`` when it changes another number of rows.
    func change(_ sql: String, _ values: [StoredValue]) throws(StoreError)

    /// Hands each row to `body`, in their order; a row is valid only until `body` returns.
    ///
    /// - Throws: ``Verification/StoreError``, the engine's or the body's own.
    func eachRow(of sql: String, _ values: [StoredValue], _ body: (any StoreRow) throws(StoreError) -> Void) throws(StoreError)
}

extension StoreConnection {
    package func change(_ sql: String, _ values: [StoredValue]) throws(StoreError) {
        guard try execute(sql, values) == 1 else { throw .otherVersion }
    }
}

extension StoreError {
    /// What was read is stored no more.
    package static let otherVersion = StoreError.conflict("another version is stored")
}
