-- Like `ledger_add_transfer_partition`, for the tiles of the log.
CREATE FUNCTION ledger_add_tile_partition(name text, lower_at timestamptz, upper_at timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TABLE public.%I (LIKE public.ledger_tile INCLUDING ALL)', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, suanpan_app', name);
    EXECUTE format('CREATE TRIGGER ledger_tile_by_parent BEFORE DELETE OR TRUNCATE ON public.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change()', name);
    EXECUTE format(
        'ALTER TABLE public.ledger_tile ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%L)',
        name, coalesce(quote_literal(lower_at), 'MINVALUE'), upper_at);
END $$;

REVOKE ALL ON FUNCTION ledger_add_tile_partition FROM PUBLIC;
