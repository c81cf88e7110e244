-- Remove the raw readings of a month as a whole; how many each provider had, and all names, stay.
-- What this room knows against it is asked here; other rooms' triggers on the month's row refuse.
-- A legal hold that is being placed is waited for, and one placed afterwards finds them gone.
CREATE FUNCTION metering_remove_month(wanted date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s'
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    part text := 'metering_reading_' || to_char(wanted, 'YYYY_MM');
    stands text;
    total bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7268051);
    PERFORM pg_advisory_xact_lock_shared(7268041);
    PERFORM set_config('suanpan.tenant', '*', true);
    PERFORM FROM metering_readingmonth WHERE month = wanted AND removed_at IS NULL FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such month' USING ERRCODE = 'no_data_found';
    END IF;
    -- Whoever takes readings of this month meanwhile waits, and then finds no such part. Others go
    -- on until the part is dropped, which takes a moment.
    EXECUTE format('LOCK TABLE public.%I IN SHARE MODE', part);
    SELECT reason INTO stands FROM metering_month_stands(wanted);
    IF stands <> '' THEN
        RAISE EXCEPTION 'the readings of this month stay: %', stands
            USING ERRCODE = 'restrict_violation', CONSTRAINT = stands;
    END IF;
    EXECUTE format(
        'INSERT INTO metering_removedreadings (month_id, provider_id, readings)'
        ' SELECT $1, provider_id, count(*) FROM public.%I GROUP BY provider_id', part) USING wanted;
    -- Each was accepted into a window that has measured it: nothing goes that is not accounted for.
    IF EXISTS (
        SELECT FROM metering_removedreadings gone
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(w.reading_count), 0) AS accepted,
                   coalesce(sum(w.measured_count), 0) AS measured
            FROM metering_meter m JOIN metering_window w ON w.meter_id = m.id
                AND w.starts_at >= wanted::timestamptz
                AND w.starts_at < (wanted + interval '1 month')::timestamptz
            WHERE m.provider_id = gone.provider_id
        ) inside
        WHERE gone.month_id = wanted
          AND (inside.accepted <> gone.readings OR inside.measured <> gone.readings)
    ) OR EXISTS (
        -- The sums of what was accepted have counted every one of them.
        SELECT FROM metering_reading r
        WHERE r.starts_at >= wanted::timestamptz
          AND r.starts_at < (wanted + interval '1 month')::timestamptz
          AND r.id > coalesce((SELECT until FROM metering_readingplace), 0)
    ) THEN
        RAISE EXCEPTION 'readings of this month are not accounted for'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'unaccounted';
    END IF;
    SELECT coalesce(sum(readings), 0) INTO total
    FROM metering_removedreadings WHERE month_id = wanted;
    UPDATE metering_readingmonth SET removed_at = clock_timestamp(), readings = total
    WHERE month = wanted;
    EXECUTE format('DROP TABLE public.%I', part);
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN total;
END $$;

REVOKE ALL ON FUNCTION metering_remove_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering_remove_month TO suanpan_app;
