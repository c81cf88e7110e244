"""A buyer is told in which groups it is, those of related buyers among them."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("pricing", "0012_links_are_few")]

    operations = bounded([*functions("pricing", "pricing_groups_of")])
