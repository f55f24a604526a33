import GRDB
import Verification

/// The tables of subscribers: one step of the schema, in a file of its own.
extension Schema {
    /// Adds what the life of an enrolment needs, and subscribers, orders, sessions and notices.
    ///
    /// The table of enrolments is written anew, because a device whose enrolment is over may be enrolled again: only among those whose
    /// life goes on is it unique.
    static func registerSubscribers(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("3: lives of enrolments, subscribers, sessions") { database in
            try database.execute(sql: enrolmentsAnew)
            try database.execute(sql: subscriberTables)
        }
    }

    private static let enrolmentsAnew = """
        CREATE TABLE enrolment_anew (
            id          TEXT NOT NULL UNIQUE,
            subscriber  TEXT NOT NULL,
            device      TEXT NOT NULL,
            product     TEXT NOT NULL,
            emulated    INTEGER NOT NULL CHECK (emulated IN (0, 1)),
            state       TEXT NOT NULL,
            failures    INTEGER NOT NULL CHECK (failures >= 0),
            credential  BLOB NOT NULL,
            sealing     BLOB,
            version     INTEGER NOT NULL,
            life        BLOB
        ) STRICT;
        INSERT INTO enrolment_anew (id, subscriber, device, product, emulated, state, failures, credential, sealing, version)
            SELECT id, subscriber, device, product, emulated, state, failures, credential, sealing, version FROM enrolment ORDER BY rowid;
        DROP TABLE enrolment;
        ALTER TABLE enrolment_anew RENAME TO enrolment;
        CREATE INDEX enrolment_of_subscriber ON enrolment (subscriber);
        CREATE INDEX enrolment_of_device ON enrolment (device);
        CREATE UNIQUE INDEX device_in_use ON enrolment (device) WHERE state NOT IN ('revoked', 'expired', 'replaced');
        CREATE TRIGGER production_refuses_emulated_devices BEFORE INSERT ON enrolment
            WHEN NEW.emulated = 1 AND (SELECT mark FROM store) = 'production'
            BEGIN SELECT RAISE(ABORT, 'a production store refuses emulated devices'); END;
        CREATE TRIGGER device_stays_what_it_is BEFORE UPDATE OF emulated, device, subscriber ON enrolment
            BEGIN SELECT RAISE(ABORT, 'an enrolment cannot change its device'); END;
        CREATE TRIGGER what_is_over_stays_over BEFORE UPDATE OF state ON enrolment
            WHEN OLD.state IN ('revoked', 'expired', 'replaced') AND NEW.state <> OLD.state
            BEGIN SELECT RAISE(ABORT, 'an enrolment that is over stays so'); END;
        """

    private static let subscriberTables = """
        CREATE TABLE subscriber (
            id       TEXT NOT NULL UNIQUE,
            record   BLOB NOT NULL,
            version  INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE device_order (
            id          TEXT NOT NULL UNIQUE,
            subscriber  TEXT NOT NULL REFERENCES subscriber (id),
            product     TEXT NOT NULL,
            record      BLOB NOT NULL,
            version     INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX order_of_subscriber ON device_order (subscriber);

        CREATE TABLE session (
            id           BLOB NOT NULL UNIQUE,
            subscriber   TEXT NOT NULL REFERENCES subscriber (id),
            enrolment    TEXT NOT NULL REFERENCES enrolment (id),
            application  TEXT NOT NULL,
            account      TEXT,
            started_at   REAL NOT NULL,
            last_active  REAL NOT NULL,
            version      INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX session_of_subscriber ON session (subscriber);

        CREATE TABLE notice (
            number      INTEGER PRIMARY KEY AUTOINCREMENT,
            subscriber  TEXT NOT NULL,
            device      TEXT,
            kind        BLOB NOT NULL,
            at          REAL NOT NULL
        ) STRICT;
        CREATE INDEX notice_of_subscriber ON notice (subscriber);

        CREATE TABLE stranger (
            one       INTEGER PRIMARY KEY CHECK (one = 1),
            attempts  INTEGER NOT NULL CHECK (attempts >= 0)
        ) STRICT;
        INSERT INTO stranger (one, attempts) VALUES (1, 0);
        """
}
