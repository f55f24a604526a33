import CPeers

/// The least that a PostgreSQL server can make durable: one row changed in each transaction, over one connection of libpq.
@safe final class BareServerCommits: Workload {
    let name = "PostgreSQL commits"
    private let connection: OpaquePointer
    private let server: PrivateServer

    init(at server: PrivateServer) throws {
        self.server = server
        guard let connection = unsafe PQconnectdb("host=\(server.folder) user=tessera dbname=postgres"),
            unsafe PQstatus(connection) == CONNECTION_OK
        else { throw BenchmarkError("PQconnectdb failed") }
        unsafe self.connection = unsafe connection
        // The server answers that the table is there already, and the next case goes on with it.
        unsafe PQclear(PQexec(connection, "CREATE TABLE commits (one integer PRIMARY KEY, count bigint NOT NULL)"))
        unsafe PQclear(PQexec(connection, "INSERT INTO commits VALUES (1, 0) ON CONFLICT DO NOTHING"))
        let prepared = unsafe PQprepare(connection, "one", "UPDATE commits SET count = count + 1 WHERE one = 1", 0, nil)
        defer { unsafe PQclear(prepared) }
        try BenchmarkError.check(unsafe PQresultStatus(prepared) == PGRES_COMMAND_OK, "PQprepare")
    }

    deinit { unsafe PQfinish(connection) }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            let result = unsafe PQexecPrepared(connection, "one", 0, nil, nil, nil, 0)
            defer { unsafe PQclear(result) }
            try BenchmarkError.check(unsafe PQresultStatus(result) == PGRES_COMMAND_OK, "PQexecPrepared")
        }
    }
}
