-- Who is in a price group is told now and holds from now on or later; what was told stays, and ends
-- seven days later at the earliest: its buyer will pay more.
CREATE FUNCTION pricing_group_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    notice CONSTANT interval := '7 days';
    tolerance CONSTANT interval := '5 minutes';  -- of a request under way
    now CONSTANT timestamptz := clock_timestamp();
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- Whom an entry is about, as a number: entries about the same never overlap.
        NEW.about := hashtextextended(concat_ws(
            '|', NEW.provider_id, coalesce(NEW.buyer_id::text, 'related'), NEW.project_code), 0);
        IF NEW.recorded_at NOT BETWEEN now - tolerance AND now + tolerance
            OR NEW.starts_at < now - tolerance
        THEN
            RAISE EXCEPTION 'a price group is entered now, and holds then or later'
                USING ERRCODE = '23514', CONSTRAINT = 'price_group_is_not_back_dated';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'ends_at' IS DISTINCT FROM to_jsonb(OLD) - 'ends_at' THEN
        RAISE EXCEPTION 'of an entry in a price group only its end moves'
            USING ERRCODE = '23514', CONSTRAINT = 'price_group_stays';
    END IF;
    IF coalesce(OLD.ends_at, 'infinity') <= now - tolerance OR coalesce(NEW.ends_at, 'infinity')
        < least(coalesce(OLD.ends_at, 'infinity'), now + notice - tolerance)
    THEN
        RAISE EXCEPTION 'an entry in a price group ends % after that is said', notice
            USING ERRCODE = '23514', CONSTRAINT = 'price_group_ends_with_notice';
    END IF;
    RETURN NEW;
END $$;
