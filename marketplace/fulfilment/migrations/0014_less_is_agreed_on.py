"""Less from a moment on names an amount."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0013_what_never_ran"),
        ("orders", "0023_orders_in_sets"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="deliverychange",
                name="delivery_change_has_its_words",
            ),
            migrations.AddField(
                model_name="deliverychange",
                name="units_milli",
                field=models.BigIntegerField(help_text="of less: how much from then on", null=True),
            ),
            migrations.AddConstraint(
                model_name="deliverychange",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("kind__in", ("SHRINK", "MOVE")),
                        ("units_milli__isnull", True),
                        ("words", ""),
                        _negated=True,
                    ),
                    name="order_change_has_its_words",
                ),
            ),
            migrations.AddConstraint(
                model_name="deliverychange",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("units_milli__isnull", True),
                        models.Q(("kind", "SHRINK"), ("units_milli__gt", 0)),
                        _connector="OR",
                    ),
                    name="order_change_has_its_units",
                ),
            ),
            new_version("marketplace.fulfilment", "fulfilment_change_keeps", version=3),
        ]
    )
