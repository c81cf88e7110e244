"""A cap may bound each order by itself, of a member as of anybody."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("budgets", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(model_name="cap", name="cap_period_known"),
            migrations.AlterField(
                model_name="cap",
                name="period",
                field=models.CharField(
                    choices=[
                        ("MONTH", "Each month"),
                        ("QUARTER", "Each quarter"),
                        ("YEAR", "Each year"),
                        ("TOTAL", "In all"),
                        ("ORDER", "Each order"),
                    ],
                    max_length=7,
                ),
            ),
            migrations.AddConstraint(
                model_name="cap",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("period__in", ["MONTH", "QUARTER", "YEAR", "TOTAL", "ORDER"])
                    ),
                    name="cap_period_known",
                ),
            ),
            new_version("marketplace.budgets", "budgets_bounds", version=2),
            new_version("marketplace.budgets", "budgets_take", version=2),
        ]
    )
