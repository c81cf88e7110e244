-- Thousandths of a unit times seconds that a member took of community capacity in a month: what was
-- cancelled or not filled counts no more. Whoever asks holds the member's month until its end.
CREATE FUNCTION orders_community_used(member uuid, in_month date, counted_in text) RETURNS numeric
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtextextended('community ' || member::text || in_month::text, 0));
    -- A statement of its own: it sees what was committed while the lock was waited for.
    RETURN (
        SELECT coalesce(sum(o.units_milli::numeric
            * extract(epoch FROM o.ends_at - o.starts_at)), 0)
        FROM orders_order o
        JOIN catalog_listing l ON l.id = o.wanted_listing_id AND l.capacity_unit = counted_in
        WHERE o.community_month = in_month AND o.buyer_id = member
          AND o.state NOT IN ('REJECTED', 'CANCELLED'));
END $$;
