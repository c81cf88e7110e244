"""Of a quote no more than twenty links are live, however many are made at once."""

from django.db import migrations

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [("pricing", "0011_drafts_of_plans")]

    operations = bounded(
        [
            *functions("pricing", "pricing_links_are_few"),
            row_trigger(
                "pricing_quotelink",
                "quote_links_are_few",
                when="BEFORE INSERT",
                function="pricing_links_are_few",
            ),
        ]
    )
