import DeviceProtocol
import GRDB
import Verification

/// One transaction, or one reading, on a connection that is lent for as long as it lasts.
struct SQLiteTransaction: StoreTransaction {
    let database: Database

    func enrolment(_ id: EnrolmentID) throws(StoreError) -> Enrolment? {
        try rows("SELECT * FROM enrolment WHERE id = ?", [id.rawValue], Enrolment.init(row:)).first
    }

    func enrolment(of device: DeviceID) throws(StoreError) -> Enrolment? {
        try rows("SELECT * FROM enrolment WHERE device = ?", [device.rawValue], Enrolment.init(row:)).first
    }

    func enrolments(of subscriber: SubscriberID) throws(StoreError) -> [Enrolment] {
        try rows("SELECT * FROM enrolment WHERE subscriber = ? ORDER BY rowid", [subscriber.rawValue], Enrolment.init(row:))
    }

    func operation(_ id: ChallengeID) throws(StoreError) -> Operation? {
        try rows("SELECT * FROM operation WHERE id = ?", [id.data], Operation.init(row:)).first
    }

    func operation(of subscriber: SubscriberID, idempotencyKey: String) throws(StoreError) -> Operation? {
        try rows(
            "SELECT * FROM operation WHERE subscriber = ? AND idempotency_key = ?", [subscriber.rawValue, idempotencyKey],
            Operation.init(row:)
        ).first
    }

    func operations(of subscriber: SubscriberID) throws(StoreError) -> [Operation] {
        try rows("SELECT * FROM operation WHERE subscriber = ? ORDER BY rowid", [subscriber.rawValue], Operation.init(row:))
    }

    func insert(_ enrolment: Enrolment) throws(StoreError) {
        try change(
            """
            INSERT INTO enrolment (id, subscriber, device, product, emulated, state, failures, credential, sealing, version)
            VALUES (:id, :subscriber, :device, :product, :emulated, :state, :failures, :credential, :sealing, :version)
            """, enrolment.columns())
    }

    func update(_ enrolment: Enrolment) throws(StoreError) {
        let columns = try enrolment.columns().filter { Enrolment.changing.contains($0.key) }
        try change(
            """
            UPDATE enrolment SET state = :state, failures = :failures, credential = :credential, sealing = :sealing, version = version + 1
            WHERE id = :id AND version = :version
            """, columns)
    }

    func insert(_ operation: Operation) throws(StoreError) {
        try change(
            """
            INSERT INTO operation (id, subscriber, device, enrolment, idempotency_key, challenge, state, outcome, sealed, version)
            VALUES (:id, :subscriber, :device, :enrolment, :idempotency_key, :challenge, :state, :outcome, :sealed, :version)
            """, operation.columns())
    }

    func update(_ operation: Operation) throws(StoreError) {
        let columns = try operation.columns().filter { Operation.changing.contains($0.key) }
        try change(
            """
            UPDATE operation SET state = :state, outcome = :outcome, sealed = :sealed, version = version + 1
            WHERE id = :id AND version = :version
            """, columns)
    }

    private func rows<Value>(
        _ sql: String, _ arguments: StatementArguments, _ value: (Row) throws(StoreError) -> Value
    ) throws(StoreError) -> [Value] {
        do { return try Row.fetchAll(database.cachedStatement(sql: sql), arguments: arguments).map(value) } catch {
            throw StoreError(error)
        }
    }

    /// Changes exactly one row, or nothing.
    private func change(_ sql: String, _ columns: [String: (any DatabaseValueConvertible)?]) throws(StoreError) {
        do { try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(columns)) } catch { throw StoreError(error) }
        guard database.changesCount == 1 else { throw .conflict("another version is stored") }
    }
}
