"""Two reasons more: what a job says when it is done, and when it never ran."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0005_suspended_nothing_runs"),
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
                        ("never_ready", "It exited before it was ready"),
                        ("job_done", "The job is done"),
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
                        ("never_ready", "It exited before it was ready"),
                        ("job_done", "The job is done"),
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
                                "never_ready",
                                "job_done",
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
        ]
    )
