"""Costs are announced at the moment when they are written down, and no earlier."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("baselines", "0002_costs_change_by_two")]

    operations = bounded(
        [new_version("marketplace.baselines", "baselines_costs_as_agreed", version=2)]
    )
