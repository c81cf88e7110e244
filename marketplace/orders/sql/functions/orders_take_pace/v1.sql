-- Let an organisation act some times more now: answers how many seconds too early that is
-- (0 or less: in time), and how many a minute it may. A minute's worth may come at once. The row's
-- lock has acts of one organisation count each other; what comes too early uses nothing up.
CREATE FUNCTION orders_take_pace(
    taker uuid, wanted text, times bigint, usual bigint,
    OUT early double precision, OUT most bigint
)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    each_takes interval;
    free timestamptz;
    moment CONSTANT timestamptz := clock_timestamp();
BEGIN
    SELECT CASE wanted WHEN 'PLACED' THEN placed_per_minute ELSE cancelled_per_minute END INTO most
    FROM orders_orderrate WHERE organization_id = taker ORDER BY id DESC LIMIT 1;
    most := coalesce(most, usual);
    each_takes := interval '1 minute' / most;
    INSERT INTO orders_orderpace AS pace (organization_id, act, free_at)
    VALUES (taker, wanted, moment + each_takes * times)
    ON CONFLICT ON CONSTRAINT pace_once DO UPDATE
    SET free_at = greatest(pace.free_at, moment) + each_takes * times
    RETURNING free_at INTO free;
    early := extract(epoch FROM free - moment) - 60;
    IF early > 0 THEN
        UPDATE orders_orderpace SET free_at = free - each_takes * times
        WHERE organization_id = taker AND act = wanted;
    END IF;
END $$;
