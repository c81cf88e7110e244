-- What this node signs for everybody goes upward: it waits in the transaction that signed it.
CREATE FUNCTION peering_queue_statements() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_outbox (peer, dataset, digest, due_at, receipt, refusal)
    SELECT p.node, CASE WHEN s.type = 'totals' THEN 'totals' ELSE 'register' END,
        s.digest, clock_timestamp(), '', ''
    FROM signed s
        JOIN gateway_node own ON own.state = 'OWN' AND own.code = s.issuer
        JOIN gateway_peer p ON p.pushes AND p.state <> 'LEFT'
    WHERE NOT s.is_second
        AND s.type IN ('keyset', 'grant', 'record', 'status', 'rename', 'renewal', 'binding',
            'totals')
    ORDER BY s.kept_at, s.sequence
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
