"""A suspended buyer places no orders."""

from django.db import migrations

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_suspensions"),
        ("orders", "0007_books_are_halted"),
    ]

    operations = bounded(
        [
            migrations.RunSQL(
                "CREATE TRIGGER order_of_standing AFTER INSERT ON orders_order"
                " REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT"
                " EXECUTE FUNCTION identity_require_standing('buyer_id')",
                "DROP TRIGGER order_of_standing ON orders_order",
            )
        ]
    )
