"""What was credited of a month is looked up by the month, and no index is read as a whole."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("assurance", "0012_credits_are_found_by_index")]

    operations = bounded(
        [new_version("marketplace.assurance", "assurance_credits_complete", version=4)]
    )
