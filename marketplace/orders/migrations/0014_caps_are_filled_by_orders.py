"""A cover says in which quarter it was held: budgets of years and quarters are filled by orders."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_covers_are_explained"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="ordercover",
                name="quarter",
                field=models.PositiveSmallIntegerField(
                    default=1, help_text="of the year in which it was held"
                ),
                preserve_default=False,
            ),
            migrations.AddIndex(
                model_name="ordercover",
                index=models.Index(
                    fields=["programme_code", "entity_year", "quarter"],
                    include=["counted_minor", "voucher"],
                    name="cover_by_programme_period",
                ),
            ),
            migrations.AddConstraint(
                model_name="ordercover",
                constraint=models.CheckConstraint(
                    condition=models.Q(("quarter__range", (1, 4))),
                    name="order_cover_quarter_is_one",
                ),
            ),
        ]
    )
