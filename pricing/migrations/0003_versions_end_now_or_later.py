"""A price that was in force is not taken back."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0002_rules_are_announced")]

    operations = bounded([new_version("pricing", "pricing_version_only_ends", version=2)])
