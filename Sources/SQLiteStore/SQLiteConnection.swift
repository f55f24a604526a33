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
        try eachRow(of: sql, values) { _ in }
        return changesCount
    }

    package func eachRow(
        of sql: String, _ values: [StoredValue], _ body: (any StoreRow) throws(StoreError) -> Void
    ) throws(StoreError) {
        let statement: PreparedStatement
        do { statement = PreparedStatement(try cachedStatement(sql: sql), on: self) } catch { throw StoreError(error) }
        defer { statement.reset() }
        try statement.bind(values)
        while try statement.step() { try body(statement) }
    }
}
