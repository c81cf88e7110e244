"""Statements, their lines, taxes and requests for fapiao."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, recorded_now, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0005_suspensions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="StatementRound",
                fields=[
                    ("month", models.DateField(primary_key=True, serialize=False)),
                    ("due_at", models.DateTimeField(help_text="empty when it is done", null=True)),
                    (
                        "reached",
                        models.CharField(
                            blank=True, help_text="side and subject done last", max_length=60
                        ),
                    ),
                    ("issued", models.PositiveIntegerField(default=0)),
                ],
            ),
            migrations.CreateModel(
                name="Statement",
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
                        "kind",
                        models.CharField(
                            choices=[
                                ("STATEMENT", "Statement"),
                                ("CANCELLATION", "Cancelling statement"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "side",
                        models.CharField(
                            choices=[
                                ("BUYER", "Buyer"),
                                ("PROVIDER", "Provider"),
                                ("PROGRAMME", "Programme"),
                                ("MARKET", "Market"),
                            ],
                            max_length=9,
                        ),
                    ),
                    (
                        "subject",
                        models.CharField(
                            blank=True, help_text="organisation, or programme", max_length=40
                        ),
                    ),
                    ("starts_on", models.DateField()),
                    ("ends_on", models.DateField(help_text="the last day")),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField(help_text="the cut-off")),
                    ("issued_at", models.DateTimeField()),
                    ("lines_count", models.PositiveIntegerField()),
                    ("opening_minor", models.BigIntegerField(help_text="of what is money")),
                    ("added_minor", models.BigIntegerField()),
                    ("taken_minor", models.BigIntegerField()),
                    ("closing_minor", models.BigIntegerField()),
                    (
                        "charged_minor",
                        models.BigIntegerField(help_text="what was charged in money, with tax"),
                    ),
                    (
                        "voucher_minor",
                        models.BigIntegerField(help_text="what vouchers paid beside it"),
                    ),
                    ("taxes", models.JSONField(help_text="of what was charged, by rate")),
                    ("tax_minor", models.BigIntegerField()),
                    ("lines_hash", models.CharField(max_length=64)),
                    ("content_hash", models.CharField(max_length=64)),
                    ("reason", models.CharField(blank=True, max_length=200)),
                    (
                        "is_live",
                        models.BooleanField(
                            default=True, help_text="counts: not cancelled, nor cancelling"
                        ),
                    ),
                    (
                        "recorded_in",
                        models.BigIntegerField(
                            db_default=django.db.models.functions.comparison.Cast(
                                django.db.models.functions.comparison.Cast(
                                    models.Func(function="pg_current_xact_id"), models.TextField()
                                ),
                                models.BigIntegerField(),
                            ),
                            editable=False,
                            help_text="the transaction that recorded it, set by the database",
                        ),
                    ),
                    (
                        "cancels",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="cancelled_by",
                            to="statements.statement",
                        ),
                    ),
                    (
                        "issued_by",
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
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Fapiao",
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
                        "kind",
                        models.CharField(
                            choices=[
                                ("ORDINARY", "Ordinary fapiao"),
                                ("SPECIAL", "Special VAT fapiao"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("title", models.CharField(max_length=120)),
                    ("taxpayer_code", models.CharField(max_length=18)),
                    ("email", models.EmailField(blank=True, max_length=254)),
                    ("amount_minor", models.BigIntegerField(help_text="with tax")),
                    ("tax_minor", models.BigIntegerField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("REQUESTED", "Requested"),
                                ("EXPORTED", "With the tax system"),
                                ("ISSUED", "Fapiao issued"),
                                ("REFUSED", "Refused"),
                                ("REVERSED", "Reversed by a red fapiao"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="REQUESTED",
                            max_length=9,
                        ),
                    ),
                    ("fapiao_number", models.CharField(blank=True, max_length=40)),
                    ("answer", models.CharField(blank=True, max_length=200)),
                    ("requested_at", models.DateTimeField()),
                    ("moved_at", models.DateTimeField()),
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
                    (
                        "statement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="fapiao",
                            to="statements.statement",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="StatementBalance",
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
                    ("account", models.CharField(max_length=200)),
                    ("account_number", models.BigIntegerField(help_text="in the ledger")),
                    ("kind", models.CharField(max_length=64)),
                    ("asset", models.CharField(max_length=64)),
                    ("opening_minor", models.BigIntegerField()),
                    ("added_minor", models.BigIntegerField()),
                    ("taken_minor", models.BigIntegerField()),
                    ("closing_minor", models.BigIntegerField()),
                    ("lines_count", models.PositiveIntegerField()),
                    (
                        "taken_through",
                        models.BigIntegerField(help_text="entries up to here are on statements"),
                    ),
                    ("is_live", models.BooleanField(default=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "statement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="balances",
                            to="statements.statement",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="StatementLine",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("organization_id", models.UUIDField(null=True)),
                    ("position", models.PositiveIntegerField()),
                    ("account_number", models.BigIntegerField()),
                    ("asset", models.CharField(max_length=64)),
                    ("transfer_id", models.UUIDField()),
                    ("amount_minor", models.BigIntegerField(help_text="what comes is positive")),
                    (
                        "occurred_at",
                        models.DateTimeField(
                            help_text="when it was used; else when it took effect"
                        ),
                    ),
                    ("day", models.DateField(help_text="of the market")),
                    ("reason", models.CharField(max_length=64)),
                    ("reference", models.CharField(blank=True, max_length=200)),
                    ("contract_number", models.CharField(blank=True, max_length=24)),
                    ("order_number", models.CharField(blank=True, max_length=24)),
                    ("what", models.CharField(blank=True, help_text="the listing", max_length=200)),
                    ("chip", models.CharField(blank=True, max_length=80)),
                    ("region", models.CharField(blank=True, max_length=6)),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, default=0, max_digits=38),
                    ),
                    ("is_live", models.BooleanField(default=True)),
                    (
                        "corrects",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="statements.statement",
                        ),
                    ),
                    (
                        "statement",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="lines",
                            to="statements.statement",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="TaxRate",
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
                    ("tax", models.CharField(max_length=12)),
                    ("rate", models.DecimalField(decimal_places=6, max_digits=9)),
                    ("starts_on", models.DateField()),
                    ("source", models.CharField(max_length=300)),
                    ("published_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("tax", "starts_on"), name="tax_rate_from_a_day_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("rate__gte", 0), ("rate__lt", 1)),
                            name="tax_rate_is_a_share",
                        ),
                    ],
                },
            ),
            migrations.AddIndex(
                model_name="statement",
                index=models.Index(
                    fields=["organization", "-sequence"], name="statement_of_organization"
                ),
            ),
            migrations.AddConstraint(
                model_name="statement",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("is_live", True)),
                    fields=("side", "subject", "starts_on"),
                    name="month_is_stated_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="statement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "closing_minor",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("opening_minor"), "+", models.F("added_minor")
                                ),
                                "+",
                                models.F("taken_minor"),
                            ),
                        ),
                        ("added_minor__gte", 0),
                        ("taken_minor__lte", 0),
                    ),
                    name="statement_adds_up",
                ),
            ),
            migrations.AddConstraint(
                model_name="statement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("cancels", None), ("kind", "STATEMENT"), ("reason", "")),
                        models.Q(
                            ("cancels__isnull", False),
                            ("is_live", False),
                            ("kind", "CANCELLATION"),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="cancellation_names_what_it_cancels",
                ),
            ),
            migrations.AddConstraint(
                model_name="statement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("side__in", ["BUYER", "PROVIDER", "PROGRAMME"]),
                            ("organization__isnull", False),
                        ),
                        models.Q(("organization", None), ("side", "MARKET")),
                        _connector="OR",
                    ),
                    name="statement_is_of_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="statement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("ends_at__gt", models.F("starts_at")),
                        ("ends_on__gte", models.F("starts_on")),
                        ("issued_at__gte", models.F("ends_at")),
                    ),
                    name="statement_is_of_a_time_that_is_over",
                ),
            ),
            migrations.AddIndex(
                model_name="fapiao",
                index=models.Index(
                    fields=["organization", "-sequence"], name="fapiao_of_organization"
                ),
            ),
            migrations.AddConstraint(
                model_name="fapiao",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state__in", ("REQUESTED", "EXPORTED", "ISSUED"))),
                    fields=("statement",),
                    name="one_fapiao_of_a_statement",
                ),
            ),
            migrations.AddConstraint(
                model_name="fapiao",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("fapiao_number", ""), _negated=True),
                    fields=("fapiao_number",),
                    name="fapiao_number_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="fapiao",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gt", 0),
                        ("tax_minor__gte", 0),
                        ("tax_minor__lt", models.F("amount_minor")),
                    ),
                    name="fapiao_is_of_an_amount",
                ),
            ),
            migrations.AddConstraint(
                model_name="fapiao",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("state__in", ["ISSUED", "REVERSED"]),
                            models.Q(("fapiao_number", ""), _negated=True),
                        ),
                        models.Q(
                            models.Q(("state__in", ["ISSUED", "REVERSED"]), _negated=True),
                            ("fapiao_number", ""),
                        ),
                        _connector="OR",
                    ),
                    name="fapiao_issued_has_its_number",
                ),
            ),
            migrations.AddIndex(
                model_name="statementbalance",
                index=models.Index(
                    condition=models.Q(("is_live", True)),
                    fields=["account_number", "-id"],
                    name="stated_balance_of_account",
                ),
            ),
            migrations.AddConstraint(
                model_name="statementbalance",
                constraint=models.UniqueConstraint(
                    fields=("statement", "account_number"), name="statement_shows_an_account_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="statementbalance",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "closing_minor",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("opening_minor"), "+", models.F("added_minor")
                                ),
                                "+",
                                models.F("taken_minor"),
                            ),
                        ),
                        ("added_minor__gte", 0),
                        ("taken_minor__lte", 0),
                    ),
                    name="balance_of_statement_adds_up",
                ),
            ),
            migrations.AddConstraint(
                model_name="statementline",
                constraint=models.UniqueConstraint(
                    fields=("statement", "position"), name="line_has_its_place"
                ),
            ),
            migrations.AddConstraint(
                model_name="statementline",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("is_live", True)),
                    fields=("account_number", "transfer_id"),
                    name="transfer_is_stated_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="statementline",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor", 0), _negated=True), name="line_is_an_amount"
                ),
            ),
            *functions(
                "marketplace.statements",
                "statements_take_lines",
                "statements_lines_hash",
                "statements_is_whole",
                "statements_line_is_of_now",
                "statements_next_in_row",
                "statements_fapiao_keeps",
            ),
            script("marketplace.statements", "triggers.sql", reverse="triggers_gone.sql"),
            script("marketplace.statements", "first_rate.sql"),
            append_only("statements_taxrate"),
            recorded_now("statements_statement"),
            protect(
                "statements_statement", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            protect(
                "statements_statementbalance",
                visible=owned_by("organization_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "statements_statementline",
                visible=owned_by("organization_id"),
                writable=IS_PLATFORM,
            ),
            protect("statements_fapiao", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("statements_statementround", visible=IS_PLATFORM),
            protect("statements_taxrate", visible="true", writable=IS_PLATFORM),
        ]
    )
