"""What was listed under prepaid hours shows an hour at its share of what all of them cost."""

from django.db import migrations

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0023_prices_rest_on_documents"),
    ]

    operations = bounded([script("marketplace.catalog", "prepaid_headlines.sql")])
