"""Quotes may be of tokens: a token a second is one in a second."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0009_quotes_are_shared")]

    operations = bounded([new_version("pricing", "pricing_quote_adds_up", version=4)])
