package import DeviceProtocol
package import FoundationEssentials
package import Verification

extension TableTransaction {
    package func transaction(_ id: TransactionID) throws(StoreError) -> Transaction? {
        try approvals("SELECT \(Transaction.columnList) FROM approval WHERE id = ?", [.bytes(id.bytes)]).first?.transaction
    }

    package func transaction(by creator: SubscriberID, idempotencyKey: String) throws(StoreError) -> Transaction? {
        try approvals(
            "SELECT \(Transaction.columnList) FROM approval WHERE creator = ? AND idempotency_key = ?",
            [.text(creator.rawValue), .text(idempotencyKey)]
        ).first?.transaction
    }

    package func transaction(signedIn operation: ChallengeID) throws(StoreError) -> Transaction? {
        try approvals(
            "SELECT \(Transaction.columnList) FROM approval_operation JOIN approval ON number = approval WHERE operation = ?",
            [.bytes(operation.bytes)]
        ).first?.transaction
    }

    package func transactions(
        of subscriber: SubscriberID, in state: Transaction.State.Name?, before number: Int64?, limit: Int
    ) throws(StoreError) -> [(number: Int64, transaction: Transaction)] {
        try approvals(
            """
            SELECT \(Transaction.columnList) FROM approval_party JOIN approval USING (number)
            WHERE subscriber = ? AND number < ? AND state = coalesce(?, state) ORDER BY number DESC LIMIT ?
            """, [.text(subscriber.rawValue), .integer(number ?? .max), .text(state?.rawValue), .count(limit)])
    }

    package func overdueTransactions(of subscriber: SubscriberID, at moment: Date, limit: Int) throws(StoreError) -> [Transaction] {
        try approvals(
            """
            SELECT \(Transaction.columnList) FROM approval_party JOIN approval USING (number)
            WHERE subscriber = ? AND state = 'toBeSigned' AND expires_at <= ? ORDER BY number LIMIT ?
            """, [.text(subscriber.rawValue), .real(moment.timeIntervalSince1970), .count(limit)]
        ).map(\.transaction)
    }

