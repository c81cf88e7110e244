"""A buyer is told in which groups it is for its projects, too."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("pricing", "0020_prices_of_several_things")]

    operations = bounded([*functions("pricing", "pricing_groups_for")])
