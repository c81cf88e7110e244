-- Hashes lie in a table that the application's role cannot read. The person's row keeps a mark of
-- the hash, which changes with it and gives nothing away: a hash has 128 random bits of salt.
CREATE FUNCTION identity_keep_password() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    mark text := 'kept$' || encode(sha256(convert_to(NEW.password, 'UTF8')), 'hex');
BEGIN
    IF NEW.password LIKE 'kept$%' AND TG_OP = 'UPDATE' AND NEW.password = OLD.password THEN
        RETURN NEW;
    END IF;
    IF NEW.password LIKE '!%' THEN
        DELETE FROM identity_passwordhash WHERE user_id = NEW.id;
        RETURN NEW;
    END IF;
    INSERT INTO identity_passwordhash (user_id, hash) VALUES (NEW.id, NEW.password)
    ON CONFLICT (user_id) DO UPDATE SET hash = EXCLUDED.hash;
    NEW.password := mark;
    RETURN NEW;
END $$;
