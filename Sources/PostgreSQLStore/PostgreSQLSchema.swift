#if PostgreSQL
import FoundationEssentials
import StoreTables
import Verification

/// The schema of a store, and how it came about.
struct PostgreSQLSchema {
    private let link: ServerLink

    init(_ link: ServerLink) { self.link = link }

    /// Makes the tables where there are none, brings them up to date, compares the mark, and seals what has to be sealed.
    func prepare(mark: StoreMark, protection: (any SecretProtection)?, askedBy requester: Requester?) throws(StoreError) {
        if try exists() {
            let stored = try self.mark()
            guard stored == mark else { throw .otherMark(stored) }
        }
        guard mark == .test || protection != nil else { throw .keyNeeded }
        if try !isWhole() { try locked { connection throws(StoreError) in try migrate(connection, mark: mark) } }
        let stored = try self.mark()
        guard stored == mark else { throw .otherMark(stored) }
        try seal(protection, askedBy: requester)
    }

    /// What a store was created for that is read as it is.
    func check() throws(StoreError) -> StoreMark {
        let mark = try mark()
        guard try isWhole() else {
            throw .unavailable("an older version of the program has written it, and it was not opened since")
        }
        return mark
    }

    /// What opening the store so would do to it first.
    func opening(mark: StoreMark, protection: (any SecretProtection)?) throws(StoreError) -> StoreOpening {
        guard mark == .test || protection != nil else { throw .keyNeeded }
        guard try exists() else { return .creates }
        let stored = try self.mark()
        guard stored == mark else { throw .otherMark(stored) }
        guard try isWhole() else { return .bringsUpToDate }
        let sealed = try sealed()
        return try SecretRotation.needed(by: protection, after: sealed) != nil || sealed?.isRewritten == false ? .seals : .asItIs
    }

    /// What the store was created for.
    func mark() throws(StoreError) -> StoreMark {
        guard try exists() else { throw .unavailable("there are no tables of a store in the schema \"\(link.address.schema)\"") }
        let text = try values("SELECT mark FROM store") { $0.text(at: 0) }.first
        guard let mark = text.flatMap(StoreMark.init) else { throw .damaged("it has no mark") }
        return mark
    }

    private func exists() throws(StoreError) -> Bool {
        // The catalogue itself, because to_regclass() may not know yet what another process made a moment ago.
        let sql = """
            SELECT 1::bigint FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE nspname = '\(link.address.schema)' AND relname = 'store'
            """
        return try !values(sql) { $0.integer(at: 0) }.isEmpty
    }

    /// Whether all steps were taken.
    private func isWhole() throws(StoreError) -> Bool {
        guard try exists() else { return false }
        let taken = try taken()
        guard taken <= Self.steps.count else { throw .unavailable("a newer version of the program has written it") }
        return taken == Self.steps.count
    }

    /// How many steps were taken.
    private func taken() throws(StoreError) -> Int {
        let taken = try values("SELECT max(number) FROM migration") { $0.integer(at: 0) }.first ?? 0
        guard taken >= 0, let taken = Int(exactly: taken) else { throw .damaged("its table of steps counts \(taken)") }
        return taken
    }

    private func migrate(_ connection: ServerConnection, mark: StoreMark) throws(StoreError) {
        // Somebody else may have been quicker.
        var taken = 0
        if try exists() { taken = try self.taken() }
        do throws(ServerFailure) {
            for (index, step) in Self.steps.enumerated().dropFirst(taken) {
                try connection.queryAtLength(step.replacing("SCHEMA_NAME", with: link.address.schema))
                _ = try connection.run("INSERT INTO migration (number) VALUES (?)", [.integer(Int64(index) + 1)])
            }
            guard taken == 0 else { return }
            var generator = SystemRandomNumberGenerator()
            _ = try connection.run("INSERT INTO store (one, mark) VALUES (1, ?)", [.text(mark.rawValue)])
            _ = try connection.run(
                "INSERT INTO audit_chain (one, id) VALUES (1, ?)",
                [.bytes((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })])
        } catch { throw error.error(from: link.address.name) }
    }

    /// A store that was made without keys is sealed whole, and what was in the clear goes with its rows.
    private func seal(_ protection: (any SecretProtection)?, askedBy requester: Requester?) throws(StoreError) {
        if try SecretRotation.needed(by: protection, after: sealed()) != nil {
            try locked { connection throws(StoreError) in
                _ = try connection.execute("SELECT one FROM audit_chain WHERE one = 1 FOR UPDATE", [])
                guard let rotation = try SecretRotation.needed(by: protection, after: sealed()) else { return }
                try rotation.sealAll(on: connection, askedBy: requester)
            }
        }
        if try sealed()?.isRewritten == false { try rewrite() }
    }

    /// Writes the tables anew; whoever opens the same schema meanwhile waits, and then finds it done.
    private func rewrite() throws(StoreError) {
        do throws(ServerFailure) {
            let connection = try link.connected(until: link.deadline)
            try connection.queryAtLength("SELECT pg_advisory_lock(\(Self.lock), hashtext('\(link.address.schema)'))::text")
            let isDone: Bool
            do throws(StoreError) { isDone = try sealed()?.isRewritten != false } catch { throw .unfit(error) }
            if !isDone {
                try connection.queryAtLength("VACUUM FULL enrolment, subscriber, device_order")
                _ = try connection.run(SecretRotation.rewritten, [])
            }
            try connection.query("SELECT pg_advisory_unlock(\(Self.lock), hashtext('\(link.address.schema)'))::text")
        } catch {
            // The lock goes with the connection.
            link.drop()
            throw error.error(from: link.address.name)
        }
    }

    /// `TESS`: locks of others in the database have other names.
    private static let lock = 1_413_829_459

    private func sealed() throws(StoreError) -> SecretRotation.Sealed? {
        try values(SecretRotation.Sealed.sql, SecretRotation.Sealed.init(row:)).first
    }

    // MARK: Statements

    /// Runs `body` in a transaction that no other process opens the same schema in.
    private func locked(_ body: (ServerConnection) throws(StoreError) -> Void) throws(StoreError) {
        do throws(ServerFailure) {
            let connection = try link.connected(until: link.deadline)
            try connection.query("BEGIN")
            _ = try connection.run(
                "SELECT pg_advisory_xact_lock(\(Self.lock), hashtext(?))::text", [.text(link.address.schema)])
            do throws(StoreError) { try body(connection) } catch {
                link.recover(from: connection.failure ?? .unfit(error))
                throw .unfit(error)
            }
            if let failure = connection.settled() {
                link.recover(from: failure)
                throw failure
            }
            guard try connection.commit() == nil else { throw .unfit(.unknownOutcome(server: link.address.name)) }
        } catch {
            if error.isLost { link.drop() }
            throw error.error(from: link.address.name)
        }
    }

    private func values<Value>(_ sql: String, _ value: (any StoreRow) -> Value?) throws(StoreError) -> [Value] {
        do throws(ServerFailure) {
            var found: [Value] = []
            try link.connected(until: link.deadline).run(sql, []).eachRow { row in if let one = value(row) { found.append(one) } }
            return found
        } catch {
            if error.isLost { link.drop() }
            throw error.error(from: link.address.name)
        }
    }
}
#endif
