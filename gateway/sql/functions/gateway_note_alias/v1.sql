-- A resource has a further code: its next record names it.
CREATE FUNCTION gateway_note_alias() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    SELECT gen_random_uuid(), 'record', r.identifier, clock_timestamp()
    FROM inserted a JOIN identity_computeresource r ON r.id = a.resource_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
