"""Money that moves without usage, as two people agreed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("identity", "0004_access_requests"),
        ("settlement", "0005_as_two_agreed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Adjustment",
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
                    ("sequence", models.BigIntegerField(editable=False, unique=True)),
                    ("number", models.CharField(max_length=24, unique=True)),
                    (
                        "reason",
                        models.CharField(
                            choices=[
                                ("goodwill", "Goodwill"),
                                ("penalty", "Penalty"),
                                ("service_level", "Credit for a missed service level"),
                                ("dispute", "Outcome of a dispute"),
                            ],
                            max_length=16,
                        ),
                    ),
                    (
                        "payer",
                        models.CharField(
                            choices=[
                                ("BUYER", "Buyer"),
                                ("PROVIDER", "Provider"),
                                ("MARKET", "Market"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "payee",
                        models.CharField(
                            choices=[
                                ("BUYER", "Buyer"),
                                ("PROVIDER", "Provider"),
                                ("MARKET", "Market"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("amount_minor", models.BigIntegerField()),
                    (
                        "owed_minor",
                        models.BigIntegerField(
                            default=0,
                            help_text="of it, what the provider owes since its payable did not reach",
                        ),
                    ),
                    ("reference", models.CharField(max_length=80, unique=True)),
                    ("evidence", models.CharField(max_length=1000)),
                    ("ledger_group", models.UUIDField()),
                    ("booked_at", models.DateTimeField()),
                    ("content_hash", models.CharField(max_length=64)),
                    (
                        "approved_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "booked_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "buyer",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "contract",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="adjustments",
                            to="settlement.contract",
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
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "reverses",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reversed_by",
                            to="settlement.adjustment",
                        ),
                    ),
                    (
                        "trade_record",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="adjustment",
                            to="settlement.traderecord",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["buyer", "-sequence"], name="adjustment_of_buyer"),
                        models.Index(
                            fields=["provider", "-sequence"], name="adjustment_of_provider"
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("amount_minor__gt", 0),
                                ("amount_minor__lte", 1000000000),
                                ("owed_minor__gte", 0),
                                ("owed_minor__lte", models.F("amount_minor")),
                            ),
                            name="adjustment_is_an_amount",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("payee__in", ["BUYER", "PROVIDER", "MARKET"]),
                                ("payer__in", ["BUYER", "PROVIDER", "MARKET"]),
                                models.Q(("payer", models.F("payee")), _negated=True),
                                ("reason__in", ["goodwill", "penalty", "service_level", "dispute"]),
                            ),
                            name="adjustment_moves_between_two",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    models.Q(
                                        models.Q(("payer", "BUYER"), _negated=True),
                                        models.Q(("payee", "BUYER"), _negated=True),
                                    ),
                                    ("buyer__isnull", False),
                                    _connector="OR",
                                ),
                                models.Q(
                                    models.Q(
                                        models.Q(("payer", "PROVIDER"), _negated=True),
                                        models.Q(("payee", "PROVIDER"), _negated=True),
                                    ),
                                    ("provider__isnull", False),
                                    _connector="OR",
                                ),
                            ),
                            name="adjustment_names_its_parties",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("contract__isnull", True), ("trade_record__isnull", True)
                                ),
                                models.Q(
                                    ("contract__isnull", False),
                                    ("trade_record__isnull", False),
                                    ("buyer__isnull", False),
                                    ("provider__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="adjustment_corrects_a_record",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("owed_minor", 0), ("payer", "PROVIDER"), _connector="OR"
                            ),
                            name="adjustment_only_providers_owe",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("booked_by", models.F("approved_by")), _negated=True
                            ),
                            name="adjustment_approved_by_another",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("evidence", ""), _negated=True),
                                models.Q(("reference", ""), _negated=True),
                            ),
                            name="adjustment_has_its_evidence",
                        ),
                    ],
                },
            ),
            *functions("marketplace.settlement", "settlement_adjustment_as_agreed"),
            row_trigger(
                "settlement_adjustment",
                "adjustment_as_agreed",
                when="BEFORE INSERT",
                function="settlement_adjustment_as_agreed",
            ),
            append_only("settlement_adjustment"),
            protect(
                "settlement_adjustment",
                visible=owned_by("buyer_id", "provider_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
