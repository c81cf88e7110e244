"""A plan may say what who ends a contract early waits, pays and gets back."""

from django.db import migrations

from common.sql_files import bounded, function, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0020_prices_of_several_things")]

    operations = bounded(
        [
            function("pricing", "pricing_early_end_is_sound"),
            function("pricing", "pricing_ends_worse"),
            new_version("pricing", "pricing_terms_are_sound", version=3),
            new_version("pricing", "pricing_terms_are_worse", version=3),
            new_version("pricing", "pricing_version_is_worse", version=5),
        ]
    )
