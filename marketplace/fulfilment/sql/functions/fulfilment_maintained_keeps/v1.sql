-- Trigger: the listing and the time of maintenance stay as they were announced; what it holds only
-- grows while it is live, and once it is not, it never is again.
CREATE FUNCTION fulfilment_maintained_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.work_id, NEW.listing_id, NEW.listing_seq, NEW.listing_number, NEW.starts_at,
        NEW.ends_at)
        IS DISTINCT FROM
       (OLD.id, OLD.work_id, OLD.listing_id, OLD.listing_seq, OLD.listing_number, OLD.starts_at,
        OLD.ends_at)
       OR NOT OLD.is_live OR NOT NEW.held_as @> OLD.held_as THEN
        RAISE EXCEPTION 'what was announced stays as it was said'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
