"""Listings may say that they take back what they sold before its time, with how much notice."""

from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0017_community_capacity"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="listing",
                name="preemption_minutes",
                field=models.PositiveSmallIntegerField(
                    help_text="of notice before it is taken back", null=True
                ),
            ),
            migrations.AddField(
                model_name="listing",
                name="preemption_rule",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="by which it may be taken back before its time; empty: never",
                    max_length=20,
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("preemption_minutes__isnull", True), ("preemption_rule", "")),
                        models.Q(
                            ("preemption_minutes__range", (2, 1440)), ("preemption_rule__gt", "")
                        ),
                        _connector="OR",
                    ),
                    name="listing_preemption_is_whole",
                ),
            ),
            *functions("marketplace.catalog", "catalog_preemption_stays"),
            row_trigger(
                "catalog_listing",
                "listing_preemption_stays",
                when="BEFORE UPDATE OF preemption_rule, preemption_minutes",
                function="catalog_preemption_stays",
            ),
        ]
    )
