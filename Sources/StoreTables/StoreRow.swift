package import Foundation
import Verification

/// One row that an engine has found; columns count from zero, in the order of the statement.
///
/// Each answers `nil` for `NULL` and for what is no such value.
package protocol StoreRow: AnyObject {
    func integer(at column: Int) -> Int64?
    func real(at column: Int) -> Double?
    func text(at column: Int) -> String?
    func bytes(at column: Int) -> Data?
}

/// Columns that have a value; where one has none, somebody else wrote into the table.
extension StoreRow {
    package subscript(_ column: Int) -> Int64 {
        get throws(StoreError) { try value(integer(at: column)) }
    }

    package subscript(_ column: Int) -> Int {
        get throws(StoreError) { Int(try value(integer(at: column))) }
    }

    package subscript(_ column: Int) -> Bool {
        get throws(StoreError) { try value(integer(at: column)) != 0 }
    }

    package subscript(_ column: Int) -> Double {
        get throws(StoreError) { try value(real(at: column)) }
    }

    package subscript(_ column: Int) -> String {
        get throws(StoreError) { try value(text(at: column)) }
    }

    package subscript(_ column: Int) -> Data {
        get throws(StoreError) { try value(bytes(at: column)) }
    }

    package subscript(_ column: Int) -> [UInt8] {
        get throws(StoreError) { Array(try value(bytes(at: column))) }
    }

    /// A moment in seconds of Unix.
    package subscript(_ column: Int) -> Date {
        get throws(StoreError) { Date(timeIntervalSince1970: try value(real(at: column))) }
    }

    /// Inlined, because each type would otherwise be looked up while the program runs.
    @inline(__always) private func value<Value>(_ value: Value?) throws(StoreError) -> Value {
        guard let value else { throw .damaged("a row has no value where it needs one") }
        return value
    }
}
