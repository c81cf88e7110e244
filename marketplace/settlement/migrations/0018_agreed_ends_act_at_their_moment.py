"""Contracts end at the moment that buyer and provider agreed on, also in their last window."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("settlement", "0017_ends_that_are_agreed_on")]

    operations = bounded(
        [
            new_version("marketplace.settlement", "settlement_end_as_agreed", version=2),
            new_version("marketplace.settlement", "settlement_end_moves_as_asked", version=2),
        ]
    )
