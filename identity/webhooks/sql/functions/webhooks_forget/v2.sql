-- Removes deliveries that ended before a moment, with their tries; at most 5,000, the oldest first.
-- The application cannot remove any by itself. What has not ended stays, whatever is asked, and so
-- does what is of an organisation under a legal hold.
CREATE FUNCTION webhooks_forget(before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    over uuid[];
BEGIN
    SELECT array_agg(id) INTO over FROM (
        SELECT d.id FROM webhooks_delivery d
        WHERE d.ended_at < least(before, clock_timestamp() - interval '1 day')
            AND NOT EXISTS (
                SELECT FROM privacy_hold h
                WHERE h.lifted_at IS NULL AND h.kind = 'ORGANIZATION'
                    AND h.object_id = d.organization_id::text)
        ORDER BY d.ended_at LIMIT 5000
    ) oldest;
    DELETE FROM webhooks_attempt WHERE delivery_id = ANY (over);
    DELETE FROM webhooks_delivery WHERE id = ANY (over);
    RETURN coalesce(cardinality(over), 0);
END $$;
