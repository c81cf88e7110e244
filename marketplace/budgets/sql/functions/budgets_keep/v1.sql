-- Lets orders keep so much of what they took of each cap, the earliest instalments first; the rest
-- is given back. Saying it again changes nothing, and nothing is taken anew.
CREATE FUNCTION budgets_keep(kept jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM budgets_lock(
        ARRAY(SELECT (each ->> 'order_id')::uuid FROM jsonb_array_elements(kept) each)
    );
    UPDATE budgets_captake take
    SET returned_minor = found.returned
    FROM (
        SELECT each.id,
               each.amount_minor - least(
                   each.amount_minor, greatest(0, said.kept_minor - each.before)
               ) AS returned
        FROM (
            SELECT id, order_id, amount_minor,
                   sum(amount_minor) OVER (PARTITION BY order_id, cap_id ORDER BY part)
                       - amount_minor AS before
            FROM budgets_captake
            WHERE order_id IN (
                SELECT (each ->> 'order_id')::uuid FROM jsonb_array_elements(kept) each
            )
        ) each
        JOIN jsonb_to_recordset(kept) AS said (order_id uuid, kept_minor bigint)
            ON said.order_id = each.order_id
    ) found
    WHERE take.id = found.id AND take.returned_minor < found.returned;
END $$;
