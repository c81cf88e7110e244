-- Attaching, unlike creating in place, lets posting go on meanwhile. A partition is no way round
-- the triggers and policies of the whole: nobody may touch one directly.
CREATE FUNCTION ledger_add_transfer_partition(name text, lower_id uuid, upper_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TABLE public.%I (LIKE public.ledger_transfer INCLUDING ALL)', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, suanpan_app', name);
    EXECUTE format('CREATE TRIGGER ledger_transfer_is_append_only'
        ' BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change()', name);
    EXECUTE format(
        'ALTER TABLE public.ledger_transfer ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%L)',
        name, coalesce(quote_literal(lower_id), 'MINVALUE'), upper_id);
END $$;

REVOKE ALL ON FUNCTION ledger_add_transfer_partition FROM PUBLIC;
