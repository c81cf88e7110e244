-- Statuses change: room on its page keeps the other indexes out of it.
ALTER TABLE gateway_entry SET (fillfactor = 80);
ALTER TABLE gateway_entry ALTER COLUMN record_json SET STORAGE MAIN;
-- What somebody looks for is on offer: places first, then kinds, in the order of pages.
CREATE INDEX entry_by_place ON gateway_entry (region, resource_class, form, code)
    WHERE status = 'ACTIVE';
CREATE INDEX entry_by_kind ON gateway_entry (resource_class, form, code) WHERE status = 'ACTIVE';
CREATE INDEX entry_by_chips ON gateway_entry USING gin (chips);
CREATE INDEX entry_by_price ON gateway_entry (price_minor, code) WHERE status = 'ACTIVE';
CREATE INDEX entry_by_level ON gateway_entry (level DESC, code) WHERE status = 'ACTIVE';

-- A code keeps its name, and what was said later is not undone by what was said before.
CREATE FUNCTION gateway_entry_keeps() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.sequence < OLD.sequence
        OR NEW.status_sequence < OLD.status_sequence
        OR NEW.resource_id IS DISTINCT FROM OLD.resource_id
    THEN
        RAISE EXCEPTION 'an entry of % goes back', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_keeps';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_keeps BEFORE UPDATE ON gateway_entry
    FOR EACH ROW EXECUTE FUNCTION gateway_entry_keeps();
CREATE TRIGGER entry_stays BEFORE DELETE ON gateway_entry
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();

-- A node keeps its code and its root, and its epoch only rises.
CREATE FUNCTION gateway_node_keeps() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.epoch < OLD.epoch
        OR (NEW.root_key <> OLD.root_key AND NEW.proposal_id IS NOT DISTINCT FROM OLD.proposal_id)
    THEN
        RAISE EXCEPTION 'node % goes back', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'node_keeps';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER node_keeps BEFORE UPDATE ON gateway_node
    FOR EACH ROW EXECUTE FUNCTION gateway_node_keeps();
CREATE TRIGGER node_stays BEFORE DELETE ON gateway_node
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON gateway_node, gateway_entry, gateway_disclosure FROM suanpan_app;

-- What the register says of a resource is signed anew when it changes, in the same transaction due.
CREATE FUNCTION gateway_note_registered() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    SELECT gen_random_uuid(), 'record', identifier, clock_timestamp() FROM inserted
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER resource_is_signed AFTER INSERT ON identity_computeresource
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_note_registered();
CREATE FUNCTION gateway_note_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    VALUES (gen_random_uuid(), 'record', NEW.identifier, clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- What is free changes with every clearing and stands in no record.
CREATE TRIGGER resource_is_signed_again AFTER UPDATE ON identity_computeresource
    FOR EACH ROW WHEN (
        (OLD.name, OLD.name_en, OLD.status, OLD.specification, OLD.total_milli, OLD.pue,
            OLD.verification_level, OLD.grid_region)
        IS DISTINCT FROM
        (NEW.name, NEW.name_en, NEW.status, NEW.specification, NEW.total_milli, NEW.pue,
            NEW.verification_level, NEW.grid_region)
    ) EXECUTE FUNCTION gateway_note_changed();
-- What is registered already waits, too.
INSERT INTO gateway_duesigning (id, kind, subject, due_at)
SELECT gen_random_uuid(), 'record', identifier, clock_timestamp() FROM identity_computeresource;
