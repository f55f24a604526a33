import DeviceProtocol
import GRDB
import Verification

/// One transaction, or one reading, on a connection that is lent for as long as it lasts.
struct SQLiteTransaction: StoreTransaction {
    let database: Database
    let secrets: StoredSecrets

    func enrolment(_ id: EnrolmentID) throws(StoreError) -> Enrolment? {
        try rows("SELECT \(Enrolment.columnList) FROM enrolment WHERE id = ?", [id.rawValue], enrolment(row:)).first
    }

    func enrolment(of device: DeviceID) throws(StoreError) -> Enrolment? {
        try rows(
            "SELECT \(Enrolment.columnList) FROM enrolment WHERE device = ? ORDER BY rowid DESC", [device.rawValue], enrolment(row:)
        ).first
    }

    func enrolments(of subscriber: SubscriberID) throws(StoreError) -> [Enrolment] {
        try rows(
            "SELECT \(Enrolment.columnList) FROM enrolment WHERE subscriber = ? ORDER BY rowid", [subscriber.rawValue],
            enrolment(row:))
    }

    func sealedEnrolments(after id: EnrolmentID?, limit: Int) throws(StoreError) -> [Enrolment] {
        try rows(
            "SELECT \(Enrolment.columnList) FROM enrolment WHERE sealing IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
            [id?.rawValue ?? "", limit], enrolment(row:))
    }

    func operation(_ id: ChallengeID) throws(StoreError) -> Operation? {
        try rows("SELECT \(Operation.columnList) FROM operation WHERE id = ?", [id.data], Operation.init(row:)).first
    }

    func operation(of subscriber: SubscriberID, idempotencyKey: String) throws(StoreError) -> Operation? {
        try rows(
            "SELECT \(Operation.columnList) FROM operation WHERE subscriber = ? AND idempotency_key = ?",
            [subscriber.rawValue, idempotencyKey], Operation.init(row:)
        ).first
    }

    func operations(of subscriber: SubscriberID) throws(StoreError) -> [Operation] {
        try rows(
            "SELECT \(Operation.columnList) FROM operation WHERE subscriber = ? ORDER BY rowid", [subscriber.rawValue],
            Operation.init(row:))
    }

    func insert(_ enrolment: Enrolment) throws(StoreError) {
        try change(
            "INSERT INTO enrolment (\(Enrolment.columnList)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            try enrolment.fixedColumns() + enrolment.changingColumns(secrets: secrets) + [enrolment.version])
    }

    func update(_ enrolment: Enrolment) throws(StoreError) {
        try change(
            """
            UPDATE enrolment SET state = ?, failures = ?, credential = ?, sealing = ?, life = ?, version = version + 1
            WHERE id = ? AND version = ?
            """,
            try enrolment.changingColumns(secrets: secrets) + [enrolment.id.rawValue, enrolment.version])
    }

    func insert(_ operation: Operation) throws(StoreError) {
        try change(
            "INSERT INTO operation (\(Operation.columnList)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            try operation.fixedColumns() + operation.changingColumns() + [operation.version])
    }

    func update(_ operation: Operation) throws(StoreError) {
        try change(
            "UPDATE operation SET state = ?, outcome = ?, sealed = ?, version = version + 1 WHERE id = ? AND version = ?",
            try operation.changingColumns() + [operation.id.data, operation.version])
    }

    private func enrolment(row: Row) throws(StoreError) -> Enrolment { try Enrolment(row: row, secrets: secrets) }

    func rows<Value>(
        _ sql: String, _ arguments: StatementArguments, _ value: (Row) throws(StoreError) -> Value
    ) throws(StoreError) -> [Value] {
        do {
            // A cursor's rows are not copied.
            let cursor = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
            var values: [Value] = []
            while let row = try cursor.next() { values.append(try value(row)) }
            return values
        } catch {
            throw StoreError(error)
        }
    }

    /// Changes any number of rows.
    func execute(_ sql: String, _ columns: [(any DatabaseValueConvertible)?]) throws(StoreError) {
        do { try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(columns)) } catch { throw StoreError(error) }
    }

    /// Changes exactly one row, or nothing.
    func change(_ sql: String, _ columns: [(any DatabaseValueConvertible)?]) throws(StoreError) {
        try execute(sql, columns)
        guard database.changesCount == 1 else { throw .conflict("another version is stored") }
    }
}
