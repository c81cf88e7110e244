-- The record: one row an event and organisation that it concerns, a partition a month.
CREATE TABLE events_event (
    -- A UUIDv7 of the database: its first 48 bits are the moment of recording, so a range of
    -- identifiers is a month (ADR 0201).
    id uuid NOT NULL,
    place smallint NOT NULL,
    organization_id uuid,
    xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    name varchar(64) NOT NULL,
    object_kind varchar(32) NOT NULL,
    object_id varchar(64) NOT NULL,
    object_label varchar(200) NOT NULL,
    facts jsonb NOT NULL,
    happened_at timestamptz NOT NULL,
    person_id bigint,
    api_key_id uuid,
    agent_id uuid,
    task varchar(100) NOT NULL,
    behalf_id uuid,
    request_id varchar(64) NOT NULL,
    PRIMARY KEY (id, place),
    CONSTRAINT events_name_has_three_parts
        CHECK (name ~ '^[a-z][a-z_]*([.][a-z][a-z_]*){2}$'),
    CONSTRAINT events_facts_are_few
        CHECK (jsonb_typeof(facts) = 'object' AND octet_length(facts::text) <= 4096),
    CONSTRAINT events_concern_few CHECK (place BETWEEN 0 AND 15),
    CONSTRAINT events_without_organisation_have_one_row
        CHECK (organization_id IS NOT NULL OR place = 0)
) PARTITION BY RANGE (id);
CREATE INDEX events_of_organization ON events_event (organization_id, id);
CREATE INDEX events_of_transaction ON events_event (xid, id);
CREATE INDEX events_of_object ON events_event (object_id);
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events_event
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
