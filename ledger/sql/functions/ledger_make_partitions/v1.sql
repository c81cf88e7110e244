-- Make what is missing from this month until so many months ahead; return how many were made.
CREATE FUNCTION ledger_make_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    this_month timestamptz := date_trunc('month', now());
    month timestamptz;
    suffix text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7268002);
    IF to_regclass('public.ledger_transfer_before') IS NULL THEN
        -- Identifiers that are older than this ledger.
        PERFORM ledger_add_transfer_partition(
            'ledger_transfer_before', NULL, ledger_first_id_of(this_month));
        made := made + 1;
    END IF;
    FOR month IN SELECT generate_series(
        this_month, this_month + make_interval(months => least(months_ahead, 120)), '1 month')
    LOOP
        suffix := to_char(month, 'YYYY_MM');
        IF to_regclass('public.ledger_transfer_' || suffix) IS NULL THEN
            PERFORM ledger_add_transfer_partition('ledger_transfer_' || suffix,
                ledger_first_id_of(month), ledger_first_id_of(month + interval '1 month'));
            made := made + 1;
        END IF;
        IF to_regclass('public.ledger_tile_' || suffix) IS NULL THEN
            PERFORM ledger_add_tile_partition(
                'ledger_tile_' || suffix, month, month + interval '1 month');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;

REVOKE ALL ON FUNCTION ledger_make_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_make_partitions TO suanpan_app;
