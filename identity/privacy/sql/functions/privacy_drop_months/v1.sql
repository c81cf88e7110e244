-- Drop the months of the record of who saw what that ended before a moment; return which. Younger
-- ones than six months stay, whatever is asked, and so does a month that a legal hold touches.
CREATE FUNCTION privacy_drop_months(before timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    name text;
    ends_at timestamptz;
    is_held boolean;
    dropped text[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(7268042);
    PERFORM pg_advisory_xact_lock_shared(7268041);
    PERFORM set_config('suanpan.tenant', '*', true);
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.privacy_seen'::regclass
            AND c.relname ~ '^privacy_seen_[0-9]{4}_[0-9]{2}$'
        ORDER BY c.relname
    LOOP
        ends_at := to_timestamp(right(name, 7), 'YYYY_MM') + interval '1 month';
        EXIT WHEN ends_at > least(before, clock_timestamp() - interval '184 days');
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM public.%I s JOIN privacy_hold h ON h.lifted_at IS NULL'
            ' AND (h.kind = ''ORGANIZATION'' AND h.object_id = s.organization_id::text'
            ' OR h.kind = ''PERSON'' AND h.object_id IN (s.person_id::text, s.reader_id::text)))',
            name) INTO is_held;
        CONTINUE WHEN is_held;
        EXECUTE format('DROP TABLE public.%I', name);
        dropped := dropped || name;
    END LOOP;
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION privacy_drop_months FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy_drop_months TO suanpan_app;
