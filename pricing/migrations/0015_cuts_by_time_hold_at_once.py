"""Prices that only fall, at some times or for some, hold at once: nobody has to be warned."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0014_plans_have_a_bound")]

    operations = bounded(
        [
            new_version("pricing", "pricing_terms_are_worse", version=2),
            new_version("pricing", "pricing_version_is_worse", version=4),
        ]
    )
