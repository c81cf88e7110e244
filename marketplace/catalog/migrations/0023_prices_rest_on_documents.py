"""Prices of some listings name a document and its clause, by a rule that is public and versioned."""

import django.contrib.postgres.fields
from django.db import migrations, models

from common.sql_files import bounded, function, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0022_facts_say_what_is_sold"),
        ("pricing", "0019_prices_rest_on_documents"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="BasisRule",
                fields=[
                    (
                        "name",
                        models.CharField(max_length=20, primary_key=True, serialize=False),
                    ),
                    ("starts_at", models.DateTimeField(unique=True)),
                    (
                        "grounds",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(
                                choices=[
                                    (
                                        "COMMUNITY",
                                        "what is given to the community is free by rule",
                                    ),
                                    ("COLLAR", "a book that it is sold in has a price collar"),
                                    ("VOUCHERS", "vouchers may pay for it"),
                                ],
                                max_length=9,
                            ),
                            help_text="for what a document and its clause are demanded, the first that holds",
                            size=None,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("grounds__contained_by", ["COMMUNITY", "COLLAR", "VOUCHERS"])
                            ),
                            name="basis_grounds_known",
                        )
                    ],
                },
            ),
            function("marketplace.catalog", "catalog_basis_demanded"),
            function("marketplace.catalog", "catalog_basis_of_plan"),
            function("marketplace.catalog", "catalog_listing_rests"),
            function("marketplace.catalog", "catalog_version_rests"),
            script("marketplace.catalog", "basis.sql", reverse="basis_gone.sql"),
        ]
    )
