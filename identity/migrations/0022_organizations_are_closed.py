"""The register bears since when an organisation is closed; it begins nothing from then on."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0021_organizations_are_onboarded"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="organization",
                name="closed_at",
                field=models.DateTimeField(
                    blank=True,
                    editable=False,
                    help_text="kept by the table of closures alone",
                    null=True,
                ),
            ),
            migrations.AddField(
                model_name="user",
                name="acts_for",
                field=models.UUIDField(
                    blank=True, help_text="the organisation that was chosen last", null=True
                ),
            ),
            new_version("identity", "identity_suspended", version=3),
        ]
    )
