-- What is ordered beside an order of compute.

CREATE TRIGGER order_keeps_its_set BEFORE UPDATE OF beside_id ON orders_order
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE CONSTRAINT TRIGGER order_set_stands AFTER INSERT ON orders_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.beside_id IS NOT NULL)
    EXECUTE FUNCTION orders_set_stands();
