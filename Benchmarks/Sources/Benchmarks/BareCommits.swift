import CPeers
import Foundation

/// The least that SQLite can make durable: one row changed in each transaction, by one caller.
///
/// Write-ahead log and `synchronous=FULL` as in our store, in the same folder.
@safe final class BareCommits: Workload {
    let name = "SQLite commits"
    private let database: OpaquePointer
    private let statement: OpaquePointer

    init(in file: URL) throws {
        var database: OpaquePointer?
        guard unsafe sqlite3_open(file.path, &database) == SQLITE_OK, let database = unsafe database else {
            throw BenchmarkError("sqlite3_open failed")
        }
        let setup = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE commits (one INTEGER PRIMARY KEY, count INTEGER NOT NULL); INSERT INTO commits VALUES (1, 0);
            """
        try BenchmarkError.check(unsafe sqlite3_exec(database, setup, nil, nil, nil) == SQLITE_OK, "sqlite3_exec")
        var statement: OpaquePointer?
        let change = "UPDATE commits SET count = count + 1 WHERE one = 1"  // outside BEGIN a transaction of its own
        guard unsafe sqlite3_prepare_v2(database, change, -1, &statement, nil) == SQLITE_OK, let statement = unsafe statement else {
            throw BenchmarkError("sqlite3_prepare_v2 failed")
        }
        unsafe (self.database, self.statement) = unsafe (database, statement)
    }

    deinit {
        unsafe sqlite3_finalize(statement)
        unsafe sqlite3_close(database)
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            try BenchmarkError.check(unsafe sqlite3_step(statement) == SQLITE_DONE, "sqlite3_step")
            try BenchmarkError.check(unsafe sqlite3_reset(statement) == SQLITE_OK, "sqlite3_reset")
        }
    }
}
