"""A reference price is announced at the moment when it is written down, and no earlier."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("baselines", "0003_costs_are_announced_now")]

    operations = bounded(
        [new_version("marketplace.baselines", "baselines_reference_as_agreed", version=2)]
    )
