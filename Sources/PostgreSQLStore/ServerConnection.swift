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
    /// Statements that are not sent yet, in their order.
    private var putOff: [PutOff] = []
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

    /// What the server watches for us, should we be the ones who hang: a session whose machine is gone ends when the server misses its answers,
    /// half a minute later.
    ///
    /// A commit waits for disk and standby whatever the server's own setting is or becomes; a standby that does not confirm is a warning,
    /// which has to come through.
    private func setUp(schema: String, isReadOnly: Bool) throws(ServerFailure) {
        try query(
            """
            SET search_path TO "\(schema)", pg_catalog; \(timeouts);
            SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
            SET idle_in_transaction_session_timeout = \((limits.answer + limits.answer).milliseconds);
            SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = \(isReadOnly ? "on" : "off");
            SET client_min_messages = warning;
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'
            """)
    }

    private var timeouts: String {
        "SET statement_timeout = \(limits.statement.milliseconds); SET lock_timeout = \(limits.lock.milliseconds)"
    }

    /// A prepared statement with its values.
    private struct PutOff {
        let name: String
        let values: [StoredValue]
        /// What it means that it changes another number of rows than one; `nil` where any will do.
        var otherwise: ServerFailure?
    }

    /// The most statements that are put off, which bounds the memory that they and their answers take.
    private static let mostPutOff = 200

    // MARK: Statements

    /// Forgets a failure, once it was dealt with, and what was put off behind it.
    func forget() { (failure, putOff) = (nil, []) }

    /// Runs statements without values; the last one's result.
    @discardableResult
    func query(_ sql: String) throws(ServerFailure) -> ServerResult {
        try settle()
        return try answer(within: limits.answer) { unsafe PQsendQuery(connection, sql) }
    }

    /// Runs statements that may take long; what the server only warns of counts as refused.
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
        try settle()
        warning.text = nil
        let result = try query("COMMIT")
        // The server rolls back what it had given up before.
        guard result.command == "COMMIT" else { throw .refused(code: "25P02", "the transaction had failed before") }
        return warning.text
    }

    /// Runs a statement that is prepared once; `?` stands for each value.
    ///
    /// - Throws: ``ServerFailure``, of this statement or of one that was put off.
    func run(_ sql: String, _ values: [StoredValue]) throws(ServerFailure) -> ServerResult {
        let statement = PutOff(name: try name(of: sql, values), values: values)
        guard !putOff.isEmpty else { return try answer(within: limits.answer) { send(statement) } }
        putOff.append(statement)
        return try answers()
    }

    /// Puts a statement off, to be sent with whatever is waited for next.
    ///
    /// - Parameter otherwise: what it means that it changes another number of rows than one; `nil` where any will do.
    func start(_ sql: String, _ values: [StoredValue] = [], otherwise: ServerFailure? = nil) throws(ServerFailure) {
        putOff.append(PutOff(name: try name(of: sql, values), values: values, otherwise: otherwise))
        if putOff.count >= Self.mostPutOff { try settle() }
    }

    /// Sends what was put off, and waits for all answers.
    ///
    /// - Throws: ``ServerFailure``, the first of them.
    func settle() throws(ServerFailure) {
        if !putOff.isEmpty { _ = try answers() }
    }

    /// The first failure since ``forget()``, once nothing is put off any more.
    func settled() -> ServerFailure? {
        try? settle()
        return failure
    }

    /// The name of a prepared statement.
    private func name(of sql: String, _ values: [StoredValue]) throws(ServerFailure) -> String {
        if let known = prepared[sql] { return known }
        try settle()
        let (name, types, numbered) = ("s\(prepared.count)", values.map(\.type), Self.numbered(sql))
        _ = try answer(within: limits.answer) { unsafe PQsendPrepare(connection, name, numbered, Int32(types.count), types) }
        prepared[sql] = name
        return name
    }

    private func send(_ statement: PutOff) -> Int32 {
        let values = statement.values
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
            return unsafe PQsendQueryPrepared(connection, statement.name, Int32(values.count), pointers, lengths, formats, 1)
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
        try remembering { () throws(ServerFailure) in
            let deadline = ContinuousClock.now.advanced(by: limit)
            guard send() == 1 else { throw lost }
            try flush(until: deadline)
            let (last, failure) = try results(until: deadline)
            if let failure { throw failure }
            guard let last else { throw .lost("it answered nothing") }
            return last
        }
    }

    /// Sends what was put off, all of it at once, and waits for the answers; the server leaves out what is behind the first failure
    /// (pipeline mode, PostgreSQL 15, 34.5).
    ///
    /// It hears nothing of them before: as long as we do something else, it watches for us. While they are sent it does not:
    /// ``ServerLink/endStuckWriters()``.
    ///
    /// - Returns: the last statement's result.
    /// - Throws: ``ServerFailure``, the first of them.
    private func answers() throws(ServerFailure) -> ServerResult {
        try remembering { () throws(ServerFailure) in
            let statements = putOff
            putOff = []
            guard unsafe PQenterPipelineMode(connection) == 1 else { throw lost }
            for statement in statements { guard send(statement) == 1 else { throw lost } }
            guard unsafe PQpipelineSync(connection) == 1 else { throw lost }
            try flush(until: .now.advanced(by: limits.answer))
            var (last, failure): (ServerResult?, ServerFailure?)
            for statement in statements {
                // Each has the time that the server gives it.
                let (result, itsFailure) = try results(until: .now.advanced(by: limits.answer))
                failure = failure ?? itsFailure ?? (result?.changes == 1 ? nil : statement.otherwise)
                last = result
            }
            if let failure, failure.isLost { throw failure }
            let sync = try next(until: .now.advanced(by: limits.answer))
            guard sync?.status == PGRES_PIPELINE_SYNC, unsafe PQexitPipelineMode(connection) == 1 else { throw lost }
            if let failure { throw failure }
            guard let last else { throw .lost("it answered nothing") }
            return last
        }
    }

    /// All results of one command: the last, and the first failure.
    private func results(until deadline: ContinuousClock.Instant) throws(ServerFailure) -> (last: ServerResult?, failure: ServerFailure?) {
        var (last, failure): (ServerResult?, ServerFailure?)
        while let result = try next(until: deadline) {
            // It would be the same one for ever.
            guard !result.isCopy else { throw .lost("it answers with a copy") }
            last = result
            if failure == nil { failure = result.failure }
        }
        return (last, failure)
    }

    /// The next result; `nil` behind the last of a command.
    private func next(until deadline: ContinuousClock.Instant) throws(ServerFailure) -> ServerResult? {
        while unsafe PQisBusy(connection) == 1 {
            try wait(for: Int16(POLLIN), until: deadline, "it does not answer")
            guard unsafe PQconsumeInput(connection) == 1 else { throw lost }
        }
        return unsafe PQgetResult(connection).map { unsafe ServerResult($0) }
    }

    /// Sends what waits to be sent, and takes meanwhile what comes back.
    private func flush(until deadline: ContinuousClock.Instant) throws(ServerFailure) {
        while true {
            let left = unsafe PQflush(connection)
            if left == 0 { return }
            guard left == 1 else { throw lost }
            try wait(for: Int16(POLLIN | POLLOUT), until: deadline, "it takes nothing any more")
            guard unsafe PQconsumeInput(connection) == 1 else { throw lost }
        }
    }

    /// Keeps the first failure, or that the connection is gone.
    private func remembering<Value>(_ body: () throws(ServerFailure) -> Value) throws(ServerFailure) -> Value {
        do throws(ServerFailure) { return try body() } catch {
            if failure == nil || error.isLost { failure = error }
            throw error
        }
    }

    /// The connection, in libpq's words.
    private var lost: ServerFailure { .lost(unsafe PQerrorMessage(connection).text) }

    /// Waits for the socket, however often a signal interrupts it.
    private func wait(for events: Int16, until deadline: ContinuousClock.Instant, _ otherwise: String) throws(ServerFailure) {
        while true {
            // Where this process stood still, the time is over and the answer may be there: so it looks first, and judges then.
            let left = max(ContinuousClock.now.duration(to: deadline), .zero)
            var request = pollfd(fd: unsafe PQsocket(connection), events: events, revents: 0)
            guard request.fd >= 0 else { throw lost }
            let ready = unsafe poll(&request, 1, Int32(min(left.milliseconds, 1_000)))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .lost("poll failed") }
            guard left > .zero else { throw .lost(otherwise) }
        }
    }
}

extension ServerConnection: StoreConnection {
    func execute(_ sql: String, _ values: [StoredValue]) throws(StoreError) -> Int {
        do throws(ServerFailure) { return try run(sql, values).changes } catch { throw error.error(from: server) }
    }

    func change(_ sql: String, _ values: [StoredValue]) throws(StoreError) {
        do throws(ServerFailure) { try start(sql, values, otherwise: .unfit(.otherVersion)) } catch { throw error.error(from: server) }
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
