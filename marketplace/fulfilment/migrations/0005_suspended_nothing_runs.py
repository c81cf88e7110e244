"""Suspensions stop deliveries, for reasons of their own; nothing begins to run meanwhile."""

from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0004_maintenance"),
        ("identity", "0024_codes_are_renamed"),
        ("orders", "0018_prices_follow_terms"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="computedelivery",
                name="delivery_reason_known",
            ),
            migrations.AlterField(
                model_name="computedelivery",
                name="reason",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", "None"),
                        ("declined", "The provider cannot deliver it"),
                        ("not_ready_in_time", "Not ready in time"),
                        ("not_restored_in_time", "Not restored in time"),
                        ("hardware_fault", "Fault of the hardware"),
                        ("network_fault", "Fault of the network"),
                        ("access_fault", "Access could not be set up"),
                        ("maintenance", "Maintenance"),
                        ("taken_back", "The provider took the capacity back"),
                        ("order_ended", "The ordered time is over"),
                        ("order_cancelled", "The order was cancelled"),
                        ("provider_suspended", "The provider is suspended"),
                        ("buyer_suspended", "The buyer is suspended"),
                        ("resource_suspended", "The resource is suspended"),
                    ],
                    db_default="",
                    default="",
                    max_length=24,
                ),
            ),
            migrations.AlterField(
                model_name="deliverystep",
                name="reason",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", "None"),
                        ("declined", "The provider cannot deliver it"),
                        ("not_ready_in_time", "Not ready in time"),
                        ("not_restored_in_time", "Not restored in time"),
                        ("hardware_fault", "Fault of the hardware"),
                        ("network_fault", "Fault of the network"),
                        ("access_fault", "Access could not be set up"),
                        ("maintenance", "Maintenance"),
                        ("taken_back", "The provider took the capacity back"),
                        ("order_ended", "The ordered time is over"),
                        ("order_cancelled", "The order was cancelled"),
                        ("provider_suspended", "The provider is suspended"),
                        ("buyer_suspended", "The buyer is suspended"),
                        ("resource_suspended", "The resource is suspended"),
                    ],
                    db_default="",
                    default="",
                    max_length=24,
                ),
            ),
            migrations.AddConstraint(
                model_name="computedelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "reason__in",
                            [
                                "",
                                "declined",
                                "not_ready_in_time",
                                "not_restored_in_time",
                                "hardware_fault",
                                "network_fault",
                                "access_fault",
                                "maintenance",
                                "taken_back",
                                "order_ended",
                                "order_cancelled",
                                "provider_suspended",
                                "buyer_suspended",
                                "resource_suspended",
                            ],
                        )
                    ),
                    name="delivery_reason_known",
                ),
            ),
            *functions("marketplace.fulfilment", "fulfilment_running_of_standing"),
            row_trigger(
                "fulfilment_runningtime",
                "running_of_standing",
                when="BEFORE INSERT",
                function="fulfilment_running_of_standing",
            ),
        ]
    )
