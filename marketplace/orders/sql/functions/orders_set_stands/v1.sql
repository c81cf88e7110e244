-- Trigger, at the end of the transaction: what is ordered beside an order of compute is of the same
-- buyer, moment, time and project, of a listing that stands beside the other's; and all of it has
-- cleared, or nothing was ordered.
CREATE FUNCTION orders_set_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    -- A transaction ends in whatever scope it is in; what is compared is all of it.
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    PERFORM FROM orders_order o
    JOIN orders_order own ON own.id = NEW.id
    JOIN catalog_besidelisting b
        ON b.listing_id = o.wanted_listing_id AND b.beside_id = own.wanted_listing_id
    WHERE o.id = NEW.beside_id AND o.beside_id IS NULL AND o.buyer_id = NEW.buyer_id
      AND o.placed_at = NEW.placed_at AND o.starts_at = NEW.starts_at AND o.ends_at = NEW.ends_at
      AND o.project_id IS NOT DISTINCT FROM NEW.project_id
      AND o.state NOT IN ('PLACED', 'REJECTED')
      AND own.state NOT IN ('PLACED', 'REJECTED');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'order % does not stand beside what it names', NEW.number
            USING ERRCODE = '23514', CONSTRAINT = 'order_set_stands', TABLE = 'orders_order';
    END IF;
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN NULL;
END $$;

-- Bound to a table of someone's own, it would read in the owner's name.
REVOKE ALL ON FUNCTION orders_set_stands FROM PUBLIC;
