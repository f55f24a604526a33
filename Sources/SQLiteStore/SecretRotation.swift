import DeviceProtocol
import FoundationEssentials
import GRDB
public import Verification

/// Sealing all secrets of a store that has none sealed, or not under the present key.
struct SecretRotation {
    /// How many rows one transaction seals.
    private static let batch = 500

    let protection: any SecretProtection

    /// Prepares a store to be opened: one that was made without keys is sealed now, whole.
    static func prepare(_ database: any DatabaseWriter, protection: (any SecretProtection)?) throws {
        let sealedUnder = try database.read { try Data.fetchOne($0, sql: "SELECT key FROM protection") }.map { StoreKeyID(Array($0)) }
        switch (protection, sealedUnder) {
        case (nil, nil): return
        case (nil, _?): throw StoreError.keyNeeded
        case (let protection?, nil): try SecretRotation(protection: protection).sealAll(of: database)
        case (let protection?, let name?): guard protection.knows(name) else { throw StoreError.unknownKey(name) }
        }
    }

    /// Seals what is in the clear, in one transaction, and overwrites where it was.
    private func sealAll(of database: any DatabaseWriter) throws {
        // Pages and log keep what they held until it is overwritten.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        var sealed = 0
        try database.write { database in
            var last: Int64? = 0
            while let from = last { last = try seal(in: database, after: from, isSealed: false, count: &sealed) }
            try database.execute(
                sql: "INSERT INTO protection (one, key) VALUES (1, ?)", arguments: [Data(protection.current.bytes)])
            try SQLiteTransaction(database: database, secrets: StoredSecrets(protection: protection)).append(
                AuditEvent(.configurationChanged, at: Date(), detail: "secrets sealed \(sealed), key \(protection.current)"))
        }
        guard sealed > 0 else { return }
        try database.writeWithoutTransaction {
            try $0.execute(sql: "VACUUM")
            try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// The same batch within a transaction of the store.
    func seal(in transaction: any StoreTransaction, after row: Int64, count: inout Int) throws(StoreError) -> Int64? {
        guard let transaction = transaction as? SQLiteTransaction else { return nil }
        do { return try seal(in: transaction.database, after: row, count: &count) } catch { throw StoreError(error) }
    }

    /// Says under which key everything is sealed now.
    func finish(in transaction: any StoreTransaction, count: Int) throws(StoreError) {
        guard let transaction = transaction as? SQLiteTransaction else { return }
        try transaction.change("UPDATE protection SET key = ?", [Data(protection.current.bytes)])
        try transaction.append(
            AuditEvent(.configurationChanged, at: Date(), detail: "secrets sealed anew \(count), key \(protection.current)"))
    }

    /// Seals one batch behind a row anew; `nil` when there is no more.
    func seal(in database: Database, after row: Int64, isSealed: Bool = true, count: inout Int) throws -> Int64? {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT rowid, id, subscriber, device, credential, sealing FROM enrolment WHERE rowid > ? ORDER BY rowid LIMIT ?",
            arguments: [row, Self.batch])
        let before = StoredSecrets(protection: isSealed ? protection : nil)
        for row in rows {
            guard let id = EnrolmentID(rawValue: row[1]), let subscriber = SubscriberID(rawValue: row[2]),
                let device = DeviceID(rawValue: row[3])
            else { throw StoreError.damaged("an enrolment cannot be read") }
            var columns: [Data?] = []
            for (purpose, stored) in [(SecretPlace.Purpose.credential, row[4] as Data?), (.sealing, row[5] as Data?)] {
                guard let stored, protection.key(of: stored) != protection.current else {
                    columns.append(stored)
                    continue
                }
                let place = SecretPlace(purpose, of: id, subscriber, device)
                columns.append(try protection.seal(before.open(stored, at: place), at: place))
                count += 1
            }
            try database.cachedStatement(sql: "UPDATE enrolment SET credential = ?, sealing = ? WHERE rowid = ?")
                .execute(arguments: [columns[0], columns[1], row[0] as Int64])
        }
        return rows.last.map { $0[0] as Int64 }
    }
}

extension SQLiteStore {
    /// Seals all secrets under the present key anew, in many small transactions: others go on meanwhile.
    ///
    /// Afterwards the other keys are needed no more, once every process has the present one.
    ///
    /// - Parameter progress: is told how many secrets were sealed so far.
    /// - Returns: how many secrets were sealed anew.
    /// - Throws: ``Verification/StoreError``: no keys, a secret under a key that was not given.
    @discardableResult
    public func rotateKeys(progress: (Int) -> Void = { _ in }) async throws(StoreError) -> Int {
        guard let protection = secrets.protection else { throw .keyNeeded }
        let rotation = SecretRotation(protection: protection)
        var (row, count): (Int64?, Int) = (0, 0)
        while let from = row {
            let sealed = count
            (row, count) = try await write { (transaction) throws(StoreError) in
                var sealed = sealed
                let next = try rotation.seal(in: transaction, after: from, count: &sealed)
                return (next, sealed)
            }
            progress(count)
        }
        let total = count
        try await write { (transaction) throws(StoreError) in try rotation.finish(in: transaction, count: total) }
        return count
    }
}
