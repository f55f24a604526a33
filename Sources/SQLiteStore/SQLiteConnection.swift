package import FoundationEssentials
package import GRDB
package import StoreTables
package import Verification

/// One transaction, or one reading, on a connection of GRDB's.
typealias SQLiteTransaction = TableTransaction

extension TableTransaction {
    init(database: Database, secrets: StoredSecrets) { self.init(connection: database, secrets: secrets) }
}

extension Database: StoreConnection {
    package func execute(_ sql: String, _ values: [StoredValue]) throws(StoreError) -> Int {
        do { try cachedStatement(sql: sql).execute(arguments: values.arguments) } catch { throw StoreError(error) }
        return changesCount
    }

    package func eachRow(
        of sql: String, _ values: [StoredValue], _ body: (any StoreRow) throws(StoreError) -> Void
    ) throws(StoreError) {
        do {
            // A cursor's rows are not copied.
            let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: values.arguments)
            while let row = try cursor.next() { try body(row) }
        } catch { throw StoreError(error) }
    }
}

extension [StoredValue] {
    fileprivate var arguments: StatementArguments {
        StatementArguments(
            map { value in
                switch value {
                case .integer(let number): number.databaseValue
                case .real(let number): number.databaseValue
                case .text(let text): text.databaseValue
                case .bytes(let data): data.databaseValue
                }
            })
    }
}

/// The tables are STRICT: SQLite itself keeps other types of values out of a column.
extension Row: StoreRow {
    package func integer(at column: Int) -> Int64? { self[column] }
    package func real(at column: Int) -> Double? { self[column] }
    package func text(at column: Int) -> String? { self[column] }
    package func bytes(at column: Int) -> Data? { self[column] }
}
