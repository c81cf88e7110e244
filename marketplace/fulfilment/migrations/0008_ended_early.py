"""Deliveries end early with notice of their listing, or by two operators in an emergency."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, new_version, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("fulfilment", "0007_what_jobs_leave"),
        ("catalog", "0018_listings_may_be_preemptible"),
        ("identity", "0027_grants_end_with_their_owner"),
        ("orders", "0020_community_capacity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="EmergencyStop",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    ("reason", models.CharField(max_length=500)),
                    ("evidence", models.CharField(max_length=1000)),
                    ("stopped_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="PreemptionNotice",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    (
                        "rule",
                        models.CharField(
                            help_text="of preemption, as its listing says", max_length=20
                        ),
                    ),
                    (
                        "notice_minutes",
                        models.PositiveSmallIntegerField(help_text="that the listing promised"),
                    ),
                    ("noticed_at", models.DateTimeField()),
                    ("takes_back_at", models.DateTimeField()),
                    (
                        "note",
                        models.CharField(blank=True, db_default="", default="", max_length=500),
                    ),
                    (
                        "by_id",
                        models.BigIntegerField(
                            help_text="the person; none where a driver said so", null=True
                        ),
                    ),
                ],
            ),
            migrations.RemoveConstraint(
                model_name="computedelivery",
                name="delivery_reason_known",
            ),
            migrations.AddField(
                model_name="computedelivery",
                name="preemption_minutes",
                field=models.PositiveSmallIntegerField(
                    help_text="of notice before it is taken back", null=True
                ),
            ),
            migrations.AddField(
                model_name="computedelivery",
                name="preemption_rule",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="by which it may be taken back, as its listing says; empty: never",
                    max_length=20,
                ),
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
                        ("preempted", "Taken back with the notice that its listing promised"),
                        ("emergency_stop", "Stopped by the operator in an emergency"),
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
                                "preempted",
                                "emergency_stop",
                            ],
                        )
                    ),
                    name="delivery_reason_known",
                ),
            ),
            migrations.AddField(
                model_name="emergencystop",
                name="approved_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="emergencystop",
                name="delivery",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="emergency_stop",
                    to="fulfilment.computedelivery",
                ),
            ),
            migrations.AddField(
                model_name="emergencystop",
                name="proposal",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddField(
                model_name="emergencystop",
                name="proposed_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="preemptionnotice",
                name="delivery",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="preemption",
                    to="fulfilment.computedelivery",
                ),
            ),
            migrations.AddConstraint(
                model_name="emergencystop",
                constraint=models.CheckConstraint(
                    condition=models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                    name="emergency_stop_is_approved_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="emergencystop",
                constraint=models.CheckConstraint(
                    condition=models.Q(("evidence__gt", ""), ("reason__gt", "")),
                    name="emergency_stop_says_why",
                ),
            ),
            migrations.AddIndex(
                model_name="preemptionnotice",
                index=models.Index(fields=["takes_back_at"], name="preemption_by_moment"),
            ),
            *functions(
                "marketplace.fulfilment",
                "fulfilment_delivery_as_listed",
                "fulfilment_preemption_as_promised",
                "fulfilment_stop_as_agreed",
            ),
            new_version("marketplace.fulfilment", "fulfilment_delivery_moves", version=2),
            row_trigger(
                "fulfilment_computedelivery",
                "delivery_as_listed",
                when="BEFORE INSERT",
                function="fulfilment_delivery_as_listed",
            ),
            row_trigger(
                "fulfilment_preemptionnotice",
                "preemption_as_promised",
                when="BEFORE INSERT",
                function="fulfilment_preemption_as_promised",
            ),
            row_trigger(
                "fulfilment_emergencystop",
                "emergency_stop_as_agreed",
                when="BEFORE INSERT",
                function="fulfilment_stop_as_agreed",
            ),
            append_only("fulfilment_preemptionnotice"),
            append_only("fulfilment_emergencystop"),
            *(
                protect(table, visible=owned_by("buyer_id", "provider_id"), writable=IS_PLATFORM)
                for table in ("fulfilment_preemptionnotice", "fulfilment_emergencystop")
            ),
        ]
    )
