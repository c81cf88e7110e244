-- With a new set of keys, what this node signed for good waits to be borne out by its newest keys.
CREATE FUNCTION gateway_note_renewals() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    SELECT gen_random_uuid(), 'renewal', s.digest, clock_timestamp()
    FROM gateway_statement s JOIN gateway_node own ON own.state = 'OWN' AND own.code = s.issuer
    WHERE s.issuer = NEW.issuer AND s.type IN ('grant', 'rename', 'binding') AND NOT s.is_second
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
