import DeviceProtocol
package import FoundationEssentials
package import Verification

/// The audit log in its tables: one chain, because writers of every engine come one after the other.
extension TableTransaction {
    package func auditChain() throws(StoreError) -> AuditChain {
        let chain = try rows(
            """
            SELECT id, number, hash, at FROM audit_chain LEFT JOIN audit ON number = (SELECT max(number) FROM audit)
            """, []
        ) { (row) throws(StoreError) in try AuditChain(row: row) }
        guard let chain = chain.first else { throw .damaged("the audit log has no name") }
        return chain
    }

    package func auditRows(after number: Int64, limit: Int) throws(StoreError) -> [AuditRow] {
        try rows("\(AuditRow.query) WHERE number > ? ORDER BY number LIMIT ?", [.integer(number), .count(limit)], AuditRow.init(row:))
    }

    package func auditRows(
        after number: Int64, through last: Int64, matching filter: AuditFilter, limit: Int
    ) throws(StoreError) -> [AuditRow] {
        var (sql, values) = ("\(AuditRow.query) WHERE number > ? AND number <= ?", [StoredValue.integer(number), .integer(last)])
        for condition in filter.conditions {
            sql += " AND \(condition.sql)"
            values += condition.values
        }
        return try rows("\(sql) ORDER BY number LIMIT ?", values + [.count(limit)], AuditRow.init(row:))
    }

    package func auditHeads() throws(StoreError) -> [AuditHead] {
        try rows("SELECT \(AuditHead.columnList) FROM audit_head ORDER BY number", [], AuditHead.init(row:))
    }

    package func auditHeads(after number: Int64, limit: Int) throws(StoreError) -> [AuditHead] {
        try rows(
            "SELECT \(AuditHead.columnList) FROM audit_head WHERE number > ? ORDER BY number LIMIT ?", [.integer(number), .count(limit)],
            AuditHead.init(row:))
    }

    package func lastAuditHead() throws(StoreError) -> AuditHead? {
        let last = try rows("SELECT \(AuditHead.columnList) FROM audit_head ORDER BY number DESC LIMIT 1", [], AuditHead.init(row:)).first
        if let last, !(1..<AuditChain.limit).contains(last.number) { throw .damaged("the last head has a number that cannot be") }
        return last
    }

    package func append(_ event: AuditEvent) throws(StoreError) {
        try addJump(before: event)
        try add(PreparedEvent(event, about: try person(of: event)), wasLookedUp: false)
    }

    package func append(_ event: PreparedEvent) throws(StoreError) {
        guard event.person != nil else { return try append(event.event) }
        try addJump(before: event.event)
        try add(event, wasLookedUp: true)
    }

    private func addJump(before event: AuditEvent) throws(StoreError) {
        guard let jump = try findEnds().chain.get().jump(before: event) else { return }
        try add(PreparedEvent(jump, about: nil), wasLookedUp: false)
    }

    package func append(_ head: AuditHead) throws(StoreError) {
        try change(
            "INSERT INTO audit_head (\(AuditHead.columnList)) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(head.number), .bytes(head.chain), .integer(head.row), .bytes(head.hash), .integer(head.milliseconds),
                .bytes(head.key), .bytes(head.signature),
            ])
    }

    package func eraseAuditPersons(of subscriber: SubscriberID, at now: Date) throws(StoreError) {
        let references = try rows(
            "SELECT reference FROM audit_person WHERE subscriber = ?", [.text(subscriber.rawValue)]
        ) { (row) throws(StoreError) in row.bytes(at: 0) }.count
        guard references > 0 else { return }
        try execute("DELETE FROM audit_person WHERE subscriber = ?", [.text(subscriber.rawValue)])
        // It names nobody: that would begin a new reference.
        try append(AuditEvent(.erased, at: now, detail: "references \(references)"))
    }

    /// Appends one row, where the log ends then.
    ///
    /// - Parameter wasLookedUp: whether whom it is about was looked up before the transaction, and may have been erased since.
    private func add(_ event: PreparedEvent, wasLookedUp: Bool) throws(StoreError) {
        let ends = try findEnds()
        let chain = try ends.chain.get()
        let requester = event.event.isUnasked ? nil : requester
        let row = AuditRow(event, askedBy: requester, behind: chain)
        let reference = StoredValue.bytes(row.reference.map { Data($0) })
        let values: [StoredValue] = [
            .integer(row.number), .integer(row.milliseconds), .text(row.kind.rawValue), reference,
            .bytes(row.operation.map { Data($0) }), .text(requester?.caller), .text(requester?.clerk), .bytes(row.hash), .text(row.detail),
        ]
        // Without the person there is no detail, and no row without a detail.
        let detail = wasLookedUp ? "(SELECT ? FROM audit_person WHERE reference = ?)" : "?"
        try change(
            """
            INSERT INTO audit (number, at, kind, reference, operation, caller, clerk, hash, detail)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, \(detail))
            """,
            wasLookedUp ? values + [reference] : values)
        self.ends.known = (.success(AuditChain(id: chain.id, after: (row.number, row.hash, row.milliseconds))), ends.change)
    }

    /// Whom earlier rows about a subscriber and a device are about.
    private func auditPerson(_ subscriber: SubscriberID?, with device: DeviceID?) throws(StoreError) -> AuditPerson? {
        try rows(
            "SELECT salt FROM audit_person WHERE subscriber = ? AND device = ?",
            [.text(subscriber?.rawValue ?? ""), .text(device?.rawValue ?? "")]
        ) { (row) throws(StoreError) in AuditPerson(salt: try row[0], of: subscriber, with: device) }.first
    }

    /// Whom an event is about: the one whom earlier rows are about, or a new reference with a salt of its own.
    private func person(of event: AuditEvent) throws(StoreError) -> AuditPerson? {
        guard event.subscriber != nil || event.device != nil else { return nil }
        if let person = try auditPerson(event.subscriber, with: event.device) { return person }
        var generator = SystemRandomNumberGenerator()
        let person = AuditPerson(
            salt: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }, of: event.subscriber, with: event.device)
        try change(
            "INSERT INTO audit_person (reference, salt, subscriber, device) VALUES (?, ?, ?, ?)",
            [.bytes(person.reference), .bytes(person.salt), .text(person.subscriber), .text(person.device)])
        return person
    }
}

