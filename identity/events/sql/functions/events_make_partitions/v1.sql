-- Make the months that are missing from this one until so many ahead; return how many were made.
CREATE FUNCTION events_make_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    this_month timestamptz := date_trunc('month', now());
    month timestamptz;
    name text;
    bounds uuid[];
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7268031);
    FOR month IN SELECT generate_series(
        this_month, this_month + make_interval(months => least(months_ahead, 120)), '1 month')
    LOOP
        name := 'events_event_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        SELECT array_agg((lpad(to_hex((extract(epoch FROM edge) * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid ORDER BY edge)
        INTO bounds FROM unnest(ARRAY[month, month + interval '1 month']) AS edge;
        IF to_regclass('public.events_event_before') IS NULL THEN
            -- What a clock records that was set back.
            PERFORM events_add_partition('events_event_before', NULL, bounds[1]);
            made := made + 1;
        END IF;
        PERFORM events_add_partition(name, bounds[1], bounds[2]);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

REVOKE ALL ON FUNCTION events_make_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events_make_partitions TO suanpan_app;
