-- Partitions of the transfers, a month each, made ahead of time.

CREATE FUNCTION ledger_first_id_of(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Attaching, unlike creating in place, lets posting go on meanwhile. A partition is no way round
-- the triggers and policies of the whole: nobody may touch one directly.
CREATE FUNCTION ledger_add_transfer_partition(name text, lower_id uuid, upper_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TABLE public.%I (LIKE public.ledger_transfer INCLUDING ALL)', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, suanpan_app', name);
    EXECUTE format('CREATE TRIGGER ledger_transfer_is_append_only'
        ' BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny()', name);
    EXECUTE format(
        'ALTER TABLE public.ledger_transfer ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%L)',
        name, coalesce(quote_literal(lower_id), 'MINVALUE'), upper_id);
END $$;

-- Make what is missing from this month until so many months ahead; return how many were made.
CREATE FUNCTION ledger_make_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    this_month timestamptz := date_trunc('month', now());
    month timestamptz;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7268002);
    IF to_regclass('public.ledger_transfer_before') IS NULL THEN
        -- Identifiers that are older than this ledger.
        PERFORM ledger_add_transfer_partition(
            'ledger_transfer_before', NULL, ledger_first_id_of(this_month));
        made := 1;
    END IF;
    FOR month IN SELECT generate_series(
        this_month, this_month + make_interval(months => least(months_ahead, 120)), '1 month')
    LOOP
        name := 'ledger_transfer_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        PERFORM ledger_add_transfer_partition(
            name, ledger_first_id_of(month), ledger_first_id_of(month + interval '1 month'));
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

DO $$ BEGIN PERFORM ledger_make_partitions(12); END $$;
