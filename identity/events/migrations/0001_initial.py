"""The record of events: one table, a partition a month, append-only, walled in by organisation."""

from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import function

TABLE = """
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
        FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
    REVOKE ALL ON events_event FROM suanpan_app;
    -- Not `xid`: nobody chooses the transaction that recorded something.
    GRANT SELECT, INSERT (
        id, place, organization_id, name, object_kind, object_id, object_label, facts, happened_at,
        person_id, api_key_id, agent_id, task, behalf_id, request_id
    ) ON events_event TO suanpan_app;
"""
FUNCTIONS = """
    REVOKE ALL ON FUNCTION events_make_partitions(integer),
        events_add_partition(text, uuid, uuid) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION events_make_partitions(integer) TO suanpan_app;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [("identity", "0001_initial")]

    operations = [
        function("identity.events", "events_refuse_change"),
        migrations.RunSQL(TABLE, "DROP TABLE events_event"),
        protect("events_event", visible=owned_by("organization_id"), writable=IS_PLATFORM),
        function("identity.events", "events_add_partition", arguments="text, uuid, uuid"),
        function("identity.events", "events_make_partitions", arguments="integer"),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        function(
            "identity.events",
            "events_record",
            arguments="text, jsonb, bigint, uuid, uuid, text, uuid, text",
        ),
        migrations.RunSQL(
            "DO $$ BEGIN PERFORM events_make_partitions(12); END $$;", migrations.RunSQL.noop
        ),
        migrations.CreateModel(
            name="RecordedEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("place", models.SmallIntegerField()),
                ("organization_id", models.UUIDField(null=True)),
                ("xid", models.BigIntegerField(help_text="the transaction that recorded it; set by the database")),
                ("name", models.CharField(max_length=64)),
                ("object_kind", models.CharField(max_length=32)),
                ("object_id", models.CharField(max_length=64)),
                ("object_label", models.CharField(max_length=200)),
                ("facts", models.JSONField()),
                ("happened_at", models.DateTimeField()),
                ("person_id", models.BigIntegerField(null=True)),
                ("api_key_id", models.UUIDField(null=True)),
                ("agent_id", models.UUIDField(null=True)),
                ("task", models.CharField(max_length=100)),
                ("behalf_id", models.UUIDField(help_text="the organisation that it was done for", null=True)),
                ("request_id", models.CharField(max_length=64)),
            ],
            options={"db_table": "events_event", "managed": False},
        ),
    ]
