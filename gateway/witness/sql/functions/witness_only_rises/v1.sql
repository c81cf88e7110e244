-- What was cosigned of a log never goes back, and one size has one root.
CREATE FUNCTION witness_only_rises() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'what was cosigned of % is not forgotten', OLD.origin
            USING ERRCODE = 'check_violation', CONSTRAINT = 'witnessed_is_kept';
    END IF;
    IF NEW.origin <> OLD.origin OR NEW.size < OLD.size
        OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
    THEN
        RAISE EXCEPTION 'what was cosigned of % only rises', OLD.origin
            USING ERRCODE = 'check_violation', CONSTRAINT = 'witnessed_only_rises';
    END IF;
    RETURN NEW;
END
$$;
