-- Make the months that readings may come for: so many back and ahead. The newest one becomes due two
-- months before it begins, when the next is to be made. Return how many were made.
CREATE FUNCTION metering_keep_months(months_back integer, months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    this_month timestamptz := date_trunc('month', now());
    newest timestamptz := this_month + make_interval(months => least(months_ahead, 24));
    each timestamptz;
    made integer := 0;
BEGIN
    FOR each IN SELECT generate_series(
        this_month - make_interval(months => least(months_back, 24)), newest, '1 month')
    LOOP
        IF metering_make_month(each::date) THEN
            made := made + 1;
        END IF;
    END LOOP;
    UPDATE metering_readingmonth
    SET next_due_at = CASE WHEN month = newest::date THEN newest - interval '2 months' END
    WHERE next_due_at IS NOT NULL OR month = newest::date;
    RETURN made;
END $$;

REVOKE ALL ON FUNCTION metering_keep_months FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering_keep_months TO suanpan_app;
