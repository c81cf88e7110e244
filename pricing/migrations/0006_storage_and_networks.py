"""Storage is charged by the GB-month, networks by the GB moved."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0005_paths_between_hubs")]

    operations = bounded(
        [
            new_version("pricing", "pricing_components_are_sound", version=2),
            new_version("pricing", "pricing_quote_adds_up", version=2),
        ]
    )
