import DeviceProtocol
import FoundationEssentials
package import Verification

extension TableTransaction {
    package func subscriber(_ id: SubscriberID) throws(StoreError) -> Subscriber? {
        try rows("SELECT record, version FROM subscriber WHERE id = ?", [.text(id.rawValue)]) { (row) throws(StoreError) in
            Subscriber(id: id, record: try secrets.open(Subscriber.Record.self, row[0], at: id.place), version: try row[1])
        }.first
    }

    package func subscribers(prefix: String, after id: SubscriberID?, limit: Int) throws(StoreError) -> [Subscriber] {
        var (sign, start) = (">=", prefix)
        // One bound alone: SQLite would look for the rows with either of two.
        if let id, id.rawValue >= prefix { (sign, start) = (">", id.rawValue) }
        // DEL is behind every character of a user ID.
        return try rows(
            "SELECT id, record, version FROM subscriber WHERE id \(sign) ? AND id < ? ORDER BY id LIMIT ?",
            [.text(start), .text(prefix + "\u{7F}"), .count(limit)]
        ) { (row) throws(StoreError) in
            guard let id = SubscriberID(rawValue: try row[0]) else { throw .damaged("a row names no subscriber") }
            return Subscriber(id: id, record: try secrets.open(Subscriber.Record.self, row[1], at: id.place), version: try row[2])
        }
    }

    package func insert(_ subscriber: Subscriber) throws(StoreError) {
        try change(
            "INSERT INTO subscriber (id, record, version) VALUES (?, ?, ?)",
            [
                .text(subscriber.id.rawValue), .bytes(try secrets.seal(subscriber.record, at: subscriber.id.place)),
                .count(subscriber.version),
            ])
    }

    package func update(_ subscriber: Subscriber) throws(StoreError) {
        try change(
            "UPDATE subscriber SET record = ?, version = version + 1 WHERE id = ? AND version = ?",
            [
                .bytes(try secrets.seal(subscriber.record, at: subscriber.id.place)), .text(subscriber.id.rawValue),
                .count(subscriber.version),
            ])
    }

    package func order(_ id: EnrolmentID) throws(StoreError) -> Order? {
        try rows("SELECT \(Order.columnList) FROM device_order WHERE id = ?", [.text(id.rawValue)], order(row:)).first
    }

    package func orders(of subscriber: SubscriberID) throws(StoreError) -> [Order] {
        try rows(
            "SELECT \(Order.columnList) FROM device_order WHERE subscriber = ? ORDER BY rowid", [.text(subscriber.rawValue)],
            order(row:))
    }

    package func insert(_ order: Order) throws(StoreError) {
        try change(
            "INSERT INTO device_order (\(Order.columnList)) VALUES (?, ?, ?, ?, ?)",
            [
                .text(order.id.rawValue), .text(order.subscriber.rawValue), .text(order.product.rawValue),
                .bytes(try secrets.seal(order.record, at: order.place)), .count(order.version),
            ])
    }

    package func update(_ order: Order) throws(StoreError) {
        try change(
            "UPDATE device_order SET record = ?, version = version + 1 WHERE id = ? AND version = ?",
            [.bytes(try secrets.seal(order.record, at: order.place)), .text(order.id.rawValue), .count(order.version)])
    }

    private func order(row: any StoreRow) throws(StoreError) -> Order { try Order(row: row, secrets: secrets) }

    package func session(_ id: SessionID) throws(StoreError) -> Session? {
        try rows("SELECT \(Session.columnList) FROM session WHERE id = ?", [.bytes(id.bytes)], Session.init(row:)).first
    }

    package func sessions(of subscriber: SubscriberID) throws(StoreError) -> [Session] {
        try rows(
            "SELECT \(Session.columnList) FROM session WHERE subscriber = ? ORDER BY rowid", [.text(subscriber.rawValue)],
            Session.init(row:))
    }

