-- Trigger: the seed is the one whose hash was told, and what was sealed stays.
CREATE FUNCTION rounds_secret_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF encode(sha256(convert_to(NEW.seed, 'UTF8')), 'hex')
        IS DISTINCT FROM (SELECT seed_hash FROM rounds_callround WHERE id = NEW.round_id)
        OR (TG_OP = 'UPDATE' AND (NEW.seed <> OLD.seed OR NEW.round_id <> OLD.round_id
            OR (OLD.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)))
    THEN
        RAISE EXCEPTION 'the seed of a round and what was sealed stay'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
