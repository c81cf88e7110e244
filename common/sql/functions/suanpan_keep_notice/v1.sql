-- Worse terms take effect a week after they were announced, and nothing is back-dated.
-- Arguments: the columns of announcement and of effect, the column that says whose rule it is
-- (empty: there is one for all), and the function that says of two rows what is worse.
CREATE FUNCTION suanpan_keep_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    notice CONSTANT interval := '7 days';
    tolerance CONSTANT interval := '5 minutes';  -- of a request under way
    after jsonb := to_jsonb(NEW);
    announced timestamptz := after ->> TG_ARGV[0];
    effective timestamptz := after ->> TG_ARGV[1];
    before jsonb;
    worse boolean;
BEGIN
    EXECUTE format(
        'SELECT to_jsonb(t) FROM %I.%I t %s ORDER BY t.version DESC LIMIT 1',
        TG_TABLE_SCHEMA, TG_TABLE_NAME,
        CASE TG_ARGV[2] WHEN '' THEN '' ELSE format('WHERE t.%1$I = ($1).%1$I', TG_ARGV[2]) END
    ) INTO before USING NEW;
    IF before IS NULL THEN  -- Nobody relied on other terms.
        RETURN NEW;
    END IF;
    IF NEW.version <> (before ->> 'version')::integer + 1
        OR effective <= (before ->> TG_ARGV[1])::timestamptz THEN
        RAISE EXCEPTION 'version % of % does not follow the one before', NEW.version, TG_TABLE_NAME
            USING ERRCODE = '23514', CONSTRAINT = 'rule_follows_the_one_before';
    END IF;
    IF announced NOT BETWEEN clock_timestamp() - tolerance AND clock_timestamp() + tolerance
        OR effective < clock_timestamp() - tolerance THEN
        RAISE EXCEPTION 'a version of % is announced now, and takes effect then or later',
            TG_TABLE_NAME USING ERRCODE = '23514', CONSTRAINT = 'rule_is_not_back_dated';
    END IF;
    EXECUTE format('SELECT %I($1, $2)', TG_ARGV[3]) INTO worse USING before, after;
    IF coalesce(worse, true) AND effective < clock_timestamp() + notice - tolerance THEN
        RAISE EXCEPTION 'worse terms of % take effect % after they are announced',
            TG_TABLE_NAME, notice USING ERRCODE = '23514', CONSTRAINT = 'worse_terms_have_notice';
    END IF;
    RETURN NEW;
END $$;
