package import FoundationEssentials
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

    /// Hands each row to `body`, in their order; a row is valid only until `body` returns.
    ///
    /// - Throws: ``Verification/StoreError``, the engine's or the body's own.
    func eachRow(of sql: String, _ values: [StoredValue], _ body: (any StoreRow) throws(StoreError) -> Void) throws(StoreError)
}

/// A value on its way into a column, or `NULL`.
package enum StoredValue: Sendable {
    /// Whole numbers, and truth as 0 and 1.
    case integer(Int64?)
    /// Moments, in seconds of Unix.
    case real(Double?)
    case text(String?)
    case bytes(Data?)

    /// Numbers that count: versions, failures, limits.
    package static func count(_ number: Int) -> StoredValue { .integer(Int64(number)) }

    /// Bytes that are not data yet.
    package static func bytes(_ array: [UInt8]) -> StoredValue { .bytes(Data(array)) }
}
