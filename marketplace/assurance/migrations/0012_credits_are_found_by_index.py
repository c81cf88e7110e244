"""What is looked at with each set of credits is found by index, however many there are by then."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("assurance", "0011_disputes_are_counted_by_month")]

    operations = bounded(
        [new_version("marketplace.assurance", "assurance_credits_complete", version=3)]
    )
