"""Reference orders may state the share of green electricity that they run on."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("catalog", "0019_references_are_announced_now")]

    operations = bounded(
        [new_version("marketplace.catalog", "catalog_reference_is_sound", version=2)]
    )
