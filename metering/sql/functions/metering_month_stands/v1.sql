-- Why the raw readings of a month may not go, as far as this room knows: a code, or nothing. Younger
-- ones than three years stay whatever is asked; a counter's first window in the month after looks back.
CREATE FUNCTION metering_month_stands(wanted date, OUT newest timestamptz, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    part text := 'metering_reading_' || to_char(wanted, 'YYYY_MM');
    begins timestamptz := wanted::timestamptz;
    ends timestamptz := (wanted + interval '1 month')::timestamptz;
    is_held boolean;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    reason := '';
    EXECUTE format(
        'SELECT received_at FROM public.%I ORDER BY id DESC LIMIT 1', part) INTO newest;
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM privacy_hold h JOIN metering_meter m ON h.lifted_at IS NULL'
        ' AND (h.kind = ''METER'' AND h.object_id = m.id::text'
        '   OR h.kind = ''ORGANIZATION'' AND h.object_id = m.provider_id::text)'
        ' WHERE EXISTS (SELECT FROM public.%I r WHERE r.meter_id = m.id))', part) INTO is_held;
    newest := greatest(ends, newest);
    IF newest > clock_timestamp() - interval '1096 days' THEN
        reason := 'recorded_lately';
    ELSIF is_held THEN
        reason := 'held';
    ELSIF EXISTS (
        SELECT FROM metering_window w WHERE w.state = 'OPEN'
            AND w.starts_at >= begins AND w.starts_at < ends + interval '1 day'
    ) OR EXISTS (
        SELECT FROM metering_window w WHERE w.state = 'SET_ASIDE'
            AND w.starts_at >= begins AND w.starts_at < ends + interval '1 day'
    ) THEN
        reason := 'open_windows';
    END IF;
    PERFORM set_config('suanpan.tenant', tenant, true);
END $$;

REVOKE ALL ON FUNCTION metering_month_stands FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering_month_stands TO suanpan_app;
