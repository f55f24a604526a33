import GRDB

extension Schema {
    /// Changes of operations are numbered, and those are found that wait for an attached device.
    ///
    /// What is there is numbered in the order in which it was begun. A program that does not number its changes cannot make any.
    static func registerChanges(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("8: changes of operations") { try $0.execute(sql: changes) }
        migrator.registerMigration("9: operations whose time is over") { try $0.execute(sql: ends) }
        // However many a person had: those that a suspension ends are found at once.
        migrator.registerMigration("10: unfinished operations of a person") {
            try $0.execute(sql: "CREATE INDEX operation_unfinished_of ON operation (subscriber) WHERE state <> 'ended'")
        }
    }

    private static let changes = """
        DROP TRIGGER outcome_is_final;
        ALTER TABLE operation ADD COLUMN attachment BLOB;
        ALTER TABLE operation ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
        UPDATE operation SET change = rowid;
        CREATE UNIQUE INDEX operation_changed ON operation (change);
        CREATE INDEX operation_attached ON operation (change) WHERE attachment IS NOT NULL AND state <> 'ended';
        CREATE TRIGGER outcome_is_final BEFORE UPDATE ON operation WHEN OLD.state = 'ended'
            BEGIN SELECT RAISE(ABORT, 'an operation has one outcome'); END;
        CREATE TRIGGER every_change_is_numbered BEFORE UPDATE ON operation WHEN NEW.change <= OLD.change
            BEGIN SELECT RAISE(ABORT, 'a change of an operation has a number'); END;
        """

    /// Those are found whose time is over.
    ///
    /// Of what is there, only the challenge knows when; no challenge lives longer than a day.
    private static let ends = """
        DROP TRIGGER every_change_is_numbered;
        ALTER TABLE operation ADD COLUMN expires_at REAL NOT NULL DEFAULT 0;
        UPDATE operation SET expires_at = unixepoch() + 86400 WHERE state <> 'ended';
        CREATE INDEX operation_unfinished ON operation (expires_at) WHERE state <> 'ended';
        CREATE TRIGGER every_change_is_numbered BEFORE UPDATE ON operation WHEN NEW.change <= OLD.change
            BEGIN SELECT RAISE(ABORT, 'a change of an operation has a number'); END;
        """
}
