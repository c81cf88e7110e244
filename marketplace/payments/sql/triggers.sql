-- What the room's tables refuse and do by themselves.

CREATE TRIGGER movement_keeps BEFORE UPDATE ON payments_movement
    FOR EACH ROW EXECUTE FUNCTION payments_movement_keeps();
CREATE TRIGGER movement_stays BEFORE DELETE ON payments_movement
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER movements_stay BEFORE TRUNCATE ON payments_movement
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER source_covers AFTER INSERT OR UPDATE OF state, source_id ON payments_movement
    FOR EACH ROW EXECUTE FUNCTION payments_source_covers();
CREATE TRIGGER source_stays BEFORE DELETE ON payments_paymentsource
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
