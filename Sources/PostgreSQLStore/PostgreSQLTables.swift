#if PostgreSQL
extension PostgreSQLSchema {
    /// Each step runs once on every store; one that was released is never changed.
    ///
    /// `rowid` counts rows as they came, since a table has no order.
    static let steps = [
        schema + people + operations + audit + rules + approvals, sealedPeople, rewritten, changes, ends, unfinished, requests,
    ]

    private static let schema = """
        CREATE SCHEMA IF NOT EXISTS "SCHEMA_NAME";
        CREATE TABLE migration (
            number  BIGINT PRIMARY KEY
        );
        CREATE TABLE store (
            one   BIGINT PRIMARY KEY CHECK (one = 1),
            mark  TEXT COLLATE "C" NOT NULL CHECK (mark IN ('production', 'test'))
        );
        CREATE TABLE writer (
            id      TEXT COLLATE "C" PRIMARY KEY,
            number  BIGINT NOT NULL,
            at      TIMESTAMPTZ NOT NULL
        ) WITH (fillfactor = 50);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN RAISE EXCEPTION ''%'', TG_ARGV[0]; END';

        """

    /// What is known of devices, people and orders is sealed with their keys.
    private static let sealedPeople =
        """
        ALTER TABLE protection ADD COLUMN scope BIGINT NOT NULL DEFAULT 1;
        CREATE FUNCTION refuse_clear_people() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
            IF EXISTS (SELECT 1 FROM "SCHEMA_NAME".protection WHERE scope > 1) THEN
                RAISE EXCEPTION ''the secrets of this store are sealed'';
            END IF;
            RETURN NEW; END';

        """
        + [("enrolment", "life"), ("subscriber", "record"), ("device_order", "record")].map { table, column in
            """
            CREATE TRIGGER \(column)_is_sealed BEFORE INSERT OR UPDATE OF \(column) ON \(table) FOR EACH ROW
                WHEN (substring(NEW.\(column) FROM 1 FOR 1) <> '\\x01') EXECUTE FUNCTION refuse_clear_people();

            """
        }.joined()

    /// Whether nothing is left in the tables' files of what was in the clear; what an earlier version sealed is written anew once more.
    private static let rewritten = "ALTER TABLE protection ADD COLUMN rewritten BIGINT NOT NULL DEFAULT 0;"

    /// Changes of operations are numbered, and those are found that wait for an attached device.
    private static let changes = """
        DROP TRIGGER outcome_is_final ON operation;
        ALTER TABLE operation ADD COLUMN attachment BYTEA;
        ALTER TABLE operation ADD COLUMN change BIGINT;
        UPDATE operation SET change = rowid;
        ALTER TABLE operation ALTER COLUMN change SET NOT NULL;
        CREATE UNIQUE INDEX operation_changed ON operation (change);
        CREATE INDEX operation_attached ON operation (change) WHERE attachment IS NOT NULL AND state <> 'ended';
        CREATE TRIGGER outcome_is_final BEFORE UPDATE ON operation FOR EACH ROW WHEN (OLD.state = 'ended')
            EXECUTE FUNCTION refuse('an operation has one outcome');
        CREATE TRIGGER every_change_is_numbered BEFORE UPDATE ON operation FOR EACH ROW WHEN (NEW.change <= OLD.change)
            EXECUTE FUNCTION refuse('a change of an operation has a number');
        """

    /// Those are found whose time is over.
    ///
    /// Of what is there, only the challenge knows when; no challenge lives longer than a day.
    private static let ends = """
        DROP TRIGGER every_change_is_numbered ON operation;
        ALTER TABLE operation ADD COLUMN expires_at DOUBLE PRECISION NOT NULL DEFAULT 0;
        UPDATE operation SET expires_at = extract(epoch FROM now()) + 86400 WHERE state <> 'ended';
        CREATE INDEX operation_unfinished ON operation (expires_at) WHERE state <> 'ended';
        CREATE TRIGGER every_change_is_numbered BEFORE UPDATE ON operation FOR EACH ROW WHEN (NEW.change <= OLD.change)
            EXECUTE FUNCTION refuse('a change of an operation has a number');
        """