    package func insert(_ transaction: Transaction) throws(StoreError) {
        let rule = try StoredColumn.encode(StoredRule(transaction.rule))
        try change(
            """
            INSERT INTO approval (id, creator, idempotency_key, draft, rule, expires_at, replaces, state, submitted_at, replaced_by, places,
                version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .bytes(transaction.id.bytes), .text(transaction.creator.rawValue), .text(transaction.idempotencyKey),
                .bytes(transaction.draft.der), .bytes(rule), .real(transaction.expiresAt.timeIntervalSince1970),
                .bytes(transaction.replaces.map { Data($0.bytes) }),
            ] + transaction.changingColumns() + [.count(transaction.version)])
        let number = try rows("SELECT number FROM approval WHERE id = ?", [.bytes(transaction.id.bytes)]) { (row) throws(StoreError) in
            try row[0] as Int64
        }.first
        for person in Set([transaction.creator] + transaction.rule.signers.map(\.subscriber)) {
            try change("INSERT INTO approval_party (subscriber, number) VALUES (?, ?)", [.text(person.rawValue), .integer(number)])
        }
    }

    package func update(_ transaction: Transaction) throws(StoreError) {
        try change(
            """
            UPDATE approval SET state = ?, submitted_at = ?, replaced_by = ?, places = ?, version = version + 1
            WHERE id = ? AND version = ?
            """, try transaction.changingColumns() + [.bytes(transaction.id.bytes), .count(transaction.version)])
    }

    package func keep(_ operation: ChallengeID, signs transaction: TransactionID) throws(StoreError) {
        try change(
            "INSERT INTO approval_operation (operation, approval) SELECT ?, number FROM approval WHERE id = ?",
            [.bytes(operation.bytes), .bytes(transaction.bytes)])
    }

    private func approvals(
        _ sql: String, _ values: [StoredValue]
    ) throws(StoreError) -> [(number: Int64, transaction: Transaction)] {
        try rows(sql, values) { (row) throws(StoreError) in (try row[11], try Transaction(row: row)) }
    }
}

extension Transaction {
    /// The columns of a row, in the order in which they are read.
    fileprivate static let columnList =
        "creator, idempotency_key, draft, rule, expires_at, replaces, state, submitted_at, replaced_by, places, version, number"

    /// Reads a row; what cannot have been written is damage.
    fileprivate init(row: any StoreRow) throws(StoreError) {
        let damage = StoreError.damaged("a transaction cannot be read")
        let draft: Challenge
        let replaces: TransactionID?
        let successor: TransactionID?
        do {
            draft = try Challenge(der: row[2])
            replaces = try row.bytes(at: 5).map { try TransactionID(Array($0)) }
            successor = try row.bytes(at: 8).map { try TransactionID(Array($0)) }
        } catch { throw damage }
        guard let creator = SubscriberID(rawValue: try row[0]) else { throw damage }
        let state: State
        switch (State.Name(rawValue: try row[6]), row.real(at: 7), successor) {
        case (.toBeSigned, nil, nil): state = .toBeSigned
        case (.submitted, let moment?, nil): state = .submitted(at: Date(timeIntervalSince1970: moment))
        case (.withdrawn, nil, nil): state = .withdrawn
        case (.replaced, nil, let successor?): state = .replaced(by: successor)
        case (.expired, nil, nil): state = .expired
        default: throw damage
        }
        var places: [Place] = []
        for place in try StoredColumn.decode([StoredPlace].self, from: row[9]) {
            guard let place = place.place else { throw damage }
            places.append(place)
        }
        self.init(
            draft: draft, creator: creator, idempotencyKey: try row[1],
            rule: try StoredColumn.decode(StoredRule.self, from: row[3]).rule(), expiresAt: try row[4], replaces: replaces, state: state,
            places: places, version: try row[10])
    }

    /// What is written at each change: from the state to the places.
    fileprivate func changingColumns() throws(StoreError) -> [StoredValue] {
        var submitted: Date?
        if case .submitted(let moment) = state { submitted = moment }
        var successor: TransactionID?
        if case .replaced(let id) = state { successor = id }
        return [
            .text(state.name.rawValue), .real(submitted?.timeIntervalSince1970), .bytes(successor.map { Data($0.bytes) }),
            .bytes(try StoredColumn.encode(places.map(StoredPlace.init))),
        ]
    }
}

/// A place as it is stored.
private struct StoredPlace: Codable {
    let number: Int
    let signer: SubscriberID
    let operation: Data
    let signedAt: Double?

    init(_ place: Transaction.Place) {
        number = place.number
        signer = place.signer
        operation = Data(place.operation.bytes)
        signedAt = place.signedAt?.timeIntervalSince1970
    }

    var place: Transaction.Place? {
        guard let id = try? ChallengeID(Array(operation)) else { return nil }
        return .init(number: number, signer: signer, operation: id, signedAt: signedAt.map(Date.init(timeIntervalSince1970:)))
    }
}

/// A rule as it is stored: in its own form, or that of an account without rules.
private enum StoredRule: Codable {
    case alone(SubscriberID, account: String)
    case rule(Data)

    init(_ rule: SignatureRule) throws(StoreError) {
        if let signer = rule.onlySigner {
            self = .alone(signer, account: rule.account.value)
            return
        }
        do { self = .rule(try SignatureRules([rule]).json()) } catch { throw .unavailable("a rule cannot be written: \(error)") }
    }

    package func rule() throws(StoreError) -> SignatureRule {
        let damage = StoreError.damaged("a rule about signatures cannot be read")
        switch self {
        case .alone(let signer, let account):
            guard let iban = try? IBAN(account) else { throw damage }
            return SignatureRule(alone: signer, account: iban)
        case .rule(let json):
            guard let rules = try? SignatureRules(json: json), let rule = rules.all.first else { throw damage }
            return rule
        }
    }
}