extension AuditPerson {
    /// Whom rows about a subscriber and a device are about; what is missing is nothing.
    init(salt: [UInt8], of subscriber: SubscriberID?, with device: DeviceID?) {
        self.init(salt: salt, subscriber: subscriber?.rawValue ?? "", device: device?.rawValue ?? "")
    }
}

extension AuditChain {
    /// Beyond every row and millisecond that there will be.
    fileprivate static let limit: Int64 = 1 << 60

    /// Reads the log's name, and of its last row the number, the hash and the time.
    init(row: any StoreRow) throws(StoreError) {
        guard let number = row.integer(at: 1) else {
            self.init(id: try row[0])
            return
        }
        let at: Int64 = try row[3]
        // Neither a number nor a time that anybody could have written, and nothing could follow.
        guard (1..<Self.limit).contains(number), (-Self.limit...Self.limit).contains(at) else {
            throw .damaged("the last row of the audit log has a number or a time that cannot be")
        }
        self.init(id: try row[0], after: (number, try row[2], at))
    }
}

extension AuditFilter {
    /// What a row has to be, each with its values: one text for each set of them, whatever the values are.
    fileprivate var conditions: [(sql: String, values: [StoredValue])] {
        var conditions: [(sql: String, values: [StoredValue])] = []
        // A person has a reference for each of their devices, and one without.
        let names = [("subscriber", subscriber?.rawValue), ("device", device?.rawValue)].filter { $0.1 != nil }
        if !names.isEmpty {
            let sql = names.map { "\($0.0) = ?" }.joined(separator: " AND ")
            conditions.append(
                ("audit.reference IN (SELECT reference FROM audit_person WHERE \(sql))", names.map { StoredValue.text($0.1) }))
        }
        if let operation { conditions.append(("operation = ?", [.bytes(operation.bytes)])) }
        if let kind { conditions.append(("kind = ?", [.text(kind.rawValue)])) }
        if let caller { conditions.append(("caller = ?", [.text(caller)])) }
        if let clerk { conditions.append(("clerk = ?", [.text(clerk)])) }
        if let since { conditions.append(("at >= ?", [.integer(since.auditMilliseconds)])) }
        return conditions
    }
}

extension AuditRow {
    /// Reads rows, each with whom it is about where that is not erased.
    fileprivate static let query = """
        SELECT number, at, kind, reference, operation, detail, hash, salt, subscriber, device, caller, clerk
        FROM audit LEFT JOIN audit_person USING (reference)
        """

    fileprivate init(row: any StoreRow) throws(StoreError) {
        var person: AuditPerson?
        if let salt = row.bytes(at: 7) { person = AuditPerson(salt: Array(salt), subscriber: try row[8], device: try row[9]) }
        self.init(
            number: try row[0], milliseconds: try row[1], kind: AuditEvent.Kind(rawValue: try row[2]),
            reference: row.bytes(at: 3).map(Array.init), operation: row.bytes(at: 4).map(Array.init), detail: try row[5],
            requester: Requester(row: row), hash: try row[6], person: person)
    }
}

extension Requester {
    /// Reads who asked; `nil` where nobody did.
    fileprivate init?(row: any StoreRow) {
        let (caller, clerk) = (row.text(at: 10), row.text(at: 11))
        guard caller != nil || clerk != nil else { return nil }
        self.init(stored: caller ?? "", clerk: clerk)
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
