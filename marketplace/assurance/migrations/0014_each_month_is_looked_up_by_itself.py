"""Each credit of a set is looked up by itself, whatever a session planned when there was little."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("assurance", "0013_credits_are_looked_up_by_month")]

    operations = bounded(
        [new_version("marketplace.assurance", "assurance_credits_complete", version=5)]
    )
