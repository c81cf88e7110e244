"""What lies below a grant that does not hold is not sold."""

from django.db import migrations

from common.sql_files import bounded, functions, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_storage_and_networks"),
        ("identity", "0023_prefixes_are_granted"),
    ]

    operations = bounded(
        [
            *functions("marketplace.catalog", "catalog_listings_obey_grants"),
            new_version("marketplace.catalog", "catalog_listing_may_open", version=2),
            migrations.RunSQL(
                sql="CREATE TRIGGER listings_obey_grants AFTER INSERT ON identity_grant"
                " FOR EACH ROW EXECUTE FUNCTION catalog_listings_obey_grants();",
                reverse_sql="DROP TRIGGER listings_obey_grants ON identity_grant;",
            ),
        ]
    )
