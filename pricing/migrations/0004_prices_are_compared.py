"""Prices without form are left to the constraint; plans are compared with one another."""

from django.db import migrations

from common.sql_files import bounded, function, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0003_versions_end_now_or_later")]

    operations = bounded(
        [
            new_version("pricing", "pricing_version_is_worse", version=2),
            function("pricing", "pricing_move_is_worse"),
        ]
    )
