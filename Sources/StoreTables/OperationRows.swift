package import DeviceProtocol
package import FoundationEssentials
package import Verification

/// Operations, whose changes are numbered: each takes the number behind the highest, which nobody else can take meanwhile, since one
/// writes at a time.
extension TableTransaction {
    package func operation(_ id: ChallengeID) throws(StoreError) -> Operation? {
        try operations("WHERE id = ?", [.bytes(id.bytes)]).first
    }

    package func asked(_ id: ChallengeID) throws(StoreError) -> AskedOperation? {
        try rows(Self.askedQuery, [.bytes(id.bytes)]) { (row) throws(StoreError) in
            let (operation, enrolment) = (try Operation(row: row), try enrolment(row: LaterColumns(of: row, from: 12)))
            let person = row.bytes(at: 23).map { AuditPerson(salt: Array($0), of: enrolment.subscriber, with: enrolment.device) }
            // One that somebody has exchanged is for the check of the log to tell.
            let isItself = person.map { Data($0.reference) } == row.bytes(at: 24)
            return AskedOperation(operation: operation, enrolment: enrolment, person: isItself ? person : nil)
        }.first
    }

    private static let askedQuery: String = {
        let columns = [("operation", Operation.columnList), ("enrolment", Enrolment.columnList)].flatMap { table, list in
            list.split(separator: ", ").map { "\(table).\($0)" }
        }
        return """
            SELECT \(columns.joined(separator: ", ")), audit_person.salt, audit_person.reference
            FROM operation JOIN enrolment ON enrolment.id = operation.enrolment
            LEFT JOIN audit_person ON audit_person.subscriber = enrolment.subscriber AND audit_person.device = enrolment.device
            WHERE operation.id = ?
            """
    }()

    package func operation(of subscriber: SubscriberID, idempotencyKey: String) throws(StoreError) -> Operation? {
        try operations("WHERE subscriber = ? AND idempotency_key = ?", [.text(subscriber.rawValue), .text(idempotencyKey)]).first
    }

    package func unfinishedOperations(of subscriber: SubscriberID) throws(StoreError) -> [Operation] {
        try operations("WHERE state <> 'ended' AND subscriber = ? ORDER BY rowid", [.text(subscriber.rawValue)])
    }

    package func operations(
        of subscriber: SubscriberID, before number: Int64?, limit: Int
    ) throws(StoreError) -> [(number: Int64, operation: Operation)] {
        try rows(
            "SELECT \(Operation.columnList), rowid FROM operation WHERE subscriber = ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            [.text(subscriber.rawValue), .integer(number ?? .max), .count(limit)]
        ) { (row) throws(StoreError) in (try row[12], try Operation(row: row)) }
    }

    package func operations(changedAfter number: Int64, limit: Int) throws(StoreError) -> [Operation] {
        try operations("WHERE change > ? ORDER BY change LIMIT ?", [.integer(number), .count(limit)])
    }

    package func attachedOperations(after number: Int64, limit: Int) throws(StoreError) -> [Operation] {
        try operations(
            "WHERE attachment IS NOT NULL AND state <> 'ended' AND change > ? ORDER BY change LIMIT ?", [.integer(number), .count(limit)])
    }

    package func expiredOperations(at moment: Date, limit: Int) throws(StoreError) -> [Operation] {
        try operations(
            "WHERE state <> 'ended' AND expires_at <= ? ORDER BY expires_at LIMIT ?",
            [.real(moment.timeIntervalSince1970), .count(limit)])
    }

    package func lastChange() throws(StoreError) -> Int64 {
        try rows("SELECT coalesce(max(change), 0) FROM operation", []) { (row) throws(StoreError) in try row[0] as Int64 }.first ?? 0
    }

    package func insert(_ operation: Operation) throws(StoreError) -> Int64 {
        try numbered { (number) throws(StoreError) in
            try change(
                "INSERT INTO operation (\(Operation.columnList), expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                try operation.fixedColumns() + operation.changingColumns().map(\.value)
                    + [.count(operation.version), number, .real(operation.challenge.expiresAt.timeIntervalSince1970)])
        }
    }

    package func update(_ operation: Operation) throws(StoreError) -> Int64 { try update(prepared(operation)) }

