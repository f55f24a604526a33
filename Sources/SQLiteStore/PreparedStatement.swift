import Foundation
import GRDB
import GRDBSQLite
import StoreTables
import Verification

/// A statement that GRDB has prepared and keeps, run through SQLite's own calls; also the row that it stands at.
///
/// GRDB's arguments and rows cost more than most of our statements do.
@safe final class PreparedStatement: StoreRow {
    private let database: Database
    private let prepared: Statement
    private let statement: OpaquePointer

    init(_ prepared: Statement, on database: Database) {
        self.database = database
        self.prepared = prepared
        unsafe statement = prepared.sqliteStatement
    }

    /// Gives every parameter its value; SQLite keeps copies (`sqlite3_bind_*`).
    func bind(_ values: [StoredValue]) throws(StoreError) {
        try check(Int(unsafe sqlite3_bind_parameter_count(statement)) == values.count ? SQLITE_OK : SQLITE_RANGE)
        for (index, value) in values.enumerated() { try check(bind(value, to: Int32(index + 1))) }
    }

    private func bind(_ value: StoredValue, to place: Int32) -> Int32 {
        switch value {
        case .integer(let number?): unsafe sqlite3_bind_int64(statement, place, number)
        case .real(let number?): unsafe sqlite3_bind_double(statement, place, number)
        case .text(let text?): unsafe sqlite3_bind_text(statement, place, text, Int32(clamping: text.utf8.count), Self.copied)
        case .bytes(let data?):
            if data.isEmpty {
                unsafe sqlite3_bind_zeroblob(statement, place, 0)
            } else {
                unsafe data.withUnsafeBytes {
                    unsafe sqlite3_bind_blob(statement, place, $0.baseAddress, Int32(clamping: $0.count), Self.copied)
                }
            }
        case .integer(nil), .real(nil), .text(nil), .bytes(nil): unsafe sqlite3_bind_null(statement, place)
        }
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift does not see.
    private static var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// Goes on to the next row; `false` when there is none (`sqlite3_step`).
    func step() throws(StoreError) -> Bool {
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    /// Lets the statement be used again, and forgets what was bound (`sqlite3_reset`, `sqlite3_clear_bindings`).
    func reset() {
        unsafe sqlite3_reset(statement)
        unsafe sqlite3_clear_bindings(statement)
    }

    func integer(at column: Int) -> Int64? { isNull(column) ? nil : unsafe sqlite3_column_int64(statement, Int32(column)) }

    func real(at column: Int) -> Double? { isNull(column) ? nil : unsafe sqlite3_column_double(statement, Int32(column)) }

    func text(at column: Int) -> String? {
        guard let start = unsafe sqlite3_column_text(statement, Int32(column)) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(statement, Int32(column)))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(at column: Int) -> Data? {
        guard !isNull(column) else { return nil }
        // Bytes of no length have no address.
        guard let start = unsafe sqlite3_column_blob(statement, Int32(column)) else { return Data() }
        return unsafe Data(bytes: start, count: Int(sqlite3_column_bytes(statement, Int32(column))))
    }

    private func isNull(_ column: Int) -> Bool { unsafe sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> StoreError {
        StoreError(DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage))
    }
}
