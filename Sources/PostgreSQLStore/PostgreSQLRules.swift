#if PostgreSQL
extension PostgreSQLSchema {
    /// What holds for every program that writes, ours or another's.
    ///
    /// Functions name the schema, so that nobody's search path changes it.
    static let rules = """
        CREATE TRIGGER store_is_never_marked_anew BEFORE UPDATE ON store
            FOR EACH ROW EXECUTE FUNCTION refuse('the mark of a store cannot be changed');
        CREATE TRIGGER store_is_never_unmarked BEFORE DELETE OR TRUNCATE ON store
            FOR EACH STATEMENT EXECUTE FUNCTION refuse('the mark of a store cannot be removed');

        CREATE FUNCTION refuse_emulated() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
            IF NEW.emulated = 1 AND (SELECT mark FROM "SCHEMA_NAME".store) = ''production'' THEN
                RAISE EXCEPTION ''a production store refuses emulated devices'';
            END IF;
            RETURN NEW; END';
        CREATE TRIGGER production_refuses_emulated_devices BEFORE INSERT ON enrolment
            FOR EACH ROW WHEN (NEW.emulated = 1) EXECUTE FUNCTION refuse_emulated();
        CREATE TRIGGER device_stays_what_it_is BEFORE UPDATE OF emulated, device, subscriber ON enrolment
            FOR EACH ROW EXECUTE FUNCTION refuse('an enrolment cannot change its device');
        CREATE TRIGGER what_is_over_stays_over BEFORE UPDATE OF state ON enrolment FOR EACH ROW
            WHEN (OLD.state IN ('revoked', 'expired', 'replaced') AND NEW.state <> OLD.state)
            EXECUTE FUNCTION refuse('an enrolment that is over stays so');

        CREATE FUNCTION refuse_clear() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
            IF EXISTS (SELECT 1 FROM "SCHEMA_NAME".protection) THEN
                RAISE EXCEPTION ''the secrets of this store are sealed'';
            END IF;
            RETURN NEW; END';
        CREATE TRIGGER new_secrets_are_sealed BEFORE INSERT ON enrolment FOR EACH ROW
            WHEN (substring(NEW.credential FROM 1 FOR 1) <> '\\x01' OR substring(NEW.sealing FROM 1 FOR 1) <> '\\x01')
            EXECUTE FUNCTION refuse_clear();
        CREATE TRIGGER secrets_stay_sealed BEFORE UPDATE OF credential, sealing ON enrolment FOR EACH ROW
            WHEN (substring(NEW.credential FROM 1 FOR 1) <> '\\x01' OR substring(NEW.sealing FROM 1 FOR 1) <> '\\x01')
            EXECUTE FUNCTION refuse_clear();
        CREATE TRIGGER protection_stays BEFORE DELETE OR TRUNCATE ON protection
            FOR EACH STATEMENT EXECUTE FUNCTION refuse('a store cannot be unsealed');

        CREATE TRIGGER outcome_is_final BEFORE UPDATE ON operation FOR EACH ROW WHEN (OLD.state = 'ended')
            EXECUTE FUNCTION refuse('an operation has one outcome');

        CREATE TRIGGER audit_chain_stays BEFORE UPDATE ON audit_chain
            FOR EACH ROW EXECUTE FUNCTION refuse('the audit log cannot be changed');
        CREATE TRIGGER audit_chain_is_never_cut BEFORE DELETE OR TRUNCATE ON audit_chain
            FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit log cannot be changed');
        CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
            FOR EACH ROW EXECUTE FUNCTION refuse('the audit log cannot be changed');
        CREATE TRIGGER audit_is_never_cut BEFORE DELETE OR TRUNCATE ON audit
            FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit log cannot be changed');
        CREATE FUNCTION refuse_in_between() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
            IF NEW.number <= (SELECT max(number) FROM "SCHEMA_NAME".audit) THEN
                RAISE EXCEPTION ''the audit log cannot be changed'';
            END IF;
            RETURN NEW; END';
        CREATE TRIGGER audit_grows_at_its_end BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse_in_between();
        CREATE TRIGGER audit_head_is_never_changed BEFORE UPDATE ON audit_head
            FOR EACH ROW EXECUTE FUNCTION refuse('the audit log cannot be changed');
        CREATE TRIGGER audit_head_is_never_cut BEFORE DELETE OR TRUNCATE ON audit_head
            FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit log cannot be changed');

        """
}
#endif