    package func update(_ operation: PreparedUpdate<Operation>) throws(StoreError) -> Int64 {
        let columns = operation.columns
        return try numbered { (number) throws(StoreError) in
            try change(
                """
                UPDATE operation SET \(columns.map { $0.name + " = ?, " }.joined())version = version + 1, change = ?
                WHERE id = ? AND version = ?
                """, columns.map(\.value) + [number, .bytes(operation.row.id.bytes), .count(operation.row.version)])
        }
    }

    /// Makes a change with the number behind the latest one's.
    private func numbered(_ change: (StoredValue) throws(StoreError) -> Void) throws(StoreError) -> Int64 {
        let (chain, last) = try findEnds()
        // Nobody could have written it, and nothing could follow.
        guard last < .max else { throw .damaged("the latest change has a number that cannot be") }
        try change(.integer(last + 1))
        ends.known = (chain, last + 1)
        return last + 1
    }

    private func operations(_ condition: String, _ values: [StoredValue]) throws(StoreError) -> [Operation] {
        try rows("SELECT \(Operation.columnList) FROM operation \(condition)", values, Operation.init(row:))
    }
}

extension Operation {
    /// The columns of a row, in the order in which they are read and written.
    fileprivate static let columnList =
        "id, subscriber, device, enrolment, idempotency_key, challenge, state, outcome, sealed, attachment, version, change"

    /// Reads a row; what cannot have been written is damage.
    fileprivate init(row: any StoreRow) throws(StoreError) {
        let challenge: Challenge
        do { challenge = try Challenge(der: row[5]) } catch {
            throw .damaged("an operation cannot be read: \(error)")
        }
        guard let subscriber = SubscriberID(rawValue: try row[1]), let device = DeviceID(rawValue: try row[2]),
            let enrolment = EnrolmentID(rawValue: try row[3])
        else { throw .damaged("an operation cannot be read") }
        let outcome = try StoredColumn.decodeIfPresent(Outcome.self, from: row.bytes(at: 7))
        let isWorking = try row[6] == "working"
        self.init(
            challenge: challenge, subscriber: subscriber, device: device, enrolment: enrolment, idempotencyKey: try row[4],
            state: outcome.map(State.ended) ?? (isWorking ? .working : .pending), sealed: row.text(at: 8),
            attachment: try StoredColumn.decodeIfPresent(StoredAttachment.self, from: row.bytes(at: 9))?.attachment, version: try row[10],
            change: try row[11])
    }

    /// What is written once: from the id to the challenge.
    fileprivate func fixedColumns() -> [StoredValue] {
        [
            .bytes(id.bytes), .text(subscriber.rawValue), .text(device.rawValue), .text(enrolment.rawValue), .text(idempotencyKey),
            .bytes(challenge.der),
        ]
    }

    /// What is written at each change, each value behind its column's name: from the state to the attachment.
    func changingColumns() throws(StoreError) -> [(name: String, value: StoredValue)] {
        let name =
            switch state {
            case .pending: "pending"
            case .working: "working"
            case .ended: "ended"
            }
        return [
            ("state", .text(name)),
            ("outcome", .bytes(try outcome.map { (outcome) throws(StoreError) in try StoredColumn.encode(outcome) })),
            ("sealed", .text(sealed)),
            ("attachment", .bytes(try attachment.map { (its) throws(StoreError) in try StoredColumn.encode(StoredAttachment(its)) })),
        ]
    }
}

/// An attachment as it is stored.
private struct StoredAttachment: Codable {
    /// A claim as it is stored.
    struct StoredClaim: Codable {
        let node: String
        /// Missing in what earlier versions wrote, which kept a time of day.
        let seconds: Int?
    }

    let caller: String
    /// Missing in what earlier versions wrote, and where the caller asked for nobody.
    let clerk: String?
    let node: String
    let lease: Int
    let claim: StoredClaim?

    init(_ attachment: Attachment) {
        (caller, clerk) = (attachment.caller, attachment.clerk)
        (node, lease) = (attachment.node, attachment.lease)
        claim = attachment.claim.map { StoredClaim(node: $0.node, seconds: $0.seconds) }
    }

    var attachment: Attachment {
        let claim = claim.map { Claim(node: $0.node, seconds: $0.seconds ?? 300) }
        return Attachment(caller: caller, clerk: clerk, node: node, lease: lease, claim: claim)
    }
}
