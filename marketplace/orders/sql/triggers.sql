-- What the room's tables refuse and do by themselves.

CREATE TRIGGER round_stays BEFORE UPDATE OR DELETE ON orders_clearinground
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER rounds_stay BEFORE TRUNCATE ON orders_clearinground
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER deposit_stays BEFORE UPDATE OR DELETE ON orders_deposit
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER deposits_stay BEFORE TRUNCATE ON orders_deposit
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER imported_row_stays BEFORE UPDATE OR DELETE ON orders_importedrow
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER imported_rows_stay BEFORE TRUNCATE ON orders_importedrow
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER import_keeps_its_facts
        BEFORE UPDATE OF organization_id, source, file_name, content_hash, usage_format, zone,
        requested_by, started_at
    ON orders_importrun
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER import_stays BEFORE DELETE ON orders_importrun
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();

-- What was asked never changes, and an order that is over stays as it ended. It names an import
-- of its own buyer, once and for good.
CREATE TRIGGER order_keeps_its_import BEFORE UPDATE OF import_run_id ON orders_order
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER order_keeps_its_state BEFORE UPDATE ON orders_order
    FOR EACH ROW EXECUTE FUNCTION orders_order_keeps_its_wish();
CREATE TRIGGER order_keeps_its_wish
        BEFORE UPDATE OF number, key, buyer_id, book_id, wanted_listing_id, chips, quote_id,
        units_milli, starts_at, ends_at, use_vouchers, voucher_ids, placed_at
    ON orders_order
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER order_stays BEFORE DELETE ON orders_order
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER orders_stay BEFORE TRUNCATE ON orders_order
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER price_is_promised BEFORE INSERT ON orders_order
    FOR EACH ROW EXECUTE FUNCTION orders_price_is_promised();

CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE ON orders_orderevent
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER events_stay BEFORE TRUNCATE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
