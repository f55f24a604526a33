import FoundationEssentials
import GRDB
import StoreTables
public import Verification

extension SecretRotation {
    /// Prepares a file to be opened: one that was made without keys is sealed now, whole, in one transaction, and what was in the clear is
    /// overwritten.
    static func prepare(_ database: any DatabaseWriter, protection: (any SecretProtection)?) throws {
        if let rotation = try needed(by: protection, after: sealed(in: database)) {
            // Pages and log keep what they held until it is overwritten.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA secure_delete = ON") }
            let requester = Requester.current
            try database.write { try rotation.sealAll(on: $0, askedBy: requester) }
        }
        guard try sealed(in: database)?.isRewritten == false else { return }
        try database.writeWithoutTransaction { database in
            try database.execute(sql: "VACUUM")
            // Somebody who still reads keeps the log from being cut: then the next opening does it.
            guard try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")?[0] == 0 else { return }
            try database.execute(sql: rewritten)
        }
    }

    /// What opening a file with these keys, or without any, would do to its secrets.
    static func opening(_ database: any DatabaseReader, protection: (any SecretProtection)?) throws -> StoreOpening {
        let sealed = try sealed(in: database)
        return try needed(by: protection, after: sealed) != nil || sealed?.isRewritten == false ? .seals : .asItIs
    }

    private static func sealed(in database: any DatabaseReader) throws -> Sealed? {
        try database.read { database in
            var sealed: Sealed?
            try database.eachRow(of: Sealed.sql, []) { sealed = Sealed(row: $0) }
            return sealed
        }
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
        return try await SecretRotation(protection: protection).sealAnew(in: self, progress: progress)
    }
}
