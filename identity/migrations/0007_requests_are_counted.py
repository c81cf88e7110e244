"""Count requests where all processes see it: in a table without a log, which nobody else writes."""

from django.db import migrations

from common.sql_files import function

COUNTS = """
    CREATE UNLOGGED TABLE identity_ratecount (
        bucket text PRIMARY KEY,
        started_at timestamptz NOT NULL,
        taken integer NOT NULL CHECK (taken >= 0),
        before integer NOT NULL CHECK (before >= 0)
    ) WITH (fillfactor = 50);
    REVOKE ALL ON identity_ratecount FROM suanpan_app;
"""


class Migration(migrations.Migration):

    dependencies = [("identity", "0006_sign_in_apart")]

    operations = [
        migrations.RunSQL(COUNTS, "DROP TABLE identity_ratecount"),
        function(
            "identity", "identity_take_turn", arguments="text[], integer[], integer[], integer[]"
        ),
        function("identity", "identity_key_owner", arguments="text"),
    ]
