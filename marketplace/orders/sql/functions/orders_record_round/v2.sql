-- Writes what a round decided about its orders; returns how many of them it found. An order that is
-- no longer PLACED is not touched, and what was frozen when it was placed stays as it is.
--
-- Its plan is fixed: row-level security makes the planner believe in one row, and read all that are
-- placed for each of five hundred.
CREATE FUNCTION orders_record_round(round_of uuid, decided jsonb) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    found_orders integer;
BEGIN
    UPDATE orders_order o
    SET state = t.state, refusal_code = t.refusal_code, round_id = round_of, position = t.position,
        listing_id = t.listing_id, provider_id = t.provider_id,
        relation = coalesce(t.relation, ''),
        plan_version_id = coalesce(o.plan_version_id, t.plan_version_id),
        rule_version_id = coalesce(o.rule_version_id, t.rule_version_id),
        lines = coalesce(o.lines, t.lines),
        unit_hours = coalesce(o.unit_hours, t.unit_hours),
        standard_hours = coalesce(o.standard_hours, t.standard_hours),
        gross_minor = coalesce(o.gross_minor, t.gross_minor),
        voucher_minor = t.voucher_minor, cash_minor = t.cash_minor,
        cash_hold_id = t.cash_hold_id, held_minor = t.held_minor,
        instalment_rule = coalesce(t.instalment_rule, ''),
        cleared_at = t.cleared_at, closed_at = t.closed_at
    FROM jsonb_to_recordset(decided) AS t (
        id uuid, state text, refusal_code text, position integer, listing_id uuid, relation text,
        provider_id uuid, plan_version_id uuid, rule_version_id uuid, lines jsonb,
        unit_hours numeric, standard_hours numeric, gross_minor bigint, voucher_minor bigint,
        cash_minor bigint, cash_hold_id uuid, held_minor bigint, instalment_rule text,
        cleared_at timestamptz, closed_at timestamptz
    )
    WHERE o.id = t.id AND o.state = 'PLACED';
    GET DIAGNOSTICS found_orders = ROW_COUNT;
    RETURN found_orders;
END $$;
