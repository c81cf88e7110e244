-- Who records and reads, through which door.
REVOKE ALL ON events_event FROM suanpan_app;
-- Not `xid`: nobody chooses the transaction that recorded something.
GRANT SELECT, INSERT (
    id, place, organization_id, name, object_kind, object_id, object_label, facts, happened_at,
    person_id, api_key_id, agent_id, task, behalf_id, request_id
) ON events_event TO suanpan_app;
