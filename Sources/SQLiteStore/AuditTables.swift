import DeviceProtocol
import FoundationEssentials
import GRDB
import Verification

/// The audit log in its tables: writers come one after the other here, so that one chain costs nothing.
extension SQLiteTransaction {
    func auditChain() throws(StoreError) -> AuditChain {
        guard let id = try rows("SELECT id FROM audit_chain", [], { (row) in Array(row[0] as Data) }).first else {
            throw .damaged("the audit log has no name")
        }
        let last = try rows("SELECT number, hash, at FROM audit ORDER BY number DESC LIMIT 1", []) { row in
            (number: row[0] as Int64, hash: Array(row[1] as Data), milliseconds: row[2] as Int64)
        }
        return AuditChain(id: id, after: last.first)
    }

    func auditRows(after number: Int64, limit: Int) throws(StoreError) -> [AuditRow] {
        try rows(
            """
            SELECT number, at, kind, reference, operation, detail, hash, salt, subscriber, device
            FROM audit LEFT JOIN audit_person USING (reference) WHERE number > ? ORDER BY number LIMIT ?
            """, [number, limit], AuditRow.init(row:))
    }

    func auditHeads() throws(StoreError) -> [AuditHead] {
        try rows("SELECT \(AuditHead.columnList) FROM audit_head ORDER BY number", [], AuditHead.init(row:))
    }

    func lastAuditHead() throws(StoreError) -> AuditHead? {
        try rows("SELECT \(AuditHead.columnList) FROM audit_head ORDER BY number DESC LIMIT 1", [], AuditHead.init(row:)).first
    }

    func append(_ event: AuditEvent) throws(StoreError) {
        var chain = try auditChain()
        if let jump = chain.jump(before: event) { chain = try insert(jump, behind: chain) }
        _ = try insert(event, behind: chain)
    }

    func append(_ head: AuditHead) throws(StoreError) {
        try change(
            "INSERT INTO audit_head (\(AuditHead.columnList)) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                head.number, Data(head.chain), head.row, Data(head.hash), head.milliseconds, Data(head.key), Data(head.signature),
            ])
    }

    func eraseAuditPersons(of subscriber: SubscriberID) throws(StoreError) {
        try execute("DELETE FROM audit_person WHERE subscriber = ?", [subscriber.rawValue])
    }

    /// Appends one row, and tells where the log ends then.
    private func insert(_ event: AuditEvent, behind chain: AuditChain) throws(StoreError) -> AuditChain {
        let row = AuditRow(event, behind: chain, person: try person(of: event))
        try change(
            "INSERT INTO audit (number, at, kind, reference, operation, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                row.number, row.milliseconds, row.kind.rawValue, row.reference.map { Data($0) }, row.operation.map { Data($0) }, row.detail,
                Data(row.hash),
            ])
        return AuditChain(id: chain.id, after: (row.number, row.hash, row.milliseconds))
    }

    /// Whom an event is about: the one whom earlier rows are about, or a new reference with a salt of its own.
    private func person(of event: AuditEvent) throws(StoreError) -> AuditPerson? {
        guard event.subscriber != nil || event.device != nil else { return nil }
        let (subscriber, device) = (event.subscriber?.rawValue ?? "", event.device?.rawValue ?? "")
        let salt = try rows("SELECT salt FROM audit_person WHERE subscriber = ? AND device = ?", [subscriber, device]) { row in
            Array(row[0] as Data)
        }
        if let salt = salt.first { return AuditPerson(salt: salt, subscriber: subscriber, device: device) }
        var generator = SystemRandomNumberGenerator()
        let person = AuditPerson(
            salt: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }, subscriber: subscriber, device: device)
        try change(
            "INSERT INTO audit_person (reference, salt, subscriber, device) VALUES (?, ?, ?, ?)",
            [Data(person.reference), Data(person.salt), subscriber, device])
        return person
    }
}

extension AuditRow {
    fileprivate init(row: Row) {
        let salt = row[7] as Data?
        self.init(
            number: row[0], milliseconds: row[1], kind: AuditEvent.Kind(rawValue: row[2]), reference: (row[3] as Data?).map(Array.init),
            operation: (row[4] as Data?).map(Array.init), detail: row[5], hash: Array(row[6] as Data),
            person: salt.map { AuditPerson(salt: Array($0), subscriber: row[8], device: row[9]) })
    }
}

extension AuditHead {
    /// The columns of a row, in the order in which they are read and written.
    fileprivate static let columnList = "number, chain, row, hash, at, key, signature"

    fileprivate init(row: Row) {
        self.init(
            chain: Array(row[1] as Data), number: row[0], row: row[2], hash: Array(row[3] as Data), milliseconds: row[4],
            key: Array(row[5] as Data), signature: Array(row[6] as Data))
    }
}