    /// However many a person had: those that a suspension ends are found at once.
    private static let unfinished = "CREATE INDEX operation_unfinished_of ON operation (subscriber) WHERE state <> 'ended';"

    /// Who asked for what a row of the audit log tells.
    private static let requests = """
        ALTER TABLE audit ADD COLUMN caller TEXT COLLATE "C";
        ALTER TABLE audit ADD COLUMN clerk TEXT COLLATE "C";
        """

    private static let people = """
        CREATE TABLE enrolment (
            rowid       BIGINT GENERATED ALWAYS AS IDENTITY,
            id          TEXT COLLATE "C" NOT NULL UNIQUE,
            subscriber  TEXT COLLATE "C" NOT NULL,
            device      TEXT COLLATE "C" NOT NULL,
            product     TEXT COLLATE "C" NOT NULL,
            emulated    BIGINT NOT NULL CHECK (emulated IN (0, 1)),
            state       TEXT COLLATE "C" NOT NULL,
            failures    BIGINT NOT NULL CHECK (failures >= 0),
            credential  BYTEA NOT NULL,
            sealing     BYTEA,
            version     BIGINT NOT NULL,
            life        BYTEA
        );
        CREATE UNIQUE INDEX enrolment_in_order ON enrolment (rowid);
        CREATE INDEX enrolment_of_subscriber ON enrolment (subscriber);
        CREATE INDEX enrolment_of_device ON enrolment (device);
        CREATE UNIQUE INDEX device_in_use ON enrolment (device) WHERE state NOT IN ('revoked', 'expired', 'replaced');

        CREATE TABLE subscriber (
            id       TEXT COLLATE "C" PRIMARY KEY,
            record   BYTEA NOT NULL,
            version  BIGINT NOT NULL
        );
        CREATE TABLE device_order (
            rowid       BIGINT GENERATED ALWAYS AS IDENTITY,
            id          TEXT COLLATE "C" PRIMARY KEY,
            subscriber  TEXT COLLATE "C" NOT NULL REFERENCES subscriber (id),
            product     TEXT COLLATE "C" NOT NULL,
            record      BYTEA NOT NULL,
            version     BIGINT NOT NULL
        );
        CREATE INDEX order_of_subscriber ON device_order (subscriber);
        CREATE TABLE session (
            rowid        BIGINT GENERATED ALWAYS AS IDENTITY,
            id           BYTEA PRIMARY KEY,
            subscriber   TEXT COLLATE "C" NOT NULL REFERENCES subscriber (id),
            enrolment    TEXT COLLATE "C" NOT NULL REFERENCES enrolment (id),
            application  TEXT COLLATE "C" NOT NULL,
            account      TEXT COLLATE "C",
            started_at   DOUBLE PRECISION NOT NULL,
            last_active  DOUBLE PRECISION NOT NULL,
            version      BIGINT NOT NULL
        );
        CREATE INDEX session_of_subscriber ON session (subscriber);
        CREATE TABLE notice (
            number      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subscriber  TEXT COLLATE "C" NOT NULL,
            device      TEXT COLLATE "C",
            kind        BYTEA NOT NULL,
            at          DOUBLE PRECISION NOT NULL
        );
        CREATE INDEX notice_of_subscriber ON notice (subscriber);
        CREATE TABLE stranger (
            one       BIGINT PRIMARY KEY CHECK (one = 1),
            attempts  BIGINT NOT NULL CHECK (attempts >= 0)
        );
        INSERT INTO stranger (one, attempts) VALUES (1, 0);

        """

