-- Trigger: what is handed over answers a request of its delivery, and no endpoint comes in the open
-- that its buyer wants sealed. A key for an interface says what it may, and ends with its order and
-- the day in which data is wiped; the one before it ends at once where somebody else may know it.
CREATE FUNCTION fulfilment_handover_begins() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked record;
BEGIN
    SELECT r.way, r.reason, d.ends_at INTO asked
    FROM fulfilment_handoverrequest r
    JOIN fulfilment_computedelivery d ON d.id = r.delivery_id
    WHERE r.id = NEW.request_id AND r.delivery_id = NEW.delivery_id;
    IF NOT FOUND
       OR (NEW.endpoint <> '' AND asked.way = 'SEALED')
       OR (NEW.format = 2 AND NOT NEW.has_secret)
       OR (NEW.former_until IS NOT NULL AND asked.reason = 'leaked')
       OR NEW.expires_at > asked.ends_at + interval '24 hours'
       OR jsonb_typeof(NEW.scopes) <> 'array'
       OR jsonb_array_length(NEW.scopes) > 16
       OR EXISTS (
            SELECT FROM jsonb_array_elements(NEW.scopes) AS each(scope)
            WHERE jsonb_typeof(scope) <> 'string'
               OR scope #>> '{}' !~ '^[a-z][a-z0-9:._-]{0,39}$'
       ) THEN
        RAISE EXCEPTION 'this is not what access was asked for'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
