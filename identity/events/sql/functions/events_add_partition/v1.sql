-- Add a partition of the record. Attaching, unlike creating in place, lets recording go on
-- meanwhile. Nobody but the tables' owner may touch one directly.
CREATE FUNCTION events_add_partition(name text, lower_id uuid, upper_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TABLE public.%I (LIKE public.events_event INCLUDING ALL)', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, suanpan_app', name);
    EXECUTE format('CREATE TRIGGER events_stay'
        ' BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change()', name);
    EXECUTE format(
        'ALTER TABLE public.events_event ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%L)',
        name, coalesce(quote_literal(lower_id), 'MINVALUE'), upper_id);
END $$;

REVOKE ALL ON FUNCTION events_add_partition FROM PUBLIC;
