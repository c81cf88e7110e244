"""What a resource no longer allows is off the market in the same transaction."""

from django.db import migrations, models

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_prices_have_a_collar")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="listing",
                name="stopped_code",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="why its resource keeps it off the market; set by the database",
                    max_length=20,
                ),
            ),
            *functions("marketplace.catalog", "catalog_listings_obey", "catalog_listing_may_open"),
            migrations.RunSQL(
                sql="CREATE TRIGGER listings_obey"
                " AFTER UPDATE OF status, verification_level ON identity_computeresource"
                " FOR EACH ROW WHEN ((OLD.status, OLD.verification_level)"
                " IS DISTINCT FROM (NEW.status, NEW.verification_level))"
                " EXECUTE FUNCTION catalog_listings_obey();",
                reverse_sql="DROP TRIGGER listings_obey ON identity_computeresource;",
            ),
            # Before the standing of its provider is asked: triggers go by their names.
            migrations.RunSQL(
                sql="CREATE TRIGGER listing_is_sellable BEFORE INSERT ON catalog_listing"
                " FOR EACH ROW WHEN (NEW.state = 'OPEN')"
                " EXECUTE FUNCTION catalog_listing_may_open();"
                "CREATE TRIGGER listing_opens_if_sellable BEFORE UPDATE OF state ON catalog_listing"
                " FOR EACH ROW WHEN (NEW.state = 'OPEN' AND OLD.state <> 'OPEN')"
                " EXECUTE FUNCTION catalog_listing_may_open();",
                reverse_sql="DROP TRIGGER listing_opens_if_sellable ON catalog_listing;"
                "DROP TRIGGER listing_is_sellable ON catalog_listing;",
            ),
        ]
    )
