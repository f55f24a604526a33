package import FoundationEssentials

/// What makes rows ready to be written to a store: it encodes them, and seals what has to be.
public protocol UpdatePreparing {
    /// Makes ready what replaces the enrolment that was read as `former`; what has not changed since will not be written.
    ///
    /// - Throws: ``StoreError``: a secret cannot be sealed.
    func prepared(_ enrolment: Enrolment, since former: Enrolment) throws(StoreError) -> PreparedUpdate<Enrolment>
    /// Makes ready what replaces the operation that was read as this version.
    ///
    /// - Throws: ``StoreError``.
    func prepared(_ operation: Operation) throws(StoreError) -> PreparedUpdate<Operation>
}

/// A row's new state, encoded and sealed, so that writing it takes no more than writing; for the store that made it ready, and no other.
public struct PreparedUpdate<Row: Sendable>: Sendable {
    /// The row as it is to be; its version is the one that was read.
    public let row: Row
    /// What is written, each value behind its column's name.
    package let columns: [(name: String, value: StoredValue)]

    package init(_ row: Row, columns: [(name: String, value: StoredValue)]) {
        self.row = row
        self.columns = columns
    }
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
