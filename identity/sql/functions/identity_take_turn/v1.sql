-- Count a request in its buckets, unless one of them is full; `refused` names that one by place.
-- A bucket counts in windows; of the window before it keeps the share that lies within the last
-- length of a window, so that no such length sees more than its limit. What costs 0 only looks.
CREATE FUNCTION identity_take_turn(
    buckets text[], limits integer[], lengths integer[], costs integer[]
) RETURNS TABLE (refused integer, remaining integer, wait_seconds integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    at timestamptz := clock_timestamp();
    kept identity_ratecount;
    windows integer;
    elapsed numeric;
    used numeric;
BEGIN
    remaining := limits[1];
    wait_seconds := lengths[1];
    FOR place IN 1 .. cardinality(buckets) LOOP
        INSERT INTO identity_ratecount (bucket, started_at, taken, before)
        VALUES (buckets[place], at, 0, 0) ON CONFLICT DO NOTHING;
        SELECT * INTO kept FROM identity_ratecount c WHERE c.bucket = buckets[place] FOR UPDATE;
        elapsed := greatest(extract(epoch FROM clock_timestamp() - kept.started_at), 0);
        windows := floor(elapsed / lengths[place]);
        IF windows > 0 THEN
            kept.before := CASE windows WHEN 1 THEN kept.taken ELSE 0 END;
            kept.taken := 0;
            kept.started_at := kept.started_at + make_interval(secs => windows * lengths[place]);
            elapsed := elapsed - windows * lengths[place];
        END IF;
        used := kept.taken + kept.before * (1 - elapsed / lengths[place]);
        IF used + greatest(costs[place], 1) > limits[place] THEN
            refused := place;
            remaining := 0;
            wait_seconds := greatest(ceil(CASE
                WHEN kept.taken + 1 <= limits[place] AND kept.before > 0
                THEN lengths[place]
                    * (1 - (limits[place] - kept.taken - 1)::numeric / kept.before) - elapsed
                ELSE lengths[place] - elapsed
            END), 1);
            RETURN NEXT;
            RETURN;
        END IF;
        UPDATE identity_ratecount c
        SET started_at = kept.started_at, taken = kept.taken + costs[place], before = kept.before
        WHERE c.bucket = buckets[place];
        IF place = 1 THEN
            remaining := floor(limits[1] - used - costs[1]);
            wait_seconds := ceil(lengths[1] - elapsed);
        END IF;
    END LOOP;
    IF random() < 0.001 THEN
        DELETE FROM identity_ratecount c WHERE c.started_at < at - interval '1 day';
    END IF;
    RETURN NEXT;
END $$;
