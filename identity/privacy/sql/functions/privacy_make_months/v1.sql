-- Make the months of the record of who saw what that are missing, so many ahead; return how many.
CREATE FUNCTION privacy_make_months(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    this_month timestamptz := date_trunc('month', now());
    month timestamptz;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7268042);
    IF to_regclass('public.privacy_seen_before') IS NULL THEN
        -- What a clock records that was set back.
        PERFORM privacy_add_month('privacy_seen_before', NULL, privacy_month_begins(this_month));
        made := 1;
    END IF;
    FOR month IN SELECT generate_series(
        this_month, this_month + make_interval(months => least(months_ahead, 120)), '1 month')
    LOOP
        name := 'privacy_seen_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        PERFORM privacy_add_month(name, privacy_month_begins(month),
            privacy_month_begins(month + interval '1 month'));
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

REVOKE ALL ON FUNCTION privacy_make_months FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy_make_months TO suanpan_app;
