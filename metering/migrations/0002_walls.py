"""What measuring promises, the shipped rules, and who sees what."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("metering", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Reading",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("source", models.CharField(max_length=200)),
                    ("event_id", models.CharField(max_length=100)),
                    ("subject", models.UUIDField(blank=True, null=True)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("quantity", models.DecimalField(decimal_places=12, max_digits=38)),
                    ("received_at", models.DateTimeField()),
                    (
                        "agent",
                        models.ForeignKey(
                            db_index=False,
                            help_text="whose signature came with it",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.meteringagent",
                        ),
                    ),
                    (
                        "meter",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.meter",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["meter", "starts_at"], name="reading_by_meter")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("provider", "source", "event_id"), name="reading_taken_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("quantity__gte", 0)), name="reading_not_negative"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="reading_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "starts_at__gte",
                                    datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                )
                            ),
                            name="reading_since_the_epoch",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="WindowDecision",
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
                    (
                        "verdict",
                        models.CharField(
                            choices=[("ADMIT", "Admit as read"), ("DISCARD", "Discard")],
                            max_length=7,
                        ),
                    ),
                    (
                        "quantity",
                        models.DecimalField(
                            decimal_places=12,
                            help_text="what the window's readings added up to",
                            max_digits=38,
                        ),
                    ),
                    ("reason", models.TextField()),
                    ("decided_at", models.DateTimeField()),
                    (
                        "decided_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "decided_by_person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                        "window",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="decisions",
                            to="metering.window",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("verdict__in", ["ADMIT", "DISCARD"])),
                            name="decision_verdict_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("provider", models.F("decided_by")), _negated=True),
                            name="decision_by_another",
                        ),
                    ]
                },
            ),
            *functions("metering", "metering_require_own_meters"),
            script("metering", "triggers.sql", reverse="triggers_gone.sql"),
            protect("metering_meter", visible=owned_by("provider_id")),
            protect("metering_reading", visible=owned_by("provider_id")),
            protect("metering_window", visible=owned_by("provider_id")),
            protect("metering_usagerecord", visible=owned_by("provider_id")),
            # A certificate is public evidence; only the platform's own duties write one.
            protect(
                "metering_capacitycertificate", visible="true", writable=owned_by("verifier_id")
            ),
            protect(
                "metering_windowdecision", visible=owned_by("provider_id"), writable=IS_PLATFORM
            ),
            script("metering", "grants.sql"),
        ]
    )
