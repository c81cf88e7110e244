"""A long order holds its cash for one period at a time: how much at first, and by which rule."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0014_caps_are_filled_by_orders"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="order",
                name="held_minor",
                field=models.BigIntegerField(
                    help_text="of the cash, what was held when it cleared", null=True
                ),
            ),
            migrations.AddField(
                model_name="order",
                name="instalment_rule",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="by which the rest is held; empty where everything was held at once",
                    max_length=20,
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["CLEARED", "SETTLED"]), _negated=True),
                        models.Q(("held_minor", models.F("cash_minor")), ("instalment_rule", "")),
                        models.Q(
                            ("held_minor__gt", 0),
                            ("held_minor__lt", models.F("cash_minor")),
                            ("instalment_rule__gt", ""),
                        ),
                        _connector="OR",
                    ),
                    name="order_holds_its_cash",
                ),
            ),
            new_version("marketplace.orders", "orders_record_round", version=2),
        ]
    )
