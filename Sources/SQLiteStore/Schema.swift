import GRDB
import Verification

/// The tables of a store, and how they came about.
enum Schema {
    /// Marks the file as ours in its header: `TESS`; sqlite.org, "PRAGMA application_id".
    static let applicationID = 0x5445_5353

    /// Brings the tables up to date, creates them where there are none, and compares the mark.
    static func migrate(_ database: any DatabaseWriter, mark: StoreMark) throws {
        let migrator = migrator(mark: mark)
        let (owner, tables, isNewer) = try database.read {
            (
                try Int.fetchOne($0, sql: "PRAGMA application_id") ?? 0,
                try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") ?? 0,
                try migrator.hasBeenSuperseded($0)
            )
        }
        guard owner == applicationID || tables == 0 else { throw StoreError.foreign("the file is another program's database") }
        guard !isNewer else { throw StoreError.unavailable("a newer version of the program has written it") }
        try migrator.migrate(database)
        let stored = try database.read { try Self.mark(in: $0) }
        guard stored == mark else { throw StoreError.otherMark(stored) }
    }

    /// Refuses tables that are not those of this version.
    static func check(_ database: any DatabaseReader, mark: StoreMark) throws {
        guard try !isWhole(database, mark: mark) else { return }
        throw StoreError.unavailable("an older version of the program has written it, and it was not opened since")
    }

    /// Whether the tables are those of this version, and not of an older one; refuses those of a newer one.
    static func isWhole(_ database: any DatabaseReader, mark: StoreMark) throws -> Bool {
        let migrator = migrator(mark: mark)
        let (isNewer, isWhole) = try database.read { (try migrator.hasBeenSuperseded($0), try migrator.hasCompletedMigrations($0)) }
        guard !isNewer else { throw StoreError.unavailable("a newer version of the program has written it") }
        return isWhole
    }

    /// What the store was created for.
    static func mark(in database: Database) throws -> StoreMark {
        guard try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID else {
            let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
            throw StoreError.foreign(isEmpty ? "the file is empty" : "the file is another program's database")
        }
        guard let mark = try String.fetchOne(database, sql: "SELECT mark FROM store").flatMap(StoreMark.init) else {
            throw StoreError.damaged("it has no mark")
        }
        return mark
    }