    private static let operations = """
        CREATE TABLE operation (
            rowid            BIGINT GENERATED ALWAYS AS IDENTITY,
            id               BYTEA PRIMARY KEY,
            subscriber       TEXT COLLATE "C" NOT NULL,
            device           TEXT COLLATE "C" NOT NULL,
            enrolment        TEXT COLLATE "C" NOT NULL REFERENCES enrolment (id),
            idempotency_key  TEXT COLLATE "C" NOT NULL,
            challenge        BYTEA NOT NULL,
            state            TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'working', 'ended')),
            outcome          BYTEA CHECK ((state = 'ended') = (outcome IS NOT NULL)),
            sealed           TEXT COLLATE "C",
            version          BIGINT NOT NULL,
            UNIQUE (subscriber, idempotency_key)
        );

        """

    private static let audit = """
        CREATE TABLE audit_chain (
            one  BIGINT PRIMARY KEY CHECK (one = 1),
            id   BYTEA NOT NULL CHECK (length(id) = 32)
        );
        CREATE TABLE audit_person (
            reference   BYTEA PRIMARY KEY,
            salt        BYTEA NOT NULL,
            subscriber  TEXT COLLATE "C" NOT NULL,
            device      TEXT COLLATE "C" NOT NULL,
            UNIQUE (subscriber, device)
        );
        CREATE TABLE audit (
            number     BIGINT PRIMARY KEY,
            at         BIGINT NOT NULL,
            kind       TEXT COLLATE "C" NOT NULL,
            reference  BYTEA,
            operation  BYTEA,
            detail     TEXT COLLATE "C" NOT NULL,
            hash       BYTEA NOT NULL
        );
        CREATE TABLE audit_head (
            number     BIGINT PRIMARY KEY,
            chain      BYTEA NOT NULL,
            row        BIGINT NOT NULL,
            hash       BYTEA NOT NULL,
            at         BIGINT NOT NULL,
            key        BYTEA NOT NULL,
            signature  BYTEA NOT NULL
        );
        CREATE TABLE protection (
            one  BIGINT PRIMARY KEY CHECK (one = 1),
            key  BYTEA NOT NULL CHECK (length(key) = 8)
        );

        """

    private static let approvals = """
        CREATE TABLE approval (
            number           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id               BYTEA NOT NULL UNIQUE,
            creator          TEXT COLLATE "C" NOT NULL,
            idempotency_key  TEXT COLLATE "C" NOT NULL,
            draft            BYTEA NOT NULL,
            rule             BYTEA NOT NULL,
            expires_at       DOUBLE PRECISION NOT NULL,
            replaces         BYTEA,
            state            TEXT COLLATE "C" NOT NULL
                CHECK (state IN ('toBeSigned', 'submitted', 'withdrawn', 'replaced', 'expired')),
            submitted_at     DOUBLE PRECISION CHECK ((state = 'submitted') = (submitted_at IS NOT NULL)),
            replaced_by      BYTEA CHECK ((state = 'replaced') = (replaced_by IS NOT NULL)),
            places           BYTEA NOT NULL,
            version          BIGINT NOT NULL,
            UNIQUE (creator, idempotency_key)
        );
        CREATE TRIGGER approval_ends_once BEFORE UPDATE ON approval FOR EACH ROW WHEN (OLD.state <> 'toBeSigned')
            EXECUTE FUNCTION refuse('a transaction ends once');
        CREATE TRIGGER approval_stays_what_it_is BEFORE UPDATE OF id, creator, draft, rule, expires_at, replaces ON approval
            FOR EACH ROW EXECUTE FUNCTION refuse('a transaction cannot be changed');
        CREATE TABLE approval_party (
            subscriber  TEXT COLLATE "C" NOT NULL,
            number      BIGINT NOT NULL REFERENCES approval (number),
            PRIMARY KEY (subscriber, number)
        );
        CREATE TABLE approval_operation (
            operation  BYTEA PRIMARY KEY REFERENCES operation (id),
            approval   BIGINT NOT NULL REFERENCES approval (number)
        );

        """
}
#endif
