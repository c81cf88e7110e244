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

CREATE TRIGGER entry_keeps BEFORE UPDATE ON gateway_entry
    FOR EACH ROW EXECUTE FUNCTION gateway_entry_keeps();
CREATE TRIGGER entry_stays BEFORE DELETE ON gateway_entry
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER node_keeps BEFORE UPDATE ON gateway_node
    FOR EACH ROW EXECUTE FUNCTION gateway_node_keeps();
CREATE TRIGGER node_stays BEFORE DELETE ON gateway_node
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON gateway_node, gateway_entry, gateway_disclosure FROM suanpan_app;

CREATE TRIGGER resource_is_signed AFTER INSERT ON identity_computeresource
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_note_registered();
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
