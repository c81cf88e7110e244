"""Quotes are recomputed where they are written."""

from django.db import migrations

from common.sql_files import function, row_trigger


class Migration(migrations.Migration):

    dependencies = [("pricing", "0002_components_are_sound")]

    operations = [
        function("pricing", "pricing_quote_adds_up"),
        row_trigger(
            "pricing_quote",
            "quote_adds_up",
            when="BEFORE INSERT",
            function="pricing_quote_adds_up",
        ),
    ]
