import DeviceProtocol
import FoundationEssentials
package import Verification

/// Sealing all secrets of a store that has none sealed, not all, or not under the present key.
package struct SecretRotation {
    /// How many rows one transaction seals.
    private static let batch = 500
    /// How far sealing goes: 1 for keys of devices, 2 for what is known of devices, people and orders, too.
    private static let scope: Int64 = 2

    /// What a store says of its secrets.
    package struct Sealed {
        /// Under which key they are sealed.
        package let key: StoreKeyID
        /// How far that goes.
        package let scope: Int64

        /// Whether the file was written anew since, so that nothing is left in it of what was in the clear.
        package let isRewritten: Bool

        /// The statement that reads the three.
        package static let sql = "SELECT key, scope, rewritten FROM protection"

        package init?(row: any StoreRow) {
            guard let key = row.bytes(at: 0), let scope = row.integer(at: 1), let rewritten = row.integer(at: 2) else { return nil }
            (self.key, self.scope, isRewritten) = (StoreKeyID(Array(key)), scope, rewritten == 1)
        }
    }

    /// The statement that says that the file was written anew.
    package static let rewritten = "UPDATE protection SET rewritten = 1"

    private let protection: any SecretProtection
    /// How far the store was sealed before.
    private let former: Int64

    /// Sealing anew.
    package init(protection: any SecretProtection) {
        self.protection = protection
        former = Self.scope
    }

    private init(protection: any SecretProtection, beyond former: Int64) {
        self.protection = protection
        self.former = former
    }

    /// What has to be done before a store is opened with these keys, or without any.
    ///
    /// - Parameter sealed: what it says of its secrets; `nil` when they are in the clear.
    /// - Returns: what seals them now; `nil` when all is as it has to be.
    /// - Throws: ``Verification/StoreError``: keys missing, or other ones.
    package static func needed(by protection: (any SecretProtection)?, after sealed: Sealed?) throws(StoreError) -> SecretRotation? {
        switch (protection, sealed) {
        case (nil, nil): return nil
        case (nil, _?): throw .keyNeeded
        case (let protection?, nil): return SecretRotation(protection: protection, beyond: 0)
        case (let protection?, let sealed?):
            guard protection.knows(sealed.key) else { throw .unknownKey(sealed.key) }
            return sealed.scope < scope ? SecretRotation(protection: protection, beyond: sealed.scope) : nil
        }
    }

    /// Seals everything that is in the clear and has to be sealed, within one transaction of somebody's request; the file has to be written
    /// anew after it, unless there was nothing.
    ///
    /// - Throws: ``Verification/StoreError``.
    package func sealAll(on connection: any StoreConnection, askedBy requester: Requester?) throws(StoreError) {
        let transaction = TableTransaction(connection: connection, secrets: StoredSecrets(protection: protection), requester: requester)
        let clear = StoredSecrets(protection: nil)
        var sealed = 0
        for table in SealedTable.allCases {
            var last: String? = ""
            while let from = last {
                last = try seal(table, in: transaction, after: from, count: &sealed) { (column, stored, place) throws(StoreError) in
                    // What was sealed before is not believed where it lies in the clear now.
                    guard column.scope > former else { return nil }
                    return try clear.open(stored, at: place)
                }
            }
        }
        if former == 0 {
            try transaction.change(
                "INSERT INTO protection (one, key, scope, rewritten) VALUES (1, ?, ?, ?)",
                [.bytes(protection.current.bytes), .integer(Self.scope), .integer(sealed == 0 ? 1 : 0)])
        } else {
            // What was not yet written anew stays so.
            try transaction.change(
                "UPDATE protection SET scope = ?\(sealed == 0 ? "" : ", rewritten = 0")", [.integer(Self.scope)])
        }
        try transaction.append(
            AuditEvent(.configurationChanged, at: Date(), detail: "secrets sealed \(sealed), key \(protection.current)"))
    }

    /// Seals all secrets of a store anew, in many small transactions, and says so.
    ///
    /// - Parameter progress: is told how many secrets were sealed so far.
    /// - Returns: how many secrets were sealed anew.
    /// - Throws: ``Verification/StoreError``: a secret under a key that was not given; a store whose tables cannot be seen.
    package func sealAnew(in store: some Store, progress: (Int) -> Void) async throws(StoreError) -> Int {
        var count = 0
        for table in SealedTable.allCases {
            var last: String? = ""
            while let from = last {
                let sealed = count
                (last, count) = try await store.write { (transaction) throws(StoreError) in
                    var sealed = sealed
                    guard let transaction = transaction as? TableTransaction else { throw Self.foreignStore }
                    let next = try seal(table, in: transaction, after: from, count: &sealed) {
                        (column, stored, place) throws(StoreError) in
                        protection.key(of: stored) == protection.current ? nil : try protection.open(stored, at: place)
                    }
                    return (next, sealed)
                }
                progress(count)
            }
        }
        let total = count
        try await store.write { (transaction) throws(StoreError) in
            guard let transaction = transaction as? TableTransaction else { throw Self.foreignStore }
            try transaction.change("UPDATE protection SET key = ?", [.bytes(protection.current.bytes)])
            try transaction.append(
                AuditEvent(.configurationChanged, at: Date(), detail: "secrets sealed anew \(total), key \(protection.current)"))
        }
        return count
    }

    private static let foreignStore = StoreError.unavailable("its tables are out of reach of a change of keys: hand over the store itself")

    /// Seals one batch of a table behind a row; `nil` when there is no more.
    ///
    /// - Parameter open: what is to be sealed of a column; `nil` for what stays as it is.
    private func seal(
        _ table: SealedTable, in transaction: TableTransaction, after id: String, count: inout Int,
        open: (SealedTable.Column, Data, SecretPlace) throws(StoreError) -> Data?
    ) throws(StoreError) -> String? {
        let rows = try table.rows(after: id, limit: Self.batch, in: transaction)
        for row in rows {
            var values = row.values
            for (index, column) in table.columns.enumerated() {
                let place = table.place(of: column, in: row)
                guard let stored = row.values[index], let secret = try open(column, stored, place) else { continue }
                values[index] = try protection.seal(secret, at: place)
                count += 1
            }
            if values != row.values { try table.update(row, to: values, in: transaction) }
        }
        return rows.last?.id
    }
}
