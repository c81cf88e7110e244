-- Lets orders take what they hold from every cap that bounds them, each in its turn and wholly or
-- not at all; returns those that a cap leaves too little for. What is checked is locked until the
-- commit, so no two transactions see the same room. Asking again for a part changes nothing. A cap
-- of each order is compared with the cash of the whole order, when its first part is held.
CREATE FUNCTION budgets_take(wanted jsonb, on_day date)
RETURNS TABLE (stopped_order uuid, stopping_cap uuid, left_of_it bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked record;
    tight record;
BEGIN
    IF NOT EXISTS (
        SELECT FROM budgets_cap cap
        WHERE cap.ended_at IS NULL AND cap.organization_id IN (
            SELECT (each ->> 'organization_id')::uuid FROM jsonb_array_elements(wanted) each
        )
    ) THEN
        RETURN;
    END IF;
    -- Who sets a limit of each order waits for those who are within it, and they for who sets it.
    PERFORM FROM budgets_cap cap
    WHERE cap.ended_at IS NULL AND cap.period = 'ORDER' AND cap.organization_id IN (
        SELECT (each ->> 'organization_id')::uuid FROM jsonb_array_elements(wanted) each
    )
    ORDER BY cap.id FOR SHARE;
    INSERT INTO budgets_capuse (id, cap_id, organization_id, starts_on, ends_on, limit_minor)
    SELECT gen_random_uuid(), cap.id, cap.organization_id, bounds.starts_on, bounds.ends_on,
           cap.amount_minor
    FROM budgets_cap cap, budgets_bounds(cap.period, on_day) bounds
    WHERE cap.ended_at IS NULL AND cap.period <> 'ORDER' AND cap.organization_id IN (
        SELECT (each ->> 'organization_id')::uuid FROM jsonb_array_elements(wanted) each
    )
    ON CONFLICT ON CONSTRAINT cap_use_once DO NOTHING;
    -- All rows that may be touched, in one order: whoever comes meanwhile waits here.
    PERFORM FROM budgets_capuse used
    JOIN budgets_cap cap ON cap.id = used.cap_id
    JOIN LATERAL budgets_bounds(cap.period, on_day) bounds ON bounds.starts_on = used.starts_on
    WHERE cap.ended_at IS NULL AND EXISTS (
        SELECT FROM jsonb_to_recordset(wanted) AS each (
            organization_id uuid, project_id uuid, person_id bigint
        )
        WHERE each.organization_id = cap.organization_id
            AND coalesce(cap.project_id = each.project_id, cap.project_id IS NULL)
            AND coalesce(cap.person_id = each.person_id, cap.person_id IS NULL)
    )
    ORDER BY used.id FOR NO KEY UPDATE OF used;
    FOR asked IN
        SELECT each.* FROM jsonb_to_recordset(wanted) AS each (
            turn integer, order_id uuid, organization_id uuid, project_id uuid, person_id bigint,
            amount_minor bigint, part smallint, whole_minor bigint
        )
        WHERE EXISTS (
            SELECT FROM budgets_cap cap
            WHERE cap.ended_at IS NULL AND cap.organization_id = each.organization_id
        ) AND NOT EXISTS (
            SELECT FROM budgets_captake take
            WHERE take.order_id = each.order_id AND take.part = each.part
        )
        ORDER BY each.turn
    LOOP
        SELECT cap.id AS cap_id, cap.amount_minor AS room INTO tight
        FROM budgets_cap cap
        WHERE cap.ended_at IS NULL AND cap.period = 'ORDER' AND asked.part = 1
            AND cap.organization_id = asked.organization_id
            AND coalesce(cap.project_id = asked.project_id, cap.project_id IS NULL)
            AND coalesce(cap.person_id = asked.person_id, cap.person_id IS NULL)
            AND cap.amount_minor < coalesce(asked.whole_minor, asked.amount_minor)
        ORDER BY cap.amount_minor, cap.id LIMIT 1;
        IF FOUND THEN
            stopped_order := asked.order_id;
            stopping_cap := tight.cap_id;
            left_of_it := tight.room;
            INSERT INTO budgets_capstop
                (id, cap_id, organization_id, order_id, part, needed_minor, left_minor)
            VALUES (gen_random_uuid(), tight.cap_id, asked.organization_id, asked.order_id,
                    asked.part, coalesce(asked.whole_minor, asked.amount_minor), tight.room)
            ON CONFLICT ON CONSTRAINT cap_stop_once DO UPDATE
            SET cap_id = excluded.cap_id, left_minor = excluded.left_minor;
            RETURN NEXT;
            CONTINUE;
        END IF;
        SELECT used.cap_id, used.limit_minor - used.used_minor AS room INTO tight
        FROM budgets_capuse used
        JOIN budgets_cap cap ON cap.id = used.cap_id
        JOIN LATERAL budgets_bounds(cap.period, on_day) bounds ON bounds.starts_on = used.starts_on
        WHERE cap.ended_at IS NULL AND cap.organization_id = asked.organization_id
            AND coalesce(cap.project_id = asked.project_id, cap.project_id IS NULL)
            AND coalesce(cap.person_id = asked.person_id, cap.person_id IS NULL)
        ORDER BY used.limit_minor - used.used_minor, used.id LIMIT 1;
        CONTINUE WHEN NOT FOUND;
        IF tight.room < asked.amount_minor THEN
            stopped_order := asked.order_id;
            stopping_cap := tight.cap_id;
            left_of_it := tight.room;
            INSERT INTO budgets_capstop
                (id, cap_id, organization_id, order_id, part, needed_minor, left_minor)
            VALUES (gen_random_uuid(), tight.cap_id, asked.organization_id, asked.order_id,
                    asked.part, asked.amount_minor, tight.room)
            ON CONFLICT ON CONSTRAINT cap_stop_once DO UPDATE
            SET cap_id = excluded.cap_id, left_minor = excluded.left_minor;
            RETURN NEXT;
            CONTINUE;
        END IF;
        INSERT INTO budgets_captake
            (id, use_id, cap_id, organization_id, order_id, part, amount_minor)
        SELECT gen_random_uuid(), used.id, used.cap_id, asked.organization_id, asked.order_id,
               asked.part, asked.amount_minor
        FROM budgets_capuse used
        JOIN budgets_cap cap ON cap.id = used.cap_id
        JOIN LATERAL budgets_bounds(cap.period, on_day) bounds ON bounds.starts_on = used.starts_on
        WHERE cap.ended_at IS NULL AND cap.organization_id = asked.organization_id
            AND coalesce(cap.project_id = asked.project_id, cap.project_id IS NULL)
            AND coalesce(cap.person_id = asked.person_id, cap.person_id IS NULL);
    END LOOP;
END $$;
