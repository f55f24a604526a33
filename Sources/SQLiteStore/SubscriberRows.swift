import DeviceProtocol
import FoundationEssentials
import GRDB
import Verification

extension SQLiteTransaction {
    func subscriber(_ id: SubscriberID) throws(StoreError) -> Subscriber? {
        try rows("SELECT * FROM subscriber WHERE id = ?", [id.rawValue]) { (row) throws(StoreError) in
            Subscriber(id: id, record: try StoredJSON.decode(Subscriber.Record.self, from: row["record"]), version: row["version"])
        }.first
    }

    func insert(_ subscriber: Subscriber) throws(StoreError) {
        try change(
            "INSERT INTO subscriber (id, record, version) VALUES (?, ?, ?)",
            [subscriber.id.rawValue, try StoredJSON.encode(subscriber.record), subscriber.version])
    }

    func update(_ subscriber: Subscriber) throws(StoreError) {
        try change(
            "UPDATE subscriber SET record = ?, version = version + 1 WHERE id = ? AND version = ?",
            [try StoredJSON.encode(subscriber.record), subscriber.id.rawValue, subscriber.version])
    }

    func order(_ id: EnrolmentID) throws(StoreError) -> Order? {
        try rows("SELECT * FROM device_order WHERE id = ?", [id.rawValue], Order.init(row:)).first
    }

    func orders(of subscriber: SubscriberID) throws(StoreError) -> [Order] {
        try rows("SELECT * FROM device_order WHERE subscriber = ? ORDER BY rowid", [subscriber.rawValue], Order.init(row:))
    }

    func insert(_ order: Order) throws(StoreError) {
        try change(
            "INSERT INTO device_order (id, subscriber, product, record, version) VALUES (?, ?, ?, ?, ?)",
            [
                order.id.rawValue, order.subscriber.rawValue, order.product.rawValue, try StoredJSON.encode(order.record), order.version,
            ])
    }

    func update(_ order: Order) throws(StoreError) {
        try change(
            "UPDATE device_order SET record = ?, version = version + 1 WHERE id = ? AND version = ?",
            [try StoredJSON.encode(order.record), order.id.rawValue, order.version])
    }

    func session(_ id: SessionID) throws(StoreError) -> Session? {
        try rows("SELECT * FROM session WHERE id = ?", [Data(id.bytes)], Session.init(row:)).first
    }

    func sessions(of subscriber: SubscriberID) throws(StoreError) -> [Session] {
        try rows("SELECT * FROM session WHERE subscriber = ? ORDER BY rowid", [subscriber.rawValue], Session.init(row:))
    }

    func insert(_ session: Session) throws(StoreError) {
        try change(
            """
            INSERT INTO session (id, subscriber, enrolment, application, account, started_at, last_active, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                Data(session.id.bytes), session.subscriber.rawValue, session.enrolment.rawValue, session.application,
                session.account?.rawValue, session.startedAt.timeIntervalSince1970, session.lastActive.timeIntervalSince1970,
                session.version,
            ])
    }

    func update(_ session: Session) throws(StoreError) {
        try change(
            "UPDATE session SET last_active = ?, version = version + 1 WHERE id = ? AND version = ?",
            [session.lastActive.timeIntervalSince1970, Data(session.id.bytes), session.version])
    }

    func remove(_ session: Session) throws(StoreError) {
        try change("DELETE FROM session WHERE id = ?", [Data(session.id.bytes)])
    }

    func notices(of subscriber: SubscriberID) throws(StoreError) -> [Notice] {
        try rows("SELECT * FROM notice WHERE subscriber = ? ORDER BY number", [subscriber.rawValue], Notice.init(row:))
    }

    func notices(after number: Int64, limit: Int) throws(StoreError) -> [NumberedNotice] {
        try rows("SELECT * FROM notice WHERE number > ? ORDER BY number LIMIT ?", [number, limit]) { (row) throws(StoreError) in
            NumberedNotice(number: row["number"], notice: try Notice(row: row))
        }
    }

    func insert(_ notice: Notice) throws(StoreError) {
        try change(
            "INSERT INTO notice (subscriber, device, kind, at) VALUES (?, ?, ?, ?)",
            [
                notice.subscriber.rawValue, notice.device?.rawValue, try StoredJSON.encode(notice.kind), notice.at.timeIntervalSince1970,
            ])
    }

    func strangers() throws(StoreError) -> Int {
        try rows("SELECT attempts FROM stranger", []) { (row) throws(StoreError) in row["attempts"] as Int }.first ?? 0
    }

    func countStranger() throws(StoreError) { try change("UPDATE stranger SET attempts = attempts + 1", []) }
}

extension Order {
    fileprivate init(row: Row) throws(StoreError) {
        guard let id = EnrolmentID(rawValue: row["id"]), let subscriber = SubscriberID(rawValue: row["subscriber"]) else {
            throw .damaged("an order cannot be read")
        }
        self.init(
            id: id, subscriber: subscriber, product: ProductProfile.ID(rawValue: row["product"]),
            record: try StoredJSON.decode(Record.self, from: row["record"]), version: row["version"])
    }
}

extension Notice {
    fileprivate init(row: Row) throws(StoreError) {
        guard let subscriber = SubscriberID(rawValue: row["subscriber"]) else { throw .damaged("a notice cannot be read") }
        self.init(
            subscriber: subscriber, device: (row["device"] as String?).flatMap(DeviceID.init(rawValue:)),
            kind: try StoredJSON.decode(Kind.self, from: row["kind"]), at: Date(timeIntervalSince1970: row["at"]))
    }
}

extension Session {
    fileprivate init(row: Row) throws(StoreError) {
        guard let id = SessionID(bytes: Array(row["id"] as Data)), let subscriber = SubscriberID(rawValue: row["subscriber"]),
            let enrolment = EnrolmentID(rawValue: row["enrolment"])
        else { throw .damaged("a session cannot be read") }
        self.init(
            id: id, subscriber: subscriber, enrolment: enrolment, application: row["application"],
            account: (row["account"] as String?).flatMap(AccountID.init(rawValue:)),
            startedAt: Date(timeIntervalSince1970: row["started_at"]), lastActive: Date(timeIntervalSince1970: row["last_active"]),
            version: row["version"])
    }
}
