"""All-in prices of price groups stand beside those that everybody pays."""

import django.contrib.postgres.fields
from django.db import migrations, models

from common.sql_files import bounded

KEY = """
    ALTER TABLE catalog_allinprice DROP CONSTRAINT catalog_allinprice_pkey;
    ALTER TABLE catalog_allinprice ADD PRIMARY KEY (listing_id, place, price_group);
    -- What plans say to groups is computed by the sweeper.
    INSERT INTO catalog_allindue AS had (listing_id, due_at)
    SELECT l.id, now() FROM catalog_listing l JOIN pricing_rateplanversion v ON v.id = l.plan_version_id
    WHERE l.state <> 'CLOSED' AND v.terms -> 'factors' ? 'group'
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at);
"""
BACK = """
    DELETE FROM catalog_allinprice WHERE price_group <> '';
    ALTER TABLE catalog_allinprice DROP CONSTRAINT catalog_allinprice_pkey;
    ALTER TABLE catalog_allinprice ADD PRIMARY KEY (listing_id, place);
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_reference_orders_take_two"), ("pricing", "0008_price_groups")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="allinprice",
                name="price_group",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="whose price it is; empty: what everybody pays",
                    max_length=8,
                ),
            ),
            migrations.AddField(
                model_name="allinprice",
                name="other_groups",
                field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=8),
                    db_default=models.Value([]),
                    default=list,
                    help_text="groups whose price stands in a row of its own",
                    size=None,
                ),
            ),
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.RunSQL(sql=KEY, reverse_sql=BACK)],
                state_operations=[
                    migrations.AlterField(
                        model_name="allinprice",
                        name="pk",
                        field=models.CompositePrimaryKey(
                            "listing_id",
                            "place",
                            "price_group",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    )
                ],
            ),
        ]
    )
