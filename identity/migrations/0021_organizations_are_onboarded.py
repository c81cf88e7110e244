"""The register bears since when an organisation is onboarded; it begins no trade until then."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0020_pools_and_steps"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="organization",
                name="onboarding_since",
                field=models.DateTimeField(
                    blank=True,
                    editable=False,
                    help_text="kept by the table of onboardings alone",
                    null=True,
                ),
            ),
            new_version("identity", "identity_suspended", version=2),
        ]
    )
