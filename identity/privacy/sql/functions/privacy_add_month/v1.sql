-- Add a partition of the record of who saw what. Attaching, unlike creating in place, lets recording
-- go on meanwhile. Nobody but the tables' owner may touch one directly.
CREATE FUNCTION privacy_add_month(name text, lower_id uuid, upper_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TABLE public.%I (LIKE public.privacy_seen INCLUDING ALL)', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, suanpan_app', name);
    EXECUTE format(
        'ALTER TABLE public.privacy_seen ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%L)',
        name, coalesce(quote_literal(lower_id), 'MINVALUE'), upper_id);
END $$;

REVOKE ALL ON FUNCTION privacy_add_month FROM PUBLIC;
