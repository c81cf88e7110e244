"""Drivers of providers, deliveries that they carry out, calls to them and messages of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("fulfilment", "0006_drivers_reasons"),
        ("identity", "0024_codes_are_renamed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ProviderDriver",
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
                    ("kind", models.CharField(help_text="name and version", max_length=24)),
                    (
                        "rule",
                        models.CharField(
                            help_text="how long calls may take, by version", max_length=20
                        ),
                    ),
                    ("url", models.CharField(blank=True, max_length=2000)),
                    (
                        "locked",
                        models.BinaryField(help_text="the secret, as it may be stored", null=True),
                    ),
                    ("former_locked", models.BinaryField(null=True)),
                    ("former_until", models.DateTimeField(help_text="exclusive", null=True)),
                    ("created_at", models.DateTimeField()),
                    (
                        "answered_at",
                        models.DateTimeField(help_text="when it last took a call", null=True),
                    ),
                    (
                        "failures",
                        models.PositiveIntegerField(db_default=0, default=0, help_text="in a row"),
                    ),
                    ("resting_until", models.DateTimeField(null=True)),
                    (
                        "test_due_at",
                        models.DateTimeField(help_text="a test was asked for", null=True),
                    ),
                    ("tested_at", models.DateTimeField(null=True)),
                    (
                        "test_error",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    ("removed_at", models.DateTimeField(null=True)),
                    (
                        "created_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DriverMessage",
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
                    ("message", models.CharField(max_length=80)),
                    (
                        "word",
                        models.CharField(
                            choices=[
                                ("delivery.ready", "Ready"),
                                ("delivery.running", "Running"),
                                ("delivery.interrupted", "Interrupted"),
                                ("delivery.exited", "Exited"),
                                ("delivery.failed", "Failed"),
                                ("delivery.wiped", "Data wiped"),
                            ],
                            max_length=24,
                        ),
                    ),
                    ("exit_code", models.PositiveSmallIntegerField(null=True)),
                    (
                        "reason",
                        models.CharField(blank=True, db_default="", default="", max_length=24),
                    ),
                    (
                        "detail",
                        models.CharField(blank=True, db_default="", default="", max_length=500),
                    ),
                    (
                        "code",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="why it changed nothing; empty: it was taken",
                            max_length=40,
                        ),
                    ),
                    ("heard_at", models.DateTimeField()),
                    (
                        "delivery",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                    (
                        "driver",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="messages",
                            to="drivers.providerdriver",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DriverCall",
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
                        "step",
                        models.CharField(
                            choices=[
                                ("PREPARE", "Prepare"),
                                ("CONNECT", "Connect"),
                                ("SCHEDULE", "Schedule"),
                                ("RUN", "Run"),
                                ("STOP", "Stop"),
                                ("EXIT", "Exit"),
                                ("WIPE", "Wipe"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "body",
                        models.TextField(help_text="as it is signed and sent, each time the same"),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waiting"),
                                ("DONE", "Taken by the driver"),
                                ("DECLINED", "Declined by the driver"),
                                ("DEAD", "Given up"),
                                ("DROPPED", "No longer needed"),
                            ],
                            default="WAITING",
                            max_length=8,
                        ),
                    ),
                    ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                    ("next_attempt_at", models.DateTimeField()),
                    (
                        "claim",
                        models.UUIDField(help_text="of the worker that has it in hand", null=True),
                    ),
                    ("claimed_until", models.DateTimeField(null=True)),
                    (
                        "status",
                        models.PositiveSmallIntegerField(
                            help_text="of HTTP, of the last try", null=True
                        ),
                    ),
                    (
                        "error",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    ("created_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "delivery",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                    (
                        "driver",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="calls",
                            to="drivers.providerdriver",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DrivenDelivery",
                fields=[
                    (
                        "delivery",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="fulfilment.computedelivery",
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(help_text="of the driver, by version", max_length=24),
                    ),
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    (
                        "due_at",
                        models.DateTimeField(
                            help_text="when the market looks what follows", null=True
                        ),
                    ),
                    ("is_ending", models.BooleanField(db_default=False, default=False)),
                    ("is_over", models.BooleanField(db_default=False, default=False)),
                    (
                        "exit_code",
                        models.PositiveSmallIntegerField(
                            help_text="of its work: the result", null=True
                        ),
                    ),
                    (
                        "exited_at",
                        models.DateTimeField(
                            help_text="when its driver said that it exited", null=True
                        ),
                    ),
                    ("wiped_at", models.DateTimeField(null=True)),
                    ("taken_up_at", models.DateTimeField()),
                    (
                        "driver",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="driven",
                            to="drivers.providerdriver",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="providerdriver",
                index=models.Index(fields=["provider", "-id"], name="driver_of_provider"),
            ),
            migrations.AddConstraint(
                model_name="providerdriver",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("removed_at__isnull", True)),
                    fields=("provider", "resource"),
                    name="driver_of_a_resource_once",
                    nulls_distinct=False,
                ),
            ),
            migrations.AddConstraint(
                model_name="providerdriver",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("locked__isnull", True), ("url", "")),
                        models.Q(models.Q(("url", ""), _negated=True), ("locked__isnull", False)),
                        _connector="OR",
                    ),
                    name="driver_called_has_a_secret",
                ),
            ),
            migrations.AddConstraint(
                model_name="providerdriver",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("former_locked__isnull", True), ("former_until__isnull", True)),
                        models.Q(("former_locked__isnull", False), ("former_until__isnull", False)),
                        _connector="OR",
                    ),
                    name="driver_former_secret_ends",
                ),
            ),
            migrations.AddIndex(
                model_name="drivermessage",
                index=models.Index(fields=["delivery", "id"], name="driver_message_of_delivery"),
            ),
            migrations.AddConstraint(
                model_name="drivermessage",
                constraint=models.UniqueConstraint(
                    fields=("driver", "message"), name="driver_message_once"
                ),
            ),
            migrations.AddIndex(
                model_name="drivercall",
                index=models.Index(
                    condition=models.Q(("state", "WAITING")),
                    fields=["driver", "next_attempt_at"],
                    name="driver_call_due",
                ),
            ),
            migrations.AddIndex(
                model_name="drivercall",
                index=models.Index(fields=["driver", "-id"], name="driver_call_of_driver"),
            ),
            migrations.AddIndex(
                model_name="drivercall",
                index=models.Index(
                    condition=models.Q(("state", "DEAD")),
                    fields=["provider_id", "-id"],
                    name="driver_call_dead",
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.UniqueConstraint(
                    fields=("delivery", "step"), name="driver_step_told_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["WAITING", "DONE", "DECLINED", "DEAD", "DROPPED"])
                    ),
                    name="driver_call_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at__isnull", True), ("state", "WAITING")),
                        models.Q(
                            models.Q(("state", "WAITING"), _negated=True),
                            ("ended_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="driver_call_ends_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("claim__isnull", True), ("claimed_until__isnull", True)),
                        models.Q(
                            ("claim__isnull", False),
                            ("claimed_until__isnull", False),
                            ("state", "WAITING"),
                        ),
                        _connector="OR",
                    ),
                    name="driver_call_claim_is_whole",
                ),
            ),
            migrations.AddIndex(
                model_name="drivendelivery",
                index=models.Index(
                    condition=models.Q(("due_at__isnull", False)),
                    fields=["due_at", "delivery"],
                    name="driven_due",
                ),
            ),
            migrations.AddIndex(
                model_name="drivendelivery",
                index=models.Index(
                    condition=models.Q(("is_ending", False)),
                    fields=["delivery"],
                    name="driven_under_way",
                ),
            ),
            migrations.AddIndex(
                model_name="drivendelivery",
                index=models.Index(fields=["driver", "-delivery"], name="driven_of_driver"),
            ),
            migrations.AddConstraint(
                model_name="drivendelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("exit_code__isnull", True),
                        models.Q(("exit_code__lte", 255), ("exited_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="driven_exit_code_at_an_exit",
                ),
            ),
            migrations.AddConstraint(
                model_name="drivendelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("is_over", False),
                        models.Q(("due_at__isnull", True), ("is_ending", True)),
                        _connector="OR",
                    ),
                    name="driven_over_waits_for_nothing",
                ),
            ),
            *functions("marketplace.drivers", "drivers_call_moves", "drivers_driven_keeps"),
            row_trigger(
                "drivers_drivercall",
                "driver_call_says_the_same",
                when="BEFORE UPDATE",
                function="drivers_call_moves",
            ),
            row_trigger(
                "drivers_drivendelivery",
                "driven_stays_as_said",
                when="BEFORE UPDATE",
                function="drivers_driven_keeps",
            ),
            append_only("drivers_drivermessage"),
            migrations.RunSQL(
                "REVOKE DELETE ON drivers_providerdriver, drivers_drivendelivery,"
                " drivers_drivercall FROM suanpan_app",
                "GRANT DELETE ON drivers_providerdriver, drivers_drivendelivery,"
                " drivers_drivercall TO suanpan_app",
            ),
            protect("drivers_providerdriver", visible=owned_by("provider_id")),
            *(
                protect(table, visible=owned_by("buyer_id", "provider_id"), writable=IS_PLATFORM)
                for table in (
                    "drivers_drivendelivery",
                    "drivers_drivercall",
                    "drivers_drivermessage",
                )
            ),
        ]
    )
