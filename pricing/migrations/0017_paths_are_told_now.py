"""What a path is said to be is never back-dated."""

from django.db import migrations

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [("pricing", "0016_quotes_are_for_projects")]

    operations = bounded(
        [
            *functions("pricing", "pricing_path_is_told_now"),
            row_trigger(
                "pricing_path",
                "pricing_path_told_now",
                when="BEFORE INSERT",
                function="pricing_path_is_told_now",
            ),
        ]
    )
