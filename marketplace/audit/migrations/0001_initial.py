"""Exports, each its organisation's own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            script("marketplace.audit", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="Export",
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
                        "sequence",
                        models.BigIntegerField(
                            db_default=models.Func(
                                models.Value("audit_export_number"), function="nextval"
                            ),
                            editable=False,
                            unique=True,
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("TRADES", "Trade records"),
                                ("CHARGES", "Charges"),
                                ("LEDGER", "Ledger transfers"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "file_format",
                        models.CharField(
                            choices=[
                                ("CSV", "CSV"),
                                ("XLSX", "XLSX"),
                                ("PARQUET", "Parquet"),
                                ("JSONL", "JSONL"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "scope",
                        models.CharField(
                            choices=[
                                ("PLATFORM", "The whole market"),
                                ("OWN", "The organisation's own"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("party", models.CharField(blank=True, max_length=18)),
                    ("programme", models.CharField(blank=True, max_length=40)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("QUEUED", "Queued"),
                                ("RUNNING", "Running"),
                                ("READY", "Ready"),
                                ("FAILED", "Failed"),
                                ("CANCELLED", "Cancelled"),
                                ("EXPIRED", "Expired"),
                            ],
                            default="QUEUED",
                            max_length=9,
                        ),
                    ),
                    ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ("estimated_rows", models.BigIntegerField(default=0)),
                    ("progress_rows", models.BigIntegerField(default=0)),
                    ("rows", models.BigIntegerField(blank=True, null=True)),
                    (
                        "bytes",
                        models.BigIntegerField(blank=True, help_text="of the bundle", null=True),
                    ),
                    (
                        "sha256",
                        models.CharField(blank=True, help_text="of the data file", max_length=64),
                    ),
                    ("manifest", models.JSONField(blank=True, null=True)),
                    ("failure", models.CharField(blank=True, max_length=200)),
                    ("queued_at", models.DateTimeField()),
                    ("started_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "seen_at",
                        models.DateTimeField(
                            blank=True, help_text="last sign of its worker", null=True
                        ),
                    ),
                    ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ("expires_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "requested_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state__in", ["QUEUED", "RUNNING"])),
                            fields=["queued_at", "id"],
                            name="export_waiting",
                        ),
                        models.Index(fields=["organization", "-id"], name="export_of_organization"),
                        models.Index(
                            condition=models.Q(("state", "READY")),
                            fields=["expires_at"],
                            name="export_expiring",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "state__in",
                                    [
                                        "QUEUED",
                                        "RUNNING",
                                        "READY",
                                        "FAILED",
                                        "CANCELLED",
                                        "EXPIRED",
                                    ],
                                )
                            ),
                            name="export_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="export_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "READY"), _negated=True),
                                models.Q(
                                    ("bytes__isnull", False),
                                    ("expires_at__isnull", False),
                                    ("manifest__isnull", False),
                                    ("rows__isnull", False),
                                    ("sha256__regex", "^[0-9a-f]{64}$"),
                                ),
                                _connector="OR",
                            ),
                            name="export_ready_is_whole",
                        ),
                    ],
                },
            ),
            protect("audit_export", visible=owned_by("organization_id")),
            script("marketplace.audit", "grants.sql"),
        ]
    )
