import GRDB
import StoreTables
import Synchronization
import Verification

/// One caller's transaction that waits for its turn to write, and where it writes to.
final class QueuedWrite: Sendable {
    private let errand: any Errand
    private let secrets: StoredSecrets
    /// Given away when its turn comes: whoever goes on after it is then the last to hold the store.
    private let database: Mutex<(any DatabaseWriter)?>

    init(_ errand: any Errand, in database: any DatabaseWriter, secrets: StoredSecrets) {
        self.errand = errand
        self.secrets = secrets
        self.database = Mutex(database)
    }

    /// Says that its turn has come, and gives away where it writes to; `nil` when its caller has left.
    func begin() -> (any DatabaseWriter)? { errand.begin() ? database.withLock { $0.take() } : nil }

    /// Runs its body and keeps the result; what it returns asks for its changes to be undone.
    func run(in database: Database) -> StoreError? { errand.run(in: SQLiteTransaction(database: database, secrets: secrets)) }

    /// Lets its caller go on: with the result, or with why nothing of the whole group was stored.
    func end(_ failure: StoreError?) {
        if let failure { errand.end(unlessItFailed: failure) } else { errand.end(nil) }
    }
}
