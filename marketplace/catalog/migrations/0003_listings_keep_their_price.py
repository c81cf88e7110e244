"""A listing is moved to no plan that makes it dearer without notice."""

from django.db import migrations

from common.sql_files import bounded, function


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_walls"),
        ("pricing", "0004_prices_are_compared"),
    ]

    operations = bounded(
        [
            function("marketplace.catalog", "catalog_keep_price"),
            migrations.RunSQL(
                sql="CREATE TRIGGER listing_keeps_its_price"
                " BEFORE UPDATE OF plan_version_id ON catalog_listing FOR EACH ROW"
                " WHEN (NEW.plan_version_id <> OLD.plan_version_id)"
                " EXECUTE FUNCTION catalog_keep_price();",
                reverse_sql="DROP TRIGGER listing_keeps_its_price ON catalog_listing;",
            ),
        ]
    )
