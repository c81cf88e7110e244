-- A statement that everybody may read was kept.
CREATE FUNCTION changes_note_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO changes_registerchange
        (kind, code, region, resource_class, form, value, digest, at)
    SELECT CASE i.type WHEN 'record' THEN 'RECORD' WHEN 'grant' THEN 'GRANT' ELSE 'KEYS' END,
        i.subject, coalesce(r.region, ''), coalesce(r.resource_class, ''), coalesce(r.form, ''),
        i.type || ' ' || i.sequence, i.digest, clock_timestamp()
    FROM inserted i LEFT JOIN identity_computeresource r ON r.identifier = i.subject
    WHERE i.type IN ('record', 'grant', 'keyset') ORDER BY i.kept_at, i.subject, i.sequence;
    RETURN NULL;
END $$;
