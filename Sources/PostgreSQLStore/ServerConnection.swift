#if PostgreSQL
import CPostgreSQL
import FoundationEssentials
import Glibc
import StoreTables
import Verification

/// One connection to a server, for one thread; libpq without those of its calls that wait for ever.
///
/// `PQconnectPoll` remains: it looks a name up, and asks Kerberos where it may, before it has a socket to wait for. How long that lasts is the
/// resolver's decision.
@safe final class ServerConnection {
    private let connection: OpaquePointer
    private let limits: PostgreSQLLimits
    /// What errors call the server.
    let server: String
    private var prepared: [String: String] = [:]
    private let warning = Warning()
    /// The first failure since ``forget()``; a body that catches an error cannot hide it.
    private(set) var failure: ServerFailure?

    /// What the server warned of last.
    private final class Warning { var text: String? }

    private init(_ connection: OpaquePointer, limits: PostgreSQLLimits, server: String) {
        unsafe self.connection = unsafe connection
        self.limits = limits
        self.server = server
        unsafe PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context = unsafe context else { return }
                let text = unsafe PQresultErrorField(result, 77).map { unsafe String(cString: $0) }
                let severity = unsafe PQresultErrorField(result, 86).map { unsafe String(cString: $0) }
                if severity == "WARNING" { unsafe Unmanaged<Warning>.fromOpaque(context).takeUnretainedValue().text = text }
            }, Unmanaged.passUnretained(warning).toOpaque())
    }

    deinit { unsafe PQfinish(connection) }

    /// Connects to the first of the servers that takes changes; each has its own time, since libpq would wait for the first one alone.
    ///
    /// - Parameter isReadOnly: whether one will do that takes none, such as a standby; nothing can be changed then.
    static func open(_ address: PostgreSQLAddress, limits: PostgreSQLLimits, isReadOnly: Bool) throws(ServerFailure) -> ServerConnection {
        var (reasons, refusal, crowd): ([String], ServerFailure?, ServerFailure?) = ([], nil, nil)
        for host in address.hosts {
            do throws(ServerFailure) {
                return try open(host, of: address, limits: limits, isReadOnly: isReadOnly)
            } catch {
                switch error {
                case .lost(let reason): reasons.append(reason)
                case .crowded: crowd = crowd ?? error
                case .refused, .unfit: refusal = refusal ?? error
                }
            }
        }
        // One that is there says more than those that are away.
        if let crowd { throw crowd }
        // While one of them is away, it may be the one that would have let us in.
        if reasons.isEmpty, let refusal { throw refusal }
        throw .lost(reasons.joined(separator: "; "))
    }

    private static func open(
        _ host: PostgreSQLAddress.Host, of address: PostgreSQLAddress, limits: PostgreSQLLimits, isReadOnly: Bool
    ) throws(ServerFailure) -> ServerConnection {
        let parameters =
            [
                ("fallback_application_name", "tessera"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
                ("keepalives_count", "3"), ("tcp_user_timeout", "15000"), ("dbname", address.text),
            ] + host.parameters.map { ($0.keyword, $0.value) } + [
                ("target_session_attrs", isReadOnly ? "any" : "read-write"), ("client_encoding", "UTF8"),
            ]
        // Texts as C wants them, with NULL behind the last.
        let (keywords, values) = unsafe (parameters.map { unsafe strdup($0.0) } + [nil], parameters.map { unsafe strdup($0.1) } + [nil])
        defer { unsafe (keywords + values).forEach { unsafe free($0) } }
        let started = unsafe PQconnectStartParams(
            keywords.map { unsafe UnsafePointer($0) }, values.map { unsafe UnsafePointer($0) }, 1)
        guard let started = unsafe started else { throw .lost("no memory for a connection") }
        let connection = unsafe ServerConnection(started, limits: limits, server: address.name)
        // Before there is a result, the server's code stands in the text alone, and only if it was asked for.
        unsafe PQsetErrorVerbosity(started, PQERRORS_VERBOSE)
        try connection.finishConnecting(until: .now.advanced(by: limits.connect))
        unsafe PQsetErrorVerbosity(started, PQERRORS_DEFAULT)
        unsafe PQsetnonblocking(started, 1)
        try connection.setUp(schema: address.schema, isReadOnly: isReadOnly)
        return connection
    }

    private func finishConnecting(until deadline: ContinuousClock.Instant) throws(ServerFailure) {
        var state = PGRES_POLLING_WRITING
        while true {
            switch state {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: try wait(for: Int16(POLLIN), until: deadline, "it does not let us in")
            case PGRES_POLLING_WRITING: try wait(for: Int16(POLLOUT), until: deadline, "it does not accept a connection")
            default:
                let needsPassword = unsafe PQconnectionNeedsPassword(connection) == 1
                throw ServerFailure(connecting: unsafe PQerrorMessage(connection).text, to: server, needsPassword: needsPassword)
            }
            state = unsafe PQconnectPoll(connection)
        }
    }

    /// What the server watches for us, should we be the ones who hang.
    ///
    /// A commit waits for disk and standby whatever the server's own setting is or becomes; a standby that does not confirm is a warning,
    /// which has to come through.
    private func setUp(schema: String, isReadOnly: Bool) throws(ServerFailure) {
        try query(
            """
            SET search_path TO "\(schema)", pg_catalog; \(timeouts);
            SET idle_in_transaction_session_timeout = \((limits.answer + limits.answer).milliseconds);
            SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = \(isReadOnly ? "on" : "off");
            SET client_min_messages = warning;
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'
            """)
    }

    private var timeouts: String {
        "SET statement_timeout = \(limits.statement.milliseconds); SET lock_timeout = \(limits.lock.milliseconds)"
    }

    // MARK: Statements

    /// Forgets a failure, once it was dealt with.
    func forget() { failure = nil }

    /// Runs statements without values; the last one's result.
    @discardableResult
    func query(_ sql: String) throws(ServerFailure) -> ServerResult {
        try answer(within: limits.answer) { unsafe PQsendQuery(connection, sql) }
    }

    /// Runs one statement that takes long and is no part of a transaction; what the server only warns of counts as refused.
    func queryAtLength(_ sql: String) throws(ServerFailure) {
        let limit = limits.rewriting
        try query("SET statement_timeout = \(limit.milliseconds); SET lock_timeout = \(limit.milliseconds)")
        warning.text = nil
        _ = try answer(within: limit + .seconds(2)) { unsafe PQsendQuery(connection, sql) }
        if let text = warning.text { throw .refused(code: "01000", text) }
        try query(timeouts)
    }

    /// Ends a transaction durably.
    ///
    /// - Returns: what keeps the acknowledgement from counting: a standby that was no longer waited for.
    func commit() throws(ServerFailure) -> String? {
        warning.text = nil
        let result = try query("COMMIT")
        // The server rolls back what it had given up before.
        guard result.command == "COMMIT" else { throw .refused(code: "25P02", "the transaction had failed before") }
        return warning.text
    }

    /// Runs a statement that is prepared once; `?` stands for each value.
    func run(_ sql: String, _ values: [StoredValue]) throws(ServerFailure) -> ServerResult {
        let name: String
        if let known = prepared[sql] {
            name = known
        } else {
            name = "s\(prepared.count)"
            let types = values.map(\.type)
            let numbered = Self.numbered(sql)
            _ = try answer(within: limits.answer) { unsafe PQsendPrepare(connection, name, numbered, Int32(types.count), types) }
            prepared[sql] = name
        }
        return try answer(within: limits.answer) { send(name, values) }
    }

    private func send(_ name: String, _ values: [StoredValue]) -> Int32 {
        let encoded = values.map(\.encoded)
        let bytes = Array(encoded.map { $0 ?? [] }.joined()) + [0]
        let (lengths, formats) = (encoded.map { Int32($0?.count ?? 0) }, values.map { _ in Int32(1) })
        return unsafe bytes.withUnsafeBytes { bytes in
            var offset = 0
            let pointers = unsafe encoded.map { value -> UnsafePointer<CChar>? in
                guard let value else { return nil }
                defer { offset += value.count }
                return unsafe bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            return unsafe PQsendQueryPrepared(connection, name, Int32(values.count), pointers, lengths, formats, 1)
        }
    }

    /// `$1`, `$2` and so on in place of each `?`; none of our statements has one elsewhere.
    static func numbered(_ sql: String) -> String {
        var (text, number) = ("", 0)
        for character in sql {
            if character == "?" {
                number += 1
                text += "$\(number)"
            } else {
                text.append(character)
            }
        }
        return text
    }

    /// Sends, and waits for everything that comes back; the first failure of it counts.
    private func answer(within limit: Duration, _ send: () -> Int32) throws(ServerFailure) -> ServerResult {
        do throws(ServerFailure) {
            let deadline = ContinuousClock.now.advanced(by: limit)
            guard send() == 1 else { throw .lost(unsafe PQerrorMessage(connection).text) }
            while true {
                let left = unsafe PQflush(connection)
                if left == 0 { break }
                guard left == 1 else { throw .lost(unsafe PQerrorMessage(connection).text) }
                try wait(for: Int16(POLLIN | POLLOUT), until: deadline, "it takes nothing any more")
                guard unsafe PQconsumeInput(connection) == 1 else { throw .lost(unsafe PQerrorMessage(connection).text) }
            }
            var (last, failure): (ServerResult?, ServerFailure?)
            while true {
                while unsafe PQisBusy(connection) == 1 {
                    try wait(for: Int16(POLLIN), until: deadline, "it does not answer")
                    guard unsafe PQconsumeInput(connection) == 1 else { throw .lost(unsafe PQerrorMessage(connection).text) }
                }
                guard let next = unsafe PQgetResult(connection) else { break }
                let result = unsafe ServerResult(next)
                last = result
                if failure == nil { failure = result.failure }
            }
            if let failure { throw failure }
            guard let last else { throw .lost("it answered nothing") }
            return last
        } catch {
            if failure == nil { failure = error }
            throw error
        }
    }

    /// Waits for the socket, however often a signal interrupts it.
    private func wait(for events: Int16, until deadline: ContinuousClock.Instant, _ otherwise: String) throws(ServerFailure) {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw .lost(otherwise) }
            var request = pollfd(fd: unsafe PQsocket(connection), events: events, revents: 0)
            guard request.fd >= 0 else { throw .lost(unsafe PQerrorMessage(connection).text) }
            let ready = unsafe poll(&request, 1, Int32(min(left.milliseconds, 1_000)))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .lost("poll failed") }
        }
    }
}

extension ServerConnection: StoreConnection {
    func execute(_ sql: String, _ values: [StoredValue]) throws(StoreError) -> Int {
        do throws(ServerFailure) { return try run(sql, values).changes } catch { throw error.error(from: server) }
    }

    func eachRow(
        of sql: String, _ values: [StoredValue], _ body: (any StoreRow) throws(StoreError) -> Void
    ) throws(StoreError) {
        let result: ServerResult
        do throws(ServerFailure) { result = try run(sql, values) } catch { throw error.error(from: server) }
        try result.eachRow(body)
    }
}

extension StoredValue {
    /// The server's number of the type: int8, float8, text, bytea (PostgreSQL's `pg_type.dat`).
    fileprivate var type: Oid {
        switch self {
        case .integer: 20
        case .real: 701
        case .text: 25
        case .bytes: 17
        }
    }

    /// The type's binary form; `nil` for `NULL`.
    fileprivate var encoded: [UInt8]? {
        switch self {
        case .integer(let number): number.map { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
        case .real(let number): StoredValue.integer(number.map { Int64(bitPattern: $0.bitPattern) }).encoded
        case .text(let text): text.map { Array($0.utf8) }
        case .bytes(let data): data.map { Array($0) }
        }
    }
}

#endif
