-- Puts everything on a statement that was booked on the given accounts, stands on no statement and
-- happened before its end; returns, of each account that moved, the sums, and through which entry
-- all of it is on statements now. Use counts when it was used, whenever it was charged; all else
-- when it took effect.
CREATE FUNCTION statements_take_lines(
    of_statement uuid, of_organization uuid, of_side text, of_subject text, until timestamptz,
    zone text, accounts bigint[], signs integer[], reached bigint[]
) RETURNS TABLE (
    account_number bigint, added_minor numeric, taken_minor numeric, lines bigint,
    taken_through bigint
)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp
SET enable_nestloop = on
AS $$
    WITH given AS (
        SELECT * FROM unnest(accounts, signs, reached) AS g (account, sign, after_entry)
    ), fresh AS MATERIALIZED (
        SELECT g.account, g.sign * e.net AS amount, e.*
        FROM given g CROSS JOIN LATERAL ledger_account_entries(g.account, g.after_entry) e
        WHERE NOT EXISTS (
            SELECT FROM statements_statementline l
            WHERE l.account_number = g.account AND l.transfer_id = e.id AND l.is_live
        )
    ), contracts AS MATERIALIZED (
        SELECT c.id, c.number, c.order_number, l.title AS what, r.region,
               coalesce(r.specification ->> 'chip', '') AS chip
        FROM settlement_contract c
        JOIN catalog_listing l ON l.id = c.listing_id
        JOIN identity_computeresource r ON r.id = c.resource_id
        WHERE c.number IN (SELECT DISTINCT reference FROM fresh WHERE group_id IS NOT NULL)
    ), charges AS MATERIALIZED (
        SELECT s.ledger_group, max(s.ends_at) - interval '1 microsecond' AS used_at,
               sum(coalesce(s.standard_hours, 0)) AS standard_hours
        FROM settlement_charge s
        WHERE s.contract_id IN (SELECT id FROM contracts) AND s.ledger_group IS NOT NULL
        GROUP BY s.ledger_group
    ), placed AS MATERIALIZED (
        SELECT f.*, least(f.effective_at, c.used_at) AS occurred_at, n.name AS reason,
               k.order_number, k.number AS contract_number, k.what, k.chip, k.region,
               -- What was used stands once, however many sources paid for it.
               CASE WHEN n.name IN ('order_cash', 'order_voucher', 'correction') AND row_number()
                   OVER (PARTITION BY f.group_id, n.name IN ('order_cash', 'order_voucher',
                       'correction') ORDER BY f.account, f.id) = 1
                   THEN coalesce(c.standard_hours, 0) ELSE 0 END AS standard_hours
        FROM fresh f
        JOIN ledger_reason n ON n.id = f.reason_id
        LEFT JOIN contracts k ON f.group_id IS NOT NULL AND k.number = f.reference
        LEFT JOIN charges c ON c.ledger_group = f.group_id
    ), written AS (
        INSERT INTO statements_statementline (
            statement_id, organization_id, position, account_number, asset, transfer_id,
            amount_minor, occurred_at, day, reason, reference, contract_number, order_number,
            what, chip, region, standard_hours, corrects_id, is_live
        )
        SELECT of_statement, of_organization,
               row_number() OVER (ORDER BY p.occurred_at, p.id, p.account),
               p.account, a.code, p.id, p.amount, p.occurred_at,
               (p.occurred_at AT TIME ZONE zone)::date, p.reason, p.reference,
               coalesce(p.contract_number, ''), coalesce(p.order_number, ''),
               coalesce(p.what, ''), coalesce(p.chip, ''), coalesce(p.region, ''),
               p.standard_hours, s.id, true
        FROM placed p
        JOIN ledger_asset a ON a.id = p.account >> 48
        LEFT JOIN statements_statement s ON s.side = of_side AND s.subject = of_subject
            AND s.is_live AND p.occurred_at >= s.starts_at AND p.occurred_at < s.ends_at
        WHERE p.occurred_at < until
    )
    SELECT p.account, coalesce(sum(p.amount) FILTER (WHERE p.occurred_at < until AND amount > 0), 0),
           coalesce(sum(p.amount) FILTER (WHERE p.occurred_at < until AND amount < 0), 0),
           count(*) FILTER (WHERE p.occurred_at < until),
           coalesce(min(p.entry) FILTER (WHERE p.occurred_at >= until) - 1, max(p.entry), 0)
    FROM placed p GROUP BY p.account
$$;

REVOKE ALL ON FUNCTION statements_take_lines FROM PUBLIC;
GRANT EXECUTE ON FUNCTION statements_take_lines TO suanpan_app;
