-- With a new set of keys, the moves that this node countersigned wait for its newest key.
CREATE FUNCTION peering_note_renewals() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    SELECT gen_random_uuid(), 'renewal',
        'sha256:' || encode(sha256('\x00'::bytea || convert_to(e.text, 'UTF8')), 'hex'),
        clock_timestamp()
    FROM gateway_expectedmove e
        JOIN gateway_node own ON own.state = 'OWN' AND own.code = NEW.issuer
    WHERE e.line <> ''
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
