-- Which rule a transfer breaks by itself, whatever the ledger holds; NULL: none.
CREATE FUNCTION ledger_broken_rule(
    id uuid, debit_id bigint, credit_id bigint, amount bigint, op smallint, hold_id uuid,
    reverses_id uuid, effective_at timestamptz, expires_at timestamptz
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN uuid_extract_version(id) IS DISTINCT FROM 7 THEN 'ledger_transfer_id_tells_time'
    WHEN amount NOT BETWEEN 1 AND 100000000000000000 THEN 'ledger_transfer_amount_in_range'
    WHEN debit_id = credit_id THEN 'ledger_transfer_sides_differ'
    WHEN debit_id >> 48 <> credit_id >> 48 THEN 'ledger_transfer_sides_share_asset'
    WHEN op NOT BETWEEN 0 AND 3 THEN 'ledger_transfer_op_known'
    WHEN (op >= 2) <> (hold_id IS NOT NULL) THEN 'ledger_transfer_resolves_a_hold'
    WHEN expires_at IS NOT NULL AND op <> 1 THEN 'ledger_transfer_only_holds_expire'
    WHEN reverses_id IS NOT NULL AND op <> 0 THEN 'ledger_transfer_only_posts_reverse'
    WHEN effective_at < '1970-01-01Z' OR effective_at >= '3000-01-01Z'
        OR expires_at < '1970-01-01Z' OR expires_at >= '3000-01-01Z'
        THEN 'ledger_transfer_times_in_range'
END;
