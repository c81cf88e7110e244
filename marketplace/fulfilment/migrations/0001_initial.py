"""Deliveries of cleared orders, and the market's policy of readiness."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, function, functions, row_trigger


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0010_storage_and_networks"),
        ("orders", "0017_storage_and_networks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="DeliveryPolicy",
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
                    ("version", models.PositiveIntegerField(unique=True)),
                    (
                        "mode",
                        models.CharField(
                            choices=[
                                ("BY_CLOCK", "From its start, by what is measured"),
                                ("READY_TO_BILL", "From when its provider says that it is ready"),
                            ],
                            max_length=16,
                        ),
                    ),
                    (
                        "rule",
                        models.CharField(
                            help_text="how long each part may take, by version", max_length=20
                        ),
                    ),
                    ("starts_at", models.DateTimeField(unique=True)),
                    ("source", models.TextField()),
                    ("content_hash", models.CharField(max_length=64, unique=True)),
                    ("published_at", models.DateTimeField()),
                    (
                        "approved_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "published_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ComputeDelivery",
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
                    ("order_number", models.CharField(max_length=24)),
                    ("rule", models.CharField(max_length=20)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PREPARING", "Being prepared"),
                                ("CONNECTED", "Connected"),
                                ("SCHEDULED", "Scheduled to run"),
                                ("RUNNING", "In operation"),
                                ("INTERRUPTED", "Interrupted"),
                                ("EXITED", "Exited"),
                                ("FAILED", "Not delivered"),
                                ("CALLED_OFF", "Called off"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "reason",
                        models.CharField(
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
                            ],
                            db_default="",
                            default="",
                            max_length=24,
                        ),
                    ),
                    ("starts_at", models.DateTimeField(help_text="of the order")),
                    ("ends_at", models.DateTimeField(help_text="of the order")),
                    (
                        "leaves_at",
                        models.DateTimeField(
                            help_text="when it exits; earlier if its contract ends early"
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("ready_by", models.DateTimeField()),
                    ("changed_at", models.DateTimeField()),
                    (
                        "next_at",
                        models.DateTimeField(
                            help_text="when the market looks at it again", null=True
                        ),
                    ),
                    (
                        "ready_at",
                        models.DateTimeField(help_text="when it was first in operation", null=True),
                    ),
                    ("confirmed_at", models.DateTimeField(null=True)),
                    (
                        "confirmed_by",
                        models.CharField(blank=True, db_default="", default="", max_length=8),
                    ),
                    ("exited_at", models.DateTimeField(null=True)),
                    ("wiped_at", models.DateTimeField(null=True)),
                    ("steps_count", models.PositiveIntegerField(db_default=0, default=0)),
                    (
                        "buyer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="orders.order",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "policy",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="fulfilment.deliverypolicy",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DeliveryStep",
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
                    ("sequence", models.PositiveIntegerField()),
                    (
                        "move",
                        models.CharField(
                            choices=[
                                ("CONNECT", "Access is set up"),
                                ("SCHEDULE", "Scheduled to run"),
                                ("READY", "It is ready"),
                                ("INTERRUPT", "Interrupted"),
                                ("EXIT", "Exited"),
                                ("FAIL", "Not delivered"),
                                ("CALL_OFF", "Called off"),
                                ("WIPE", "Data wiped"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PREPARING", "Being prepared"),
                                ("CONNECTED", "Connected"),
                                ("SCHEDULED", "Scheduled to run"),
                                ("RUNNING", "In operation"),
                                ("INTERRUPTED", "Interrupted"),
                                ("EXITED", "Exited"),
                                ("FAILED", "Not delivered"),
                                ("CALLED_OFF", "Called off"),
                            ],
                            help_text="after it",
                            max_length=12,
                        ),
                    ),
                    (
                        "reason",
                        models.CharField(
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
                            ],
                            db_default="",
                            default="",
                            max_length=24,
                        ),
                    ),
                    (
                        "detail",
                        models.CharField(blank=True, db_default="", default="", max_length=500),
                    ),
                    (
                        "by_id",
                        models.BigIntegerField(
                            help_text="the person; none where the market did", null=True
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="steps",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="RunningTime",
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
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField(null=True)),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="runs",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="deliverypolicy",
                constraint=models.CheckConstraint(
                    condition=models.Q(("mode__in", ["BY_CLOCK", "READY_TO_BILL"])),
                    name="delivery_policy_mode_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="deliverypolicy",
                constraint=models.CheckConstraint(
                    condition=models.Q(("approved_by", models.F("published_by")), _negated=True),
                    name="delivery_policy_is_approved_by_another",
                ),
            ),
            migrations.AddIndex(
                model_name="computedelivery",
                index=models.Index(
                    condition=models.Q(("next_at__isnull", False)),
                    fields=["next_at", "id"],
                    name="delivery_next",
                ),
            ),
            migrations.AddIndex(
                model_name="computedelivery",
                index=models.Index(
                    fields=["provider", "-opened_at", "-id"], name="delivery_of_provider"
                ),
            ),
            migrations.AddIndex(
                model_name="computedelivery",
                index=models.Index(fields=["buyer", "-opened_at", "-id"], name="delivery_of_buyer"),
            ),
            migrations.AddConstraint(
                model_name="computedelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            [
                                "PREPARING",
                                "CONNECTED",
                                "SCHEDULED",
                                "RUNNING",
                                "INTERRUPTED",
                                "EXITED",
                                "FAILED",
                                "CALLED_OFF",
                            ],
                        )
                    ),
                    name="delivery_state_known",
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
                            ],
                        )
                    ),
                    name="delivery_reason_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="computedelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("ready_at__isnull", True),
                        models.Q(
                            ("state__in", ("PREPARING", "CONNECTED", "SCHEDULED")), _negated=True
                        ),
                        _connector="OR",
                    ),
                    name="delivery_ready_is_past_its_beginning",
                ),
            ),
            migrations.AddConstraint(
                model_name="computedelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("next_at__isnull", True),
                            ("state__in", ("EXITED", "FAILED", "CALLED_OFF")),
                        ),
                        models.Q(
                            ("next_at__isnull", False),
                            models.Q(
                                ("state__in", ("EXITED", "FAILED", "CALLED_OFF")), _negated=True
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="delivery_is_looked_at_until_it_is_over",
                ),
            ),
            migrations.AddConstraint(
                model_name="computedelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("wiped_at__isnull", True), ("exited_at__isnull", False), _connector="OR"
                    ),
                    name="delivery_is_wiped_after_its_exit",
                ),
            ),
            migrations.AddConstraint(
                model_name="deliverystep",
                constraint=models.UniqueConstraint(
                    fields=("delivery", "sequence"), name="delivery_step_sequence_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="runningtime",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("ends_at__isnull", True)),
                    fields=("delivery",),
                    name="delivery_runs_once_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="runningtime",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("ends_at__isnull", True),
                        ("ends_at__gte", models.F("starts_at")),
                        _connector="OR",
                    ),
                    name="running_ends_after_it_starts",
                ),
            ),
            *functions(
                "marketplace.fulfilment",
                "fulfilment_policy_as_agreed",
                "fulfilment_delivery_moves",
                "fulfilment_running_closes",
            ),
            function(
                "marketplace.fulfilment", "fulfilment_policy_is_worse", arguments="jsonb, jsonb"
            ),
            row_trigger(
                "fulfilment_deliverypolicy",
                "delivery_policy_as_agreed",
                when="BEFORE INSERT",
                function="fulfilment_policy_as_agreed",
            ),
            row_trigger(
                "fulfilment_deliverypolicy",
                "fulfilment_deliverypolicy_has_notice",
                when="BEFORE INSERT",
                function="suanpan_keep_notice",
                arguments=("published_at", "starts_at", "", "fulfilment_policy_is_worse"),
            ),
            append_only("fulfilment_deliverypolicy"),
            row_trigger(
                "fulfilment_computedelivery",
                "delivery_moves_by_its_table",
                when="BEFORE UPDATE",
                function="fulfilment_delivery_moves",
            ),
            row_trigger(
                "fulfilment_runningtime",
                "running_closes_once",
                when="BEFORE INSERT OR UPDATE",
                function="fulfilment_running_closes",
            ),
            append_only("fulfilment_deliverystep"),
            migrations.RunSQL(
                "REVOKE DELETE ON fulfilment_computedelivery, fulfilment_runningtime"
                " FROM suanpan_app",
                "GRANT DELETE ON fulfilment_computedelivery, fulfilment_runningtime TO suanpan_app",
            ),
            protect("fulfilment_deliverypolicy", visible="true", writable=IS_PLATFORM),
            *(
                protect(table, visible=owned_by("buyer_id", "provider_id"), writable=IS_PLATFORM)
                for table in (
                    "fulfilment_computedelivery",
                    "fulfilment_deliverystep",
                    "fulfilment_runningtime",
                )
            ),
        ]
    )
