-- Trigger: of a link to a quote nothing changes but that it is revoked, once.
CREATE FUNCTION pricing_link_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL
        OR (OLD.quote_id, OLD.buyer_id, OLD.link_hash, OLD.issued_at, OLD.expires_at)
            IS DISTINCT FROM
            (NEW.quote_id, NEW.buyer_id, NEW.link_hash, NEW.issued_at, NEW.expires_at)
    THEN
        RAISE EXCEPTION 'a link to a quote stays as it was made'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
