package import DeviceProtocol
package import Verification

/// One transaction, or one reading, on a connection that is lent for as long as it lasts: what every engine's tables have in common.
package struct TableTransaction: StoreTransaction {
    package let connection: any StoreConnection
    package let secrets: StoredSecrets
    let ends: LogEnds
    /// Who asks for what is written.
    let requester: Requester?
    private let lastRead = LastRead()

    /// - Parameters:
    ///   - ends: shared by all who write in one transaction.
    ///   - requester: who asks for what is written.
    package init(connection: any StoreConnection, secrets: StoredSecrets, ends: LogEnds = LogEnds(), requester: Requester? = nil) {
        self.connection = connection
        self.secrets = secrets
        self.ends = ends
        self.requester = requester
    }

    /// The same for somebody's request.
    func asked(by requester: Requester?) -> TableTransaction {
        TableTransaction(connection: connection, secrets: secrets, ends: ends, requester: requester)
    }

    package func enrolment(_ id: EnrolmentID) throws(StoreError) -> Enrolment? {
        try rows("SELECT \(Enrolment.columnList) FROM enrolment WHERE id = ?", [.text(id.rawValue)], enrolment(row:)).first
    }

    package func product(of id: EnrolmentID) throws(StoreError) -> ProductProfile.ID? {
        try rows("SELECT product FROM enrolment WHERE id = ?", [.text(id.rawValue)]) { (row) throws(StoreError) in
            ProductProfile.ID(rawValue: try row[0])
        }.first
    }

    package func enrolment(of device: DeviceID) throws(StoreError) -> Enrolment? { try formerEnrolments(of: device).first }

    package func formerEnrolments(of device: DeviceID) throws(StoreError) -> [Enrolment] {
        try rows(
            "SELECT \(Enrolment.columnList) FROM enrolment WHERE device = ? ORDER BY rowid DESC", [.text(device.rawValue)], enrolment(row:))
    }

    package func enrolments(of subscriber: SubscriberID) throws(StoreError) -> [Enrolment] {
        try rows(
            "SELECT \(Enrolment.columnList) FROM enrolment WHERE subscriber = ? ORDER BY rowid", [.text(subscriber.rawValue)],
            enrolment(row:))
    }

    package func enrolments(after id: EnrolmentID?, limit: Int) throws(StoreError) -> [Enrolment] {
        try rows(
            "SELECT \(Enrolment.columnList) FROM enrolment WHERE id > ? ORDER BY id LIMIT ?",
            [.text(id?.rawValue ?? ""), .count(limit)], enrolment(row:))
    }

    package func sealedEnrolments(after id: EnrolmentID?, limit: Int) throws(StoreError) -> [Enrolment] {
        try rows(
            "SELECT \(Enrolment.columnList) FROM enrolment WHERE sealing IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
            [.text(id?.rawValue ?? ""), .count(limit)], enrolment(row:))
    }

    package func insert(_ enrolment: Enrolment) throws(StoreError) {
        try change(
            "INSERT INTO enrolment (\(Enrolment.columnList)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            try enrolment.fixedColumns() + enrolment.changingColumns(since: nil, secrets: secrets).map(\.value)
                + [.count(enrolment.version)])
    }

    package func prepared(_ enrolment: Enrolment, since former: Enrolment) throws(StoreError) -> PreparedUpdate<Enrolment> {
        try secrets.prepared(enrolment, since: former)
    }

    package func prepared(_ operation: Operation) throws(StoreError) -> PreparedUpdate<Operation> { try secrets.prepared(operation) }

    package func update(_ enrolment: Enrolment) throws(StoreError) {
        try update(
            PreparedUpdate(enrolment, columns: try enrolment.changingColumns(since: lastRead.state(of: enrolment), secrets: secrets)))
    }

    package func update(_ enrolment: PreparedUpdate<Enrolment>) throws(StoreError) {
        let columns = enrolment.columns
        try change(
            "UPDATE enrolment SET \(columns.map { $0.name + " = ?, " }.joined())version = version + 1 WHERE id = ? AND version = ?",
            columns.map(\.value) + [.text(enrolment.row.id.rawValue), .count(enrolment.row.version)])
    }

    func enrolment(row: any StoreRow) throws(StoreError) -> Enrolment {
        let enrolment = try Enrolment(row: row, secrets: secrets)
        lastRead.enrolment = enrolment
        return enrolment
    }

    package func rows<Value>(
        _ sql: String, _ values: [StoredValue], _ value: (any StoreRow) throws(StoreError) -> Value
    ) throws(StoreError) -> [Value] {
        var found: [Value] = []
        try connection.eachRow(of: sql, values) { (row) throws(StoreError) in found.append(try value(row)) }
        return found
    }

    /// Changes any number of rows.
    package func execute(_ sql: String, _ values: [StoredValue]) throws(StoreError) { _ = try connection.execute(sql, values) }

    /// Changes exactly one row, or nothing.
    package func change(_ sql: String, _ values: [StoredValue]) throws(StoreError) {
        try connection.change(sql, values)
    }
}

/// The enrolment that a transaction read last, as it is stored.
private final class LastRead {
    var enrolment: Enrolment?

    /// How an enrolment is stored, when it was read last as this version; nobody else writes within the transaction.
    func state(of enrolment: Enrolment) -> Enrolment? {
        guard let last = self.enrolment, last.id == enrolment.id, last.version == enrolment.version else { return nil }
        return last
    }
}
