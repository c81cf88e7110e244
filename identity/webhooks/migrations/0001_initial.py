"""Where organisations want to be told what happened, what is to be told, and how it went."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Endpoint",
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
                    ("url", models.CharField(max_length=2000)),
                    ("description", models.CharField(blank=True, max_length=120)),
                    (
                        "event_prefixes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=64), default=list, size=None
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("ENABLED", "Enabled"),
                                ("PAUSED", "Paused"),
                                ("DISABLED", "Disabled"),
                            ],
                            default="ENABLED",
                            max_length=8,
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    (
                        "delivered_at",
                        models.DateTimeField(help_text="when it last took something", null=True),
                    ),
                    (
                        "failures",
                        models.PositiveIntegerField(
                            default=0, help_text="since it last took something"
                        ),
                    ),
                    ("failing_since", models.DateTimeField(null=True)),
                    (
                        "resting_until",
                        models.DateTimeField(
                            help_text="it is left alone after failures", null=True
                        ),
                    ),
                    ("disabled_at", models.DateTimeField(null=True)),
                    (
                        "disabled_for",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("FAILING", "No delivery was taken for days"),
                                ("GONE", "The receiver answered 410 Gone"),
                                ("BACKLOG", "Too many deliveries waited"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "replay_after",
                        models.UUIDField(
                            help_text="the event after which a replay goes on", null=True
                        ),
                    ),
                    (
                        "replay_before",
                        models.DateTimeField(help_text="where a replay ends", null=True),
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
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Delivery",
                fields=[
                    (
                        "review_code",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    (
                        "review_detail",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="for operators",
                            max_length=500,
                        ),
                    ),
                    ("review_since", models.DateTimeField(blank=True, null=True)),
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
                        "event_id",
                        models.UUIDField(
                            help_text="identifiers of what happened to one object rise"
                        ),
                    ),
                    ("event_name", models.CharField(max_length=64)),
                    ("object_kind", models.CharField(max_length=32)),
                    ("object_id", models.CharField(max_length=64)),
                    ("object_label", models.CharField(blank=True, max_length=200)),
                    (
                        "body",
                        models.TextField(help_text="as it is signed and sent, each time the same"),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waiting"),
                                ("DELIVERED", "Delivered"),
                                ("GIVEN_UP", "Given up"),
                            ],
                            default="WAITING",
                            max_length=9,
                        ),
                    ),
                    (
                        "attempts",
                        models.PositiveSmallIntegerField(
                            default=0, help_text="since it began to wait"
                        ),
                    ),
                    ("next_attempt_at", models.DateTimeField()),
                    (
                        "claim",
                        models.UUIDField(help_text="of the worker that has it in hand", null=True),
                    ),
                    ("claimed_until", models.DateTimeField(null=True)),
                    ("created_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "endpoint",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="deliveries",
                            to="webhooks.endpoint",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Reader",
                fields=[
                    ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                    ("cursor", models.CharField(blank=True, max_length=120)),
                    ("run", models.UUIDField(null=True)),
                    ("run_until", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("run__isnull", True), ("run_until__isnull", True)),
                                models.Q(("run__isnull", False), ("run_until__isnull", False)),
                                _connector="OR",
                            ),
                            name="webhook_run_is_whole",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("id", 1), ("cursor", ""), _connector="OR"),
                            name="webhook_one_reads",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Secret",
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
                    ("locked", models.BinaryField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "expires_at",
                        models.DateTimeField(
                            help_text="exclusive; empty: the present one", null=True
                        ),
                    ),
                    (
                        "endpoint",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="secrets",
                            to="webhooks.endpoint",
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Attempt",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("started_at", models.DateTimeField()),
                    ("duration_ms", models.PositiveIntegerField()),
                    (
                        "status",
                        models.PositiveSmallIntegerField(
                            help_text="of HTTP; empty: no answer", null=True
                        ),
                    ),
                    (
                        "error",
                        models.CharField(
                            blank=True, help_text="a code; empty: it was taken", max_length=40
                        ),
                    ),
                    (
                        "reply",
                        models.CharField(blank=True, help_text="how it began", max_length=1024),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="tries",
                            to="webhooks.delivery",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["delivery", "-id"], name="attempt_of_delivery")
                    ],
                },
            ),
            migrations.AddIndex(
                model_name="endpoint",
                index=models.Index(
                    condition=models.Q(("removed_at__isnull", True)),
                    fields=["organization", "-id"],
                    name="endpoint_of_organization",
                ),
            ),
            migrations.AddConstraint(
                model_name="endpoint",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["ENABLED", "PAUSED", "DISABLED"])),
                    name="endpoint_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="endpoint",
                constraint=models.CheckConstraint(
                    condition=models.Q(("event_prefixes__len__lte", 20)),
                    name="endpoint_prefixes_bounded",
                ),
            ),
            migrations.AddConstraint(
                model_name="endpoint",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("disabled_at__isnull", False),
                            ("state", "DISABLED"),
                            ("disabled_for__in", ["FAILING", "GONE", "BACKLOG"]),
                        ),
                        models.Q(
                            models.Q(("state", "DISABLED"), _negated=True),
                            ("disabled_at__isnull", True),
                            ("disabled_for", ""),
                        ),
                        _connector="OR",
                    ),
                    name="endpoint_disabled_for_a_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="endpoint",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("failing_since__isnull", True), ("failures", 0)),
                        models.Q(("failing_since__isnull", False), ("failures__gt", 0)),
                        _connector="OR",
                    ),
                    name="endpoint_failing_since",
                ),
            ),
            migrations.AddConstraint(
                model_name="endpoint",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("replay_after__isnull", True), ("replay_before__isnull", True)),
                        models.Q(("replay_after__isnull", False), ("replay_before__isnull", False)),
                        _connector="OR",
                    ),
                    name="endpoint_replay_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="endpoint",
                constraint=models.UniqueConstraint(
                    fields=("id", "organization"), name="endpoint_has_one_owner"
                ),
            ),
            migrations.AddIndex(
                model_name="delivery",
                index=models.Index(
                    condition=models.Q(("state", "WAITING"), ("review_code", "")),
                    fields=["endpoint", "next_attempt_at"],
                    name="delivery_due",
                ),
            ),
            migrations.AddIndex(
                model_name="delivery",
                index=models.Index(
                    condition=models.Q(("state", "WAITING"), ("review_code", "")),
                    fields=["endpoint", "object_kind", "object_id", "event_id"],
                    name="delivery_in_order",
                ),
            ),
            migrations.AddIndex(
                model_name="delivery",
                index=models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
            ),
            migrations.AddIndex(
                model_name="delivery",
                index=models.Index(
                    condition=models.Q(("ended_at__isnull", False)),
                    fields=["ended_at"],
                    name="delivery_over",
                ),
            ),
            migrations.AddIndex(
                model_name="delivery",
                index=models.Index(
                    condition=models.Q(("review_code", ""), _negated=True),
                    fields=["review_since"],
                    name="delivery_set_aside",
                ),
            ),
            migrations.AddConstraint(
                model_name="delivery",
                constraint=models.UniqueConstraint(
                    fields=("endpoint", "event_id"), name="delivery_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="delivery",
                constraint=models.UniqueConstraint(
                    fields=("id", "organization"), name="delivery_has_one_owner"
                ),
            ),
            migrations.AddConstraint(
                model_name="delivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at__isnull", True), ("state", "WAITING")),
                        models.Q(
                            ("ended_at__isnull", False), ("state__in", ["DELIVERED", "GIVEN_UP"])
                        ),
                        _connector="OR",
                    ),
                    name="delivery_ends_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="delivery",
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
                    name="delivery_claim_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="delivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("review_code", ""), ("review_since__isnull", True)),
                        models.Q(
                            models.Q(("review_code", ""), _negated=True),
                            ("review_since__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="delivery_reviewed_since",
                ),
            ),
            migrations.AddConstraint(
                model_name="secret",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("expires_at__isnull", True)),
                    fields=("endpoint",),
                    name="webhook_secret_present_once",
                ),
            ),
            script("identity.webhooks", "owners.sql", reverse="owners_gone.sql"),
            *functions("identity.webhooks", "webhooks_forget"),
            protect("webhooks_endpoint", visible=owned_by("organization_id")),
            protect("webhooks_secret", visible=owned_by("organization_id")),
            protect("webhooks_delivery", visible=owned_by("organization_id")),
            protect("webhooks_attempt", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("webhooks_reader", visible=IS_PLATFORM),
            script("identity.webhooks", "grants.sql"),
        ]
    )
