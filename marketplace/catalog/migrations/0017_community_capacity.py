"""Capacity may be given away, by a rule that is public and versioned."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded, function, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0016_groups_have_their_prices"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="listing",
                name="is_donor_named",
                field=models.BooleanField(db_default=False, default=False),
            ),
            migrations.CreateModel(
                name="CommunityRule",
                fields=[
                    (
                        "version",
                        models.PositiveSmallIntegerField(primary_key=True, serialize=False),
                    ),
                    ("starts_at", models.DateTimeField()),
                    (
                        "zone",
                        models.CharField(
                            help_text="whose calendar months quotas count", max_length=40
                        ),
                    ),
                    (
                        "industries",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=5),
                            default=list,
                            help_text="beginnings of GB/T 4754 codes of who may use it; none: everyone",
                            size=None,
                        ),
                    ),
                    ("card_hours", models.PositiveIntegerField(help_text="of a member and month")),
                    ("vcpu_hours", models.PositiveIntegerField(help_text="of a member and month")),
                    ("node_hours", models.PositiveIntegerField(help_text="of a member and month")),
                    (
                        "donor",
                        models.CharField(
                            choices=[
                                ("NAMED", "The donor is named"),
                                ("CHOICE", "The donor chooses whether it is named"),
                                ("UNNAMED", "The donor is not named"),
                            ],
                            max_length=7,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("donor__in", ["NAMED", "CHOICE", "UNNAMED"])),
                            name="community_donor_known",
                        )
                    ],
                },
            ),
            migrations.AddField(
                model_name="listing",
                name="community_rule",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="catalog.communityrule",
                ),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(
                    condition=models.Q(("community_rule__isnull", False), ("state", "OPEN")),
                    fields=["-seq"],
                    name="listing_of_community",
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("community_rule__isnull", True), ("is_donor_named", False)),
                        models.Q(
                            ("accepts_vouchers", False),
                            ("capacity_unit__in", ("card", "vcpu", "node")),
                            ("community_rule__isnull", False),
                            ("headline_price", 0),
                            ("standard_factor__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="listing_community_is_free",
                ),
            ),
            function("marketplace.catalog", "catalog_community_is_free"),
            script("marketplace.catalog", "community.sql", reverse="community_gone.sql"),
        ]
    )
