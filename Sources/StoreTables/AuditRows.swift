import DeviceProtocol
import FoundationEssentials
package import Verification

/// The audit log in its tables: one chain, because writers of every engine come one after the other.
extension TableTransaction {
    package func auditChain() throws(StoreError) -> AuditChain {
        let chain = try rows(
            """
            SELECT id, number, hash, at FROM audit_chain LEFT JOIN audit ON number = (SELECT max(number) FROM audit)
            """, []
        ) { (row) throws(StoreError) in
            guard let number = row.integer(at: 1) else { return AuditChain(id: try row[0]) }
            let at: Int64 = try row[3]
            // Neither a number nor a time that anybody could have written, and nothing could follow.
            guard (1..<Self.auditLimit).contains(number), (-Self.auditLimit...Self.auditLimit).contains(at) else {
                throw .damaged("the last row of the audit log has a number or a time that cannot be")
            }
            return AuditChain(id: try row[0], after: (number, try row[2], at))
        }
        guard let chain = chain.first else { throw .damaged("the audit log has no name") }
        return chain
    }

    /// Beyond every row and millisecond that there will be.
    private static var auditLimit: Int64 { 1 << 60 }

    package func auditRows(after number: Int64, limit: Int) throws(StoreError) -> [AuditRow] {
        try rows(
            """
            SELECT number, at, kind, reference, operation, detail, hash, salt, subscriber, device
            FROM audit LEFT JOIN audit_person USING (reference) WHERE number > ? ORDER BY number LIMIT ?
            """, [.integer(number), .count(limit)], AuditRow.init(row:))
    }

    package func auditHeads() throws(StoreError) -> [AuditHead] {
        try rows("SELECT \(AuditHead.columnList) FROM audit_head ORDER BY number", [], AuditHead.init(row:))
    }

    package func lastAuditHead() throws(StoreError) -> AuditHead? {
        let last = try rows("SELECT \(AuditHead.columnList) FROM audit_head ORDER BY number DESC LIMIT 1", [], AuditHead.init(row:)).first
        if let last, !(1..<Self.auditLimit).contains(last.number) { throw .damaged("the last head has a number that cannot be") }
        return last
    }

    package func append(_ event: AuditEvent) throws(StoreError) {
        var chain = try auditChain()
        if let jump = chain.jump(before: event) { chain = try insert(jump, behind: chain) }
        _ = try insert(event, behind: chain)
    }

    package func append(_ head: AuditHead) throws(StoreError) {
        try change(
            "INSERT INTO audit_head (\(AuditHead.columnList)) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(head.number), .bytes(head.chain), .integer(head.row), .bytes(head.hash), .integer(head.milliseconds),
                .bytes(head.key), .bytes(head.signature),
            ])
    }

    package func eraseAuditPersons(of subscriber: SubscriberID) throws(StoreError) {
        try execute("DELETE FROM audit_person WHERE subscriber = ?", [.text(subscriber.rawValue)])
    }

    /// Appends one row, and tells where the log ends then.
    private func insert(_ event: AuditEvent, behind chain: AuditChain) throws(StoreError) -> AuditChain {
        let row = AuditRow(event, behind: chain, person: try person(of: event))
        try change(
            "INSERT INTO audit (number, at, kind, reference, operation, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(row.number), .integer(row.milliseconds), .text(row.kind.rawValue), .bytes(row.reference.map { Data($0) }),
                .bytes(row.operation.map { Data($0) }), .text(row.detail), .bytes(row.hash),
            ])
        return AuditChain(id: chain.id, after: (row.number, row.hash, row.milliseconds))
    }

    /// Whom an event is about: the one whom earlier rows are about, or a new reference with a salt of its own.
    private func person(of event: AuditEvent) throws(StoreError) -> AuditPerson? {
        guard event.subscriber != nil || event.device != nil else { return nil }
        let (subscriber, device) = (event.subscriber?.rawValue ?? "", event.device?.rawValue ?? "")
        let salt = try rows("SELECT salt FROM audit_person WHERE subscriber = ? AND device = ?", [.text(subscriber), .text(device)]) {
            (row) throws(StoreError) in try row[0] as [UInt8]
        }
        if let salt = salt.first { return AuditPerson(salt: salt, subscriber: subscriber, device: device) }
        var generator = SystemRandomNumberGenerator()
        let person = AuditPerson(
            salt: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }, subscriber: subscriber, device: device)
        try change(
            "INSERT INTO audit_person (reference, salt, subscriber, device) VALUES (?, ?, ?, ?)",
            [.bytes(person.reference), .bytes(person.salt), .text(subscriber), .text(device)])
        return person
    }
}

extension AuditRow {
    fileprivate init(row: any StoreRow) throws(StoreError) {
        var person: AuditPerson?
        if let salt = row.bytes(at: 7) { person = AuditPerson(salt: Array(salt), subscriber: try row[8], device: try row[9]) }
        self.init(
            number: try row[0], milliseconds: try row[1], kind: AuditEvent.Kind(rawValue: try row[2]),
            reference: row.bytes(at: 3).map(Array.init), operation: row.bytes(at: 4).map(Array.init), detail: try row[5],
            hash: try row[6], person: person)
    }
}

extension AuditHead {
    /// The columns of a row, in the order in which they are read and written.
    fileprivate static let columnList = "number, chain, row, hash, at, key, signature"

    fileprivate init(row: any StoreRow) throws(StoreError) {
        self.init(
            chain: try row[1], number: try row[0], row: try row[2], hash: try row[3], milliseconds: try row[4], key: try row[5],
            signature: try row[6])
    }
}