    package func insert(_ session: Session) throws(StoreError) {
        try change(
            "INSERT INTO session (\(Session.columnList)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .bytes(session.id.bytes), .text(session.subscriber.rawValue), .text(session.enrolment.rawValue),
                .text(session.application), .text(session.account?.rawValue), .real(session.startedAt.timeIntervalSince1970),
                .real(session.lastActive.timeIntervalSince1970), .count(session.version),
            ])
    }

    package func update(_ session: Session) throws(StoreError) {
        try change(
            "UPDATE session SET last_active = ?, version = version + 1 WHERE id = ? AND version = ?",
            [.real(session.lastActive.timeIntervalSince1970), .bytes(session.id.bytes), .count(session.version)])
    }

    package func remove(_ session: Session) throws(StoreError) {
        try change("DELETE FROM session WHERE id = ?", [.bytes(session.id.bytes)])
    }

    package func notices(of subscriber: SubscriberID) throws(StoreError) -> [Notice] {
        try rows(
            "SELECT \(Notice.columnList) FROM notice WHERE subscriber = ? ORDER BY number", [.text(subscriber.rawValue)], Notice.init(row:))
    }

    package func notices(after number: Int64, limit: Int) throws(StoreError) -> [NumberedNotice] {
        try rows(
            "SELECT \(Notice.columnList) FROM notice WHERE number > ? ORDER BY number LIMIT ?", [.integer(number), .count(limit)]
        ) { (row) throws(StoreError) in
            NumberedNotice(number: try row[0], notice: try Notice(row: row))
        }
    }

    package func insert(_ notice: Notice) throws(StoreError) {
        try change(
            "INSERT INTO notice (subscriber, device, kind, at) VALUES (?, ?, ?, ?)",
            [
                .text(notice.subscriber.rawValue), .text(notice.device?.rawValue), .bytes(try StoredColumn.encode(notice.kind)),
                .real(notice.at.timeIntervalSince1970),
            ])
    }

    package func strangers() throws(StoreError) -> Int {
        try rows("SELECT attempts FROM stranger", []) { (row) throws(StoreError) in try row[0] as Int }.first ?? 0
    }

    package func countStranger() throws(StoreError) { try change("UPDATE stranger SET attempts = attempts + 1", []) }
}

extension SubscriberID {
    /// Where a subscriber's record lies.
    fileprivate var place: SecretPlace { SecretPlace(.subscriber, subscriber: self) }
}

extension Order {
    /// The columns of a row, in the order in which they are read and written.
    fileprivate static let columnList = "id, subscriber, product, record, version"

    /// Where its record lies.
    fileprivate var place: SecretPlace { SecretPlace(.order, of: id, subscriber: subscriber) }

    fileprivate init(row: any StoreRow, secrets: StoredSecrets) throws(StoreError) {
        guard let id = EnrolmentID(rawValue: try row[0]), let subscriber = SubscriberID(rawValue: try row[1]) else {
            throw .damaged("an order cannot be read")
        }
        let place = SecretPlace(.order, of: id, subscriber: subscriber)
        self.init(
            id: id, subscriber: subscriber, product: ProductProfile.ID(rawValue: try row[2]),
            record: try secrets.open(Record.self, row[3], at: place), version: try row[4])
    }
}

extension Notice {
    /// The columns of a row, in the order in which they are read.
    fileprivate static let columnList = "number, subscriber, device, kind, at"

    fileprivate init(row: any StoreRow) throws(StoreError) {
        guard let subscriber = SubscriberID(rawValue: try row[1]) else { throw .damaged("a notice cannot be read") }
        self.init(
            subscriber: subscriber, device: row.text(at: 2).flatMap(DeviceID.init(rawValue:)),
            kind: try StoredColumn.decode(Kind.self, from: row[3]), at: try row[4])
    }
}

extension Session {
    /// The columns of a row, in the order in which they are read and written.
    fileprivate static let columnList = "id, subscriber, enrolment, application, account, started_at, last_active, version"

    fileprivate init(row: any StoreRow) throws(StoreError) {
        guard let id = SessionID(bytes: try row[0]), let subscriber = SubscriberID(rawValue: try row[1]),
            let enrolment = EnrolmentID(rawValue: try row[2])
        else { throw .damaged("a session cannot be read") }
        self.init(
            id: id, subscriber: subscriber, enrolment: enrolment, application: try row[3],
            account: row.text(at: 4).flatMap(AccountID.init(rawValue:)), startedAt: try row[5], lastActive: try row[6],
            version: try row[7])
    }
}
