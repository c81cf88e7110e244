"""Disputes and service levels together give back no more than was paid."""

from django.db import migrations

from common.sql_files import bounded, functions, new_version


class Migration(migrations.Migration):
    dependencies = [("assurance", "0009_credits_are_looked_at_in_sets")]

    operations = bounded(
        [
            *functions("marketplace.assurance", "assurance_gave_otherwise"),
            new_version("marketplace.assurance", "assurance_dispute_standing", version=2),
            new_version("marketplace.assurance", "assurance_dispute_moves", version=3),
            new_version("marketplace.assurance", "assurance_credits_complete", version=2),
        ]
    )
