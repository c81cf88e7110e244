"""The facts of a listing say what it sells, where that is no compute."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("catalog", "0021_headlines_by_kind")]

    operations = bounded([new_version("marketplace.catalog", "catalog_facts_of", version=2)])
