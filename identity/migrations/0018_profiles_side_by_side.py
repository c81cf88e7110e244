"""Several profiles of identifiers at once: wider columns, serials within a prefix, profile 2."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations import RunSQL

from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0015_keys_rotate"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ProfileUse",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("from_at", models.DateTimeField(unique=True)),
                    (
                        "profile",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.identifierprofile",
                        ),
                    ),
                ],
            ),
            migrations.AlterField(
                model_name="computeresource",
                name="industry",
                field=models.CharField(help_text="GB/T 4754 section and division", max_length=5),
            ),
            migrations.AlterField(
                model_name="computeresource",
                name="serial",
                field=models.CharField(max_length=20),
            ),
            migrations.AddField(
                model_name="computeresource",
                name="prefix",
                field=models.CharField(
                    db_default="",
                    default="",
                    help_text="within which a serial is given once",
                    max_length=96,
                ),
            ),
            *functions("identity", "identity_fill_prefix"),
            script("identity", "prefixes.sql", reverse="prefixes_gone.sql"),
            migrations.RemoveConstraint(
                model_name="computeresource",
                name="resource_serial_once",
            ),
            migrations.RemoveConstraint(
                model_name="computeresource",
                name="resource_identifier_ascii",
            ),
            migrations.AddConstraint(
                model_name="computeresource",
                constraint=models.UniqueConstraint(
                    fields=("profile", "prefix", "serial"), name="resource_serial_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="computeresource",
                constraint=models.CheckConstraint(
                    condition=models.Q(("identifier__regex", "^[0-9A-Z][0-9A-Z./:-]{0,95}$")),
                    name="resource_identifier_ascii",
                ),
            ),
            script("identity", "second_profile.sql", reverse="second_profile_gone.sql"),
            append_only("identity_profileuse"),
            protect("identity_profileuse", visible="true", writable=IS_PLATFORM),
            RunSQL(
                "GRANT INSERT ON identity_identifierprofile TO suanpan_app",
                "REVOKE INSERT ON identity_identifierprofile FROM suanpan_app",
            ),
            row_trigger(
                "identity_computeresource",
                "prefix_filled",
                when="BEFORE INSERT",
                function="identity_fill_prefix",
            ),
        ]
    )
