"""Graduated tiers may count in steps: a step that is begun counts whole."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0022_projects_see_their_groups")]

    operations = bounded(
        [
            new_version("pricing", "pricing_terms_are_sound", version=4),
            new_version("pricing", "pricing_rated_2", version=2),
        ]
    )
