"""What both parties agreed to end has a reason of its own; what stands there is looked at later."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0016_asked_by_the_release_before"),
        ("identity", "0028_pools_are_asked_for"),
        ("orders", "0023_orders_in_sets"),
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
                        ("not_answered_in_time", "The provider did not answer in time"),
                        ("access_not_asked", "The buyer named no key for its access"),
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
                        ("agreed_end", "Buyer and provider agreed on its end"),
                        ("order_cancelled", "The order was cancelled"),
                        ("provider_suspended", "The provider is suspended"),
                        ("buyer_suspended", "The buyer is suspended"),
                        ("resource_suspended", "The resource is suspended"),
                        ("agent_down", "The provider's agent says that it stands still"),
                        ("preempted", "Taken back with the notice that its listing promised"),
                        ("emergency_stop", "Stopped by the operator in an emergency"),
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
                        ("not_answered_in_time", "The provider did not answer in time"),
                        ("access_not_asked", "The buyer named no key for its access"),
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
                        ("agreed_end", "Buyer and provider agreed on its end"),
                        ("order_cancelled", "The order was cancelled"),
                        ("provider_suspended", "The provider is suspended"),
                        ("buyer_suspended", "The buyer is suspended"),
                        ("resource_suspended", "The resource is suspended"),
                        ("agent_down", "The provider's agent says that it stands still"),
                        ("preempted", "Taken back with the notice that its listing promised"),
                        ("emergency_stop", "Stopped by the operator in an emergency"),
                    ],
                    db_default="",
                    default="",
                    max_length=24,
                ),
            ),
            AddConstraintNotValid(
                model_name="computedelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "reason__in",
                            [
                                "",
                                "declined",
                                "not_answered_in_time",
                                "access_not_asked",
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
                                "agreed_end",
                                "order_cancelled",
                                "provider_suspended",
                                "buyer_suspended",
                                "resource_suspended",
                                "agent_down",
                                "preempted",
                                "emergency_stop",
                            ],
                        )
                    ),
                    name="delivery_reason_known",
                ),
            ),
        ]
    )
