"""Movements of money and the sources that it came by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0001_initial"),
        ("identity", "0004_access_requests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            script("marketplace.payments", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="PaymentSource",
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
                        "channel",
                        models.CharField(
                            choices=[("STRIPE", "Card or wallet"), ("BANK", "Bank transfer")],
                            max_length=10,
                        ),
                    ),
                    ("reference", models.CharField(max_length=120)),
                    ("holder", models.CharField(blank=True, max_length=200)),
                    ("paid_in_minor", models.BigIntegerField(default=0)),
                    ("taken_minor", models.BigIntegerField(default=0)),
                    ("first_seen_at", models.DateTimeField()),
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
                name="Movement",
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
                    ("number", models.CharField(max_length=20, unique=True)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("TOP_UP", "Top-up"),
                                ("REFUND", "Refund"),
                                ("WITHDRAWAL", "Withdrawal"),
                                ("PAYOUT", "Payout"),
                                ("CLAIM", "Voucher claim"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "channel",
                        models.CharField(
                            choices=[("STRIPE", "Card or wallet"), ("BANK", "Bank transfer")],
                            max_length=10,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("REQUESTED", "Asked for"),
                                ("APPROVED", "Approved"),
                                ("SENT", "Under way"),
                                ("DONE", "Done"),
                                ("CANCELLED", "Cancelled"),
                                ("RETURNED", "Returned"),
                            ],
                            default="REQUESTED",
                            max_length=10,
                        ),
                    ),
                    ("amount_minor", models.BigIntegerField()),
                    ("currency", models.CharField(default="CNY", max_length=3)),
                    ("key", models.CharField(max_length=120)),
                    ("reference", models.CharField(blank=True, max_length=120)),
                    ("address", models.CharField(blank=True, max_length=2000)),
                    ("failure", models.CharField(blank=True, max_length=60)),
                    ("requested_at", models.DateTimeField()),
                    ("moved_at", models.DateTimeField()),
                    ("due_at", models.DateTimeField(null=True)),
                    ("tries", models.IntegerField(default=0)),
                    (
                        "approved_by",
                        models.ForeignKey(
                            null=True,
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
                    (
                        "proposal",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "requested_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "source",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="movements",
                            to="payments.paymentsource",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="paymentsource",
                constraint=models.UniqueConstraint(
                    fields=("organization", "channel", "reference"), name="payment_source_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="paymentsource",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("taken_minor__gte", 0), ("taken_minor__lte", models.F("paid_in_minor"))
                    ),
                    name="source_gives_what_it_took",
                ),
            ),
            migrations.AddIndex(
                model_name="movement",
                index=models.Index(fields=["organization", "id"], name="movement_of_organization"),
            ),
            migrations.AddIndex(
                model_name="movement",
                index=models.Index(
                    condition=models.Q(("due_at__isnull", False)),
                    fields=["due_at", "id"],
                    name="movement_is_due",
                ),
            ),
            migrations.AddConstraint(
                model_name="movement",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)), name="movement_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="movement",
                constraint=models.UniqueConstraint(
                    fields=("organization", "kind", "key"), name="movement_key_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="movement",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("reference", ""), _negated=True),
                    fields=("channel", "kind", "reference"),
                    name="movement_reference_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="movement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind__in", ["REFUND", "WITHDRAWAL"]), _negated=True),
                        ("source__isnull", False),
                        _connector="OR",
                    ),
                    name="what_goes_back_has_a_source",
                ),
            ),
            migrations.AddConstraint(
                model_name="movement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("approved_by__isnull", True),
                        models.Q(("approved_by", models.F("requested_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="movement_approved_by_another",
                ),
            ),
            *functions("marketplace.payments", "payments_movement_keeps", "payments_source_covers"),
            script("marketplace.payments", "triggers.sql", reverse="triggers_gone.sql"),
            protect(
                "payments_paymentsource", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            protect("payments_movement", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            script("marketplace.payments", "grants.sql"),
        ]
    )
