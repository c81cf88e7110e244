-- A source's word lasts while it says the same without a silence in between; what ends is kept.
CREATE FUNCTION sensing_keep_spans() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    began timestamptz;
    ended timestamptz;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.health_since := NEW.observed_at;
        RETURN NEW;
    END IF;
    began := coalesce(OLD.health_since, OLD.observed_at);
    IF NEW.health = OLD.health AND NEW.observed_at <= OLD.fresh_until THEN
        NEW.health_since := began;
        RETURN NEW;
    END IF;
    NEW.health_since := NEW.observed_at;
    ended := least(NEW.observed_at, OLD.fresh_until);
    IF ended > began THEN
        INSERT INTO sensing_healthspan
            (resource_id, provider_id, source, health, starts_at, ends_at)
        VALUES (OLD.resource_id, OLD.provider_id, OLD.source, OLD.health, began, ended);
    END IF;
    RETURN NEW;
END
$$;
