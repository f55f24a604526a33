import GRDB

extension Schema {
    /// The tables of transactions that people approve.
    static func registerTransactions(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("5: transactions") { try $0.execute(sql: transactions) }
    }

    /// A row of `approval_party` for each person who finds the transaction in their list.
    private static let transactions = """
        CREATE TABLE approval (
            number           INTEGER PRIMARY KEY AUTOINCREMENT,
            id               BLOB NOT NULL UNIQUE,
            creator          TEXT NOT NULL,
            idempotency_key  TEXT NOT NULL,
            draft            BLOB NOT NULL,
            rule             BLOB NOT NULL,
            expires_at       REAL NOT NULL,
            replaces         BLOB,
            state            TEXT NOT NULL CHECK (state IN ('toBeSigned', 'submitted', 'withdrawn', 'replaced', 'expired')),
            submitted_at     REAL CHECK ((state = 'submitted') = (submitted_at IS NOT NULL)),
            replaced_by      BLOB CHECK ((state = 'replaced') = (replaced_by IS NOT NULL)),
            places           BLOB NOT NULL,
            version          INTEGER NOT NULL,
            UNIQUE (creator, idempotency_key)
        ) STRICT;
        CREATE TRIGGER approval_ends_once BEFORE UPDATE ON approval WHEN OLD.state <> 'toBeSigned'
            BEGIN SELECT RAISE(ABORT, 'a transaction ends once'); END;
        CREATE TRIGGER approval_stays_what_it_is BEFORE UPDATE OF id, creator, draft, rule, expires_at, replaces ON approval
            BEGIN SELECT RAISE(ABORT, 'a transaction cannot be changed'); END;

        CREATE TABLE approval_party (
            subscriber  TEXT NOT NULL,
            number      INTEGER NOT NULL REFERENCES approval (number),
            PRIMARY KEY (subscriber, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE approval_operation (
            operation  BLOB PRIMARY KEY REFERENCES operation (id),
            approval   INTEGER NOT NULL REFERENCES approval (number)
        ) STRICT, WITHOUT ROWID;
        """
}
