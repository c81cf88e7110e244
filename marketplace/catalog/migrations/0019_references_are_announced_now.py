"""A reference order is announced at the moment when it is written down, and no earlier."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("catalog", "0018_listings_may_be_preemptible")]

    operations = bounded(
        [new_version("marketplace.catalog", "catalog_reference_as_agreed", version=2)]
    )
