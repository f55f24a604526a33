import StoreTables
import Verification

/// A connection for bodies that use none.
final class NoConnection: StoreConnection {
    func execute(_ sql: String, _ values: [StoredValue]) throws(StoreError) -> Int { 0 }
    func eachRow(of sql: String, _ values: [StoredValue], _ body: (any StoreRow) throws(StoreError) -> Void) throws(StoreError) {}
}
