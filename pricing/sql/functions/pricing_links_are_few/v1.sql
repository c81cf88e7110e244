-- Trigger: of a quote at most 20 links are live. Links to one quote are made one after the other.
CREATE FUNCTION pricing_links_are_few() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('links ' || NEW.quote_id, 17));
    IF (SELECT count(*) FROM pricing_quotelink
        WHERE quote_id = NEW.quote_id AND revoked_at IS NULL AND expires_at > NEW.issued_at) >= 20
    THEN
        RAISE EXCEPTION '20 links to a quote are live'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
