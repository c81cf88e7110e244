"""Each event has a salt, with which who did it is hashed."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = bounded(
        [
            migrations.RunSQL(
                sql="ALTER TABLE events_event ADD COLUMN salt uuid NOT NULL"
                " DEFAULT '00000000-0000-0000-0000-000000000000';"
                "ALTER TABLE events_event ALTER COLUMN salt DROP DEFAULT;"
                "GRANT INSERT (salt) ON events_event TO suanpan_app;",
                reverse_sql="ALTER TABLE events_event DROP COLUMN salt;",
                state_operations=[
                    migrations.AddField(
                        model_name="recordedevent",
                        name="salt",
                        field=models.UUIDField(
                            help_text="one an event: keeps who did it from being guessed"
                        ),
                        preserve_default=False,
                    )
                ],
            ),
            new_version("identity.events", "events_record", version=2),
        ]
    )
