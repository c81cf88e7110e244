-- Record events, each in one row for every organisation that it concerns. Only the market writes
-- rows, and it is named by its seal for as long as this lasts: an event of one organisation may
-- concern others, and no statement of a tenant's can make one up.
CREATE FUNCTION events_record(
    seal text, given jsonb, person bigint, api_key uuid, agent uuid, task text, behalf uuid,
    request text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    former text := coalesce(current_setting('suanpan.tenant', true), '');
BEGIN
    PERFORM set_config('suanpan.tenant', seal, true);
    INSERT INTO events_event (
        id, place, organization_id, name, object_kind, object_id, object_label, facts, happened_at,
        person_id, api_key_id, agent_id, task, behalf_id, request_id, salt
    )
    WITH happened AS MATERIALIZED (
        SELECT uuidv7() AS id, gen_random_uuid() AS salt, clock_timestamp() AS now, e.*
        FROM jsonb_to_recordset(given) AS e (
            name text, kind text, object text, label text, facts jsonb, at timestamptz,
            concerns jsonb
        )
    )
    SELECT h.id, c.place - 1, c.organization::uuid, h.name, h.kind, h.object, h.label, h.facts,
           coalesce(h.at, h.now), person, api_key, agent, task, behalf, request, h.salt
    FROM happened h
    CROSS JOIN LATERAL jsonb_array_elements_text(h.concerns)
        WITH ORDINALITY AS c (organization, place);
    PERFORM set_config('suanpan.tenant', former, true);
END $$;
