"""A buyer is told in which groups it is for its projects, too."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("pricing", "0021_plans_say_how_they_end")]

    operations = bounded([*functions("pricing", "pricing_groups_for")])
