"""Quotes by plans with terms say of a listing what is known of it."""

from django.db import migrations

from common.sql_files import bounded, functions

TRIGGER = """
    CREATE TRIGGER quote_says_known_facts BEFORE INSERT ON pricing_quote FOR EACH ROW
    WHEN (NEW.measure ? 'facts' AND NEW.subject ? 'listing_id')
    EXECUTE FUNCTION catalog_quote_facts();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_listings_obey_grants"),
        ("pricing", "0007_plans_say_terms"),
    ]

    operations = bounded(
        [
            *functions("marketplace.catalog", "catalog_facts_of", "catalog_quote_facts"),
            migrations.RunSQL(
                sql=TRIGGER,
                reverse_sql="DROP TRIGGER quote_says_known_facts ON pricing_quote;",
            ),
        ]
    )
