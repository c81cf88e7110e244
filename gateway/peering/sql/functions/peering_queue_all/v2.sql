-- Whoever becomes a peer above gets all that this node signed before.
CREATE FUNCTION peering_queue_all() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.pushes AND NEW.state = 'ADMITTED' THEN
        INSERT INTO gateway_outbox (peer, dataset, digest, due_at, receipt, refusal)
        SELECT NEW.node, CASE WHEN s.type = 'totals' THEN 'totals' ELSE 'register' END,
            s.digest, clock_timestamp(), '', ''
        FROM gateway_statement s JOIN gateway_node own ON own.state = 'OWN' AND own.code = s.issuer
        WHERE NOT s.is_second
            AND s.type IN ('keyset', 'grant', 'record', 'status', 'rename', 'renewal', 'binding',
                'totals')
        -- What bears a text out comes before it.
        ORDER BY CASE s.type WHEN 'keyset' THEN 0 WHEN 'grant' THEN 1 WHEN 'renewal' THEN 2
            ELSE 3 END,
            s.kept_at, s.sequence
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
