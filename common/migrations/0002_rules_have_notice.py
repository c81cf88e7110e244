"""Worse terms take effect a week after they were announced, and nothing is back-dated."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]

    operations = bounded(functions("common", "suanpan_keep_notice"))