    /// Each step runs once on every store; a step that was released is never changed.
    static func migrator(mark: StoreMark) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: mark, enrolments, operations") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: tables)
            try database.execute(sql: "INSERT INTO store (one, mark) VALUES (1, ?)", arguments: [mark.rawValue])
        }
        migrator.registerMigration("2: audit") { database in
            try database.execute(sql: audit)
            try database.execute(sql: "INSERT INTO audit_chain (one, id) VALUES (1, randomblob(32))")
        }
        registerSubscribers(in: &migrator)
        migrator.registerMigration("4: sealed secrets") { try $0.execute(sql: protection) }
        registerTransactions(in: &migrator)
        migrator.registerMigration("6: sealed people") { database in
            try database.execute(sql: "ALTER TABLE protection ADD COLUMN scope INTEGER NOT NULL DEFAULT 1")
            for (table, column) in [("enrolment", "life"), ("subscriber", "record"), ("device_order", "record")] {
                for (name, event) in [("new", "INSERT"), ("every", "UPDATE OF \(column)")] {
                    try database.execute(
                        sql: """
                            CREATE TRIGGER \(name)_\(column)_of_\(table)_is_sealed BEFORE \(event) ON \(table)
                                WHEN substr(NEW.\(column), 1, 1) <> x'01' AND EXISTS (SELECT 1 FROM protection WHERE scope > 1)
                                BEGIN SELECT RAISE(ABORT, 'the secrets of this store are sealed'); END
                            """)
                }
            }
        }
        // Whether nothing is left in the file of what was in the clear; what an earlier version sealed is written anew once more.
        migrator.registerMigration("7: rewritten") {
            try $0.execute(sql: "ALTER TABLE protection ADD COLUMN rewritten INTEGER NOT NULL DEFAULT 0")
        }
        registerChanges(in: &migrator)
        migrator.registerMigration("11: who asked") { database in
            for column in ["caller", "clerk"] { try database.execute(sql: "ALTER TABLE audit ADD COLUMN \(column) TEXT") }
        }
        return migrator
    }

    /// The verifier's keys (`credential`) and the sealer's (`sealing`) are columns apart.
    private static let tables = """
        CREATE TABLE store (
            one   INTEGER PRIMARY KEY CHECK (one = 1),
            mark  TEXT NOT NULL CHECK (mark IN ('production', 'test'))
        ) STRICT;
        CREATE TRIGGER store_is_never_marked_anew BEFORE UPDATE ON store
            BEGIN SELECT RAISE(ABORT, 'the mark of a store cannot be changed'); END;
        CREATE TRIGGER store_is_never_unmarked BEFORE DELETE ON store
            BEGIN SELECT RAISE(ABORT, 'the mark of a store cannot be removed'); END;

        CREATE TABLE enrolment (
            id          TEXT NOT NULL UNIQUE,
            subscriber  TEXT NOT NULL,
            device      TEXT NOT NULL UNIQUE,
            product     TEXT NOT NULL,
            emulated    INTEGER NOT NULL CHECK (emulated IN (0, 1)),
            state       TEXT NOT NULL,
            failures    INTEGER NOT NULL CHECK (failures >= 0),
            credential  BLOB NOT NULL,
            sealing     BLOB,
            version     INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX enrolment_of_subscriber ON enrolment (subscriber);
        CREATE TRIGGER production_refuses_emulated_devices BEFORE INSERT ON enrolment
            WHEN NEW.emulated = 1 AND (SELECT mark FROM store) = 'production'
            BEGIN SELECT RAISE(ABORT, 'a production store refuses emulated devices'); END;
        CREATE TRIGGER device_stays_what_it_is BEFORE UPDATE OF emulated, device, subscriber ON enrolment
            BEGIN SELECT RAISE(ABORT, 'an enrolment cannot change its device'); END;

        CREATE TABLE operation (
            id               BLOB NOT NULL UNIQUE,
            subscriber       TEXT NOT NULL,
            device           TEXT NOT NULL,
            enrolment        TEXT NOT NULL REFERENCES enrolment (id),
            idempotency_key  TEXT NOT NULL,
            challenge        BLOB NOT NULL,
            state            TEXT NOT NULL CHECK (state IN ('pending', 'working', 'ended')),
            outcome          BLOB CHECK ((state = 'ended') = (outcome IS NOT NULL)),
            sealed           TEXT,
            version          INTEGER NOT NULL,
            UNIQUE (subscriber, idempotency_key)
        ) STRICT;
        CREATE TRIGGER outcome_is_final BEFORE UPDATE ON operation WHEN OLD.state = 'ended'
            BEGIN SELECT RAISE(ABORT, 'an operation has one outcome'); END;
        """

    /// What rows are about lies beside them: it can be erased, they cannot.
    private static let audit = """
        CREATE TABLE audit_chain (
            one  INTEGER PRIMARY KEY CHECK (one = 1),
            id   BLOB NOT NULL CHECK (length(id) = 32)
        ) STRICT;
        CREATE TRIGGER audit_chain_stays BEFORE UPDATE ON audit_chain
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        CREATE TRIGGER audit_chain_is_one BEFORE INSERT ON audit_chain WHEN EXISTS (SELECT 1 FROM audit_chain)
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        CREATE TABLE audit_person (
            reference   BLOB PRIMARY KEY,
            salt        BLOB NOT NULL,
            subscriber  TEXT NOT NULL,
            device      TEXT NOT NULL,
            UNIQUE (subscriber, device)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE audit (
            number     INTEGER PRIMARY KEY,
            at         INTEGER NOT NULL,
            kind       TEXT NOT NULL,
            reference  BLOB,
            operation  BLOB,
            detail     TEXT NOT NULL,
            hash       BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        CREATE TRIGGER audit_grows_at_its_end BEFORE INSERT ON audit WHEN NEW.number <= (SELECT max(number) FROM audit)
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        CREATE TABLE audit_head (
            number     INTEGER PRIMARY KEY,
            chain      BLOB NOT NULL,
            row        INTEGER NOT NULL,
            hash       BLOB NOT NULL,
            at         INTEGER NOT NULL,
            key        BLOB NOT NULL,
            signature  BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_head_is_never_changed BEFORE UPDATE ON audit_head
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        CREATE TRIGGER audit_head_is_never_cut BEFORE DELETE ON audit_head
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        """

    /// A store whose secrets are sealed has one row here, and takes no other secrets from any program.
    private static let protection = """
        CREATE TABLE protection (
            one  INTEGER PRIMARY KEY CHECK (one = 1),
            key  BLOB NOT NULL CHECK (length(key) = 8)
        ) STRICT;
        CREATE TRIGGER protection_stays BEFORE DELETE ON protection
            BEGIN SELECT RAISE(ABORT, 'a store cannot be unsealed'); END;
        CREATE TRIGGER new_secrets_are_sealed BEFORE INSERT ON enrolment
            WHEN EXISTS (SELECT 1 FROM protection)
                AND (substr(NEW.credential, 1, 1) <> x'01' OR substr(NEW.sealing, 1, 1) <> x'01')
            BEGIN SELECT RAISE(ABORT, 'the secrets of this store are sealed'); END;
        CREATE TRIGGER secrets_stay_sealed BEFORE UPDATE OF credential, sealing ON enrolment
            WHEN EXISTS (SELECT 1 FROM protection)
                AND (substr(NEW.credential, 1, 1) <> x'01' OR substr(NEW.sealing, 1, 1) <> x'01')
            BEGIN SELECT RAISE(ABORT, 'the secrets of this store are sealed'); END;
        """
}
