-- Make the partition that readings of a month lie in, unless it is there or was removed. Attaching,
-- unlike creating in place, lets readings arrive meanwhile. Nobody touches a partition directly.
CREATE FUNCTION metering_make_month(wanted date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    first date := date_trunc('month', wanted)::date;
    name text := 'metering_reading_' || to_char(first, 'YYYY_MM');
BEGIN
    IF first < '1970-01-01' THEN
        RAISE EXCEPTION 'no reading is older than the epoch' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(7268051);
    INSERT INTO metering_readingmonth (month) VALUES (first) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE public.%I (LIKE public.metering_reading INCLUDING ALL EXCLUDING IDENTITY)',
        name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, suanpan_app', name);
    EXECUTE format('CREATE TRIGGER metering_reading_stays'
        ' BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change()', name);
    EXECUTE format(
        'ALTER TABLE public.metering_reading ATTACH PARTITION public.%I'
        ' FOR VALUES FROM (%L) TO (%L)',
        name, first::timestamptz, (first + interval '1 month')::timestamptz);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION metering_make_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering_make_month TO suanpan_app;
