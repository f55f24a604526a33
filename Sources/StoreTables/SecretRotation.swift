import DeviceProtocol
import FoundationEssentials
package import Verification

/// Sealing all secrets of a store that has none sealed, or not under the present key.
package struct SecretRotation {
    /// How many rows one transaction seals.
    private static let batch = 500

    private let protection: any SecretProtection

    package init(protection: any SecretProtection) { self.protection = protection }

    /// What has to be done before a store is opened with these keys, or without any.
    ///
    /// - Parameter sealedUnder: under which key its secrets are sealed; `nil` when they are in the clear.
    /// - Returns: what seals them now; `nil` when all is as it has to be.
    /// - Throws: ``Verification/StoreError``: keys missing, or other ones.
    package static func needed(
        by protection: (any SecretProtection)?, sealedUnder: StoreKeyID?
    ) throws(StoreError) -> SecretRotation? {
        switch (protection, sealedUnder) {
        case (nil, nil): return nil
        case (nil, _?): throw .keyNeeded
        case (let protection?, nil): return SecretRotation(protection: protection)
        case (let protection?, let name?):
            guard protection.knows(name) else { throw .unknownKey(name) }
            return nil
        }
    }

    /// Seals everything that is in the clear, within one transaction.
    ///
    /// - Returns: how many secrets that were.
    /// - Throws: ``Verification/StoreError``.
    package func sealAll(on connection: any StoreConnection) throws(StoreError) -> Int {
        let transaction = TableTransaction(connection: connection, secrets: StoredSecrets(protection: protection))
        var sealed = 0
        var last: Int64? = 0
        while let from = last { last = try seal(in: transaction, after: from, isSealed: false, count: &sealed) }
        try transaction.change("INSERT INTO protection (one, key) VALUES (1, ?)", [.bytes(protection.current.bytes)])
        try transaction.append(
            AuditEvent(.configurationChanged, at: Date(), detail: "secrets sealed \(sealed), key \(protection.current)"))
        return sealed
    }

    /// Seals all secrets of a store anew, in many small transactions, and says so.
    ///
    /// - Parameter progress: is told how many secrets were sealed so far.
    /// - Returns: how many secrets were sealed anew.
    /// - Throws: ``Verification/StoreError``: a secret under a key that was not given.
    package func sealAnew(in store: some Store, progress: (Int) -> Void) async throws(StoreError) -> Int {
        var (row, count): (Int64?, Int) = (0, 0)
        while let from = row {
            let sealed = count
            (row, count) = try await store.write { (transaction) throws(StoreError) in
                var sealed = sealed
                guard let transaction = transaction as? TableTransaction else { return (nil, sealed) }
                let next = try seal(in: transaction, after: from, isSealed: true, count: &sealed)
                return (next, sealed)
            }
            progress(count)
        }
        let total = count
        try await store.write { (transaction) throws(StoreError) in
            guard let transaction = transaction as? TableTransaction else { return }
            try transaction.change("UPDATE protection SET key = ?", [.bytes(protection.current.bytes)])
            try transaction.append(
                AuditEvent(.configurationChanged, at: Date(), detail: "secrets sealed anew \(total), key \(protection.current)"))
        }
        return count
    }

    /// Seals one batch behind a row; `nil` when there is no more.
    private func seal(
        in transaction: TableTransaction, after row: Int64, isSealed: Bool, count: inout Int
    ) throws(StoreError) -> Int64? {
        let rows = try transaction.rows(
            "SELECT rowid, id, subscriber, device, credential, sealing FROM enrolment WHERE rowid > ? ORDER BY rowid LIMIT ?",
            [.integer(row), .count(Self.batch)], SealedRow.init(row:))
        let before = StoredSecrets(protection: isSealed ? protection : nil)
        for row in rows {
            var columns: [StoredValue] = []
            for (purpose, stored) in [(SecretPlace.Purpose.credential, row.credential), (.sealing, row.sealing)] {
                guard let stored, protection.key(of: stored) != protection.current else {
                    columns.append(.bytes(stored))
                    continue
                }
                let place = SecretPlace(purpose, of: row.id, row.subscriber, row.device)
                columns.append(.bytes(try protection.seal(before.open(stored, at: place), at: place)))
                count += 1
            }
            try transaction.change("UPDATE enrolment SET credential = ?, sealing = ? WHERE rowid = ?", columns + [.integer(row.number)])
        }
        return rows.last?.number
    }
}

/// What of an enrolment is sealed, and where.
private struct SealedRow {
    let number: Int64
    let id: EnrolmentID
    let subscriber: SubscriberID
    let device: DeviceID
    let credential: Data?
    let sealing: Data?

    init(row: any StoreRow) throws(StoreError) {
        guard let id = EnrolmentID(rawValue: try row[1]), let subscriber = SubscriberID(rawValue: try row[2]),
            let device = DeviceID(rawValue: try row[3])
        else { throw .damaged("an enrolment cannot be read") }
        (number, self.id, self.subscriber, self.device) = (try row[0], id, subscriber, device)
        (credential, sealing) = (row.bytes(at: 4), row.bytes(at: 5))
    }
}
