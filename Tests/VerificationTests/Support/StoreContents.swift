import GRDB

/// All that the file of a store holds, row by row, so that two moments can be compared.
struct StoreContents: Equatable {
    private let tables: [String: [String]]

    /// Reads the file as any other program can.
    ///
    /// - Parameter left: tables that are not looked at.
    init(of path: String, besides left: Set<String> = []) throws {
        var configuration = Configuration()
        configuration.readonly = true
        tables = try DatabaseQueue(path: path, configuration: configuration).read { database in
            let names = try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            var tables: [String: [String]] = [:]
            for name in names where !left.contains(name) {
                let columns = try database.columns(in: name).map { "quote(\"\($0.name)\")" }.joined(separator: " || ', ' || ")
                tables[name] = try String.fetchAll(database, sql: "SELECT \(columns) AS row FROM \"\(name)\" ORDER BY row")
            }
            return tables
        }
    }

    /// The tables that hold something else than they did.
    func changes(since former: StoreContents) -> [String] {
        Set(tables.keys).union(former.tables.keys).filter { tables[$0] != former.tables[$0] }.sorted()
    }
}
