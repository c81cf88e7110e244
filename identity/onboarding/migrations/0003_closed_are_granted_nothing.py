"""Who was closed is granted no prefix."""

from django.db import migrations

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0027_grants_end_with_their_owner"),
        ("onboarding", "0002_closures"),
    ]

    operations = bounded(
        [
            script(
                "identity.onboarding",
                "closed_are_granted_nothing.sql",
                reverse="closed_are_granted_nothing_gone.sql",
            )
        ]
    )
