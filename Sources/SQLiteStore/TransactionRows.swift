import DeviceProtocol
import FoundationEssentials
import GRDB
import Verification

extension SQLiteTransaction {
    func transaction(_ id: TransactionID) throws(StoreError) -> Transaction? {
        try approvals("SELECT * FROM approval WHERE id = ?", [Data(id.bytes)]).first?.transaction
    }

    func transaction(by creator: SubscriberID, idempotencyKey: String) throws(StoreError) -> Transaction? {
        try approvals("SELECT * FROM approval WHERE creator = ? AND idempotency_key = ?", [creator.rawValue, idempotencyKey])
            .first?.transaction
    }

    func transaction(signedIn operation: ChallengeID) throws(StoreError) -> Transaction? {
        try approvals(
            "SELECT approval.* FROM approval_operation JOIN approval ON number = approval WHERE operation = ?", [Data(operation.bytes)]
        ).first?.transaction
    }

    func transactions(
        of subscriber: SubscriberID, in state: Transaction.State.Name?, before number: Int64?, limit: Int
    ) throws(StoreError) -> [(number: Int64, transaction: Transaction)] {
        try approvals(
            """
            SELECT approval.* FROM approval_party JOIN approval USING (number)
            WHERE subscriber = ? AND number < ? AND (? IS NULL OR state = ?) ORDER BY number DESC LIMIT ?
            """, [subscriber.rawValue, number ?? .max, state?.rawValue, state?.rawValue, limit])
    }

    func insert(_ transaction: Transaction) throws(StoreError) {
        let rule = try StoredJSON.encode(StoredRule(transaction.rule))
        try run(
            """
            INSERT INTO approval (id, creator, idempotency_key, draft, rule, expires_at, replaces, state, submitted_at, replaced_by, places,
                version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                Data(transaction.id.bytes), transaction.creator.rawValue, transaction.idempotencyKey, Data(transaction.draft.der), rule,
                transaction.expiresAt.timeIntervalSince1970, transaction.replaces.map { Data($0.bytes) },
            ] + transaction.changingColumns() + [transaction.version])
        let number = database.lastInsertedRowID
        for person in Set([transaction.creator] + transaction.rule.signers.map(\.subscriber)) {
            try run("INSERT INTO approval_party (subscriber, number) VALUES (?, ?)", [person.rawValue, number])
        }
    }

    func update(_ transaction: Transaction) throws(StoreError) {
        try run(
            """
            UPDATE approval SET state = ?, submitted_at = ?, replaced_by = ?, places = ?, version = version + 1
            WHERE id = ? AND version = ?
            """, try transaction.changingColumns() + [Data(transaction.id.bytes), transaction.version])
    }

    func keep(_ operation: ChallengeID, signs transaction: TransactionID) throws(StoreError) {
        try run(
            "INSERT INTO approval_operation (operation, approval) SELECT ?, number FROM approval WHERE id = ?",
            [Data(operation.bytes), Data(transaction.bytes)])
    }

    private func approvals(
        _ sql: String, _ arguments: [(any DatabaseValueConvertible)?]
    ) throws(StoreError) -> [(number: Int64, transaction: Transaction)] {
        let rows: [Row]
        do {
            rows = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
        } catch { throw StoreError(error) }
        var found: [(number: Int64, transaction: Transaction)] = []
        for row in rows { found.append((row["number"], try Transaction(row: row))) }
        return found
    }

    /// Changes exactly one row, or nothing.
    private func run(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws(StoreError) {
        do {
            try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
        } catch { throw StoreError(error) }
        guard database.changesCount == 1 else { throw .conflict("another version is stored") }
    }
}

extension Transaction {
    /// Reads a row; what cannot have been written is damage.
    fileprivate init(row: Row) throws(StoreError) {
        let damage = StoreError.damaged("a transaction cannot be read")
        let draft: Challenge
        let replaces: TransactionID?
        let successor: TransactionID?
        do {
            draft = try Challenge(der: Array(row["draft"] as Data))
            replaces = try (row["replaces"] as Data?).map { try TransactionID(Array($0)) }
            successor = try (row["replaced_by"] as Data?).map { try TransactionID(Array($0)) }
        } catch { throw damage }
        guard let creator = SubscriberID(rawValue: row["creator"]) else { throw damage }
        let state: State
        switch (State.Name(rawValue: row["state"]), row["submitted_at"] as Double?, successor) {
        case (.toBeSigned, nil, nil): state = .toBeSigned
        case (.submitted, let moment?, nil): state = .submitted(at: Date(timeIntervalSince1970: moment))
        case (.withdrawn, nil, nil): state = .withdrawn
        case (.replaced, nil, let successor?): state = .replaced(by: successor)
        case (.expired, nil, nil): state = .expired
        default: throw damage
        }
        var places: [Place] = []
        for place in try StoredJSON.decode([StoredPlace].self, from: row["places"]) {
            guard let place = place.place else { throw damage }
            places.append(place)
        }
        self.init(
            draft: draft, creator: creator, idempotencyKey: row["idempotency_key"],
            rule: try StoredJSON.decode(StoredRule.self, from: row["rule"]).rule(),
            expiresAt: Date(timeIntervalSince1970: row["expires_at"]), replaces: replaces, state: state, places: places,
            version: row["version"])
    }

    /// What is written at each change: from the state to the places.
    fileprivate func changingColumns() throws(StoreError) -> [(any DatabaseValueConvertible)?] {
        var submitted: Date?
        if case .submitted(let moment) = state { submitted = moment }
        var successor: TransactionID?
        if case .replaced(let id) = state { successor = id }
        return [
            state.name.rawValue, submitted?.timeIntervalSince1970, successor.map { Data($0.bytes) },
            try StoredJSON.encode(places.map(StoredPlace.init)),
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

    func rule() throws(StoreError) -> SignatureRule {
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
