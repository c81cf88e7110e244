-- Who saw whose data: a partition a month, so that a month goes as a whole when its term is over.
CREATE TABLE privacy_seen (
    -- A UUIDv7 of the database: a range of identifiers is a month (ADR 0201).
    id uuid NOT NULL DEFAULT uuidv7(),
    organization_id uuid NOT NULL,
    person_id bigint,
    reader_id bigint NOT NULL,
    reader_organization_id uuid NOT NULL,
    api_key_id uuid,
    object_kind varchar(32) NOT NULL,
    object_id varchar(64) NOT NULL,
    page varchar(100) NOT NULL,
    request_id varchar(64) NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id),
    CONSTRAINT seen_by_others CHECK (reader_organization_id <> organization_id)
) PARTITION BY RANGE (id);
CREATE INDEX seen_of_organization ON privacy_seen (organization_id, id);
CREATE INDEX seen_of_person ON privacy_seen (person_id, id) WHERE person_id IS NOT NULL;
CREATE INDEX seen_by_reader ON privacy_seen (reader_id, object_id, id);
CREATE TRIGGER seen_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON privacy_seen
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
