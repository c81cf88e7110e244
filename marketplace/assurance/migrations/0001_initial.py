"""Surveillance: rules as data, cases with their evidence, and how far the record was read."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0001_initial"),
        ("orders", "0011_trade_has_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="RecordReader",
                fields=[
                    (
                        "id",
                        models.PositiveSmallIntegerField(
                            default=1, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "cursor",
                        models.CharField(
                            blank=True, help_text="of the record of events", max_length=100
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("id", 1)), name="assurance_reader_is_one"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SurveillanceRule",
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
                        "pattern",
                        models.CharField(
                            choices=[
                                ("wash_trades", "Trades to and fro"),
                                ("voucher_churn", "Vouchers held and given back"),
                                ("cancel_burst", "Burst of cancellations"),
                                ("price_ring", "Ring of trades"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("version", models.PositiveIntegerField()),
                    ("parameters", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("reason", models.CharField(max_length=2000)),
                    ("valid_from", models.DateTimeField()),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "proposed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Case",
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
                    ("number", models.CharField(max_length=24, unique=True)),
                    (
                        "pattern",
                        models.CharField(
                            choices=[
                                ("wash_trades", "Trades to and fro"),
                                ("voucher_churn", "Vouchers held and given back"),
                                ("cancel_burst", "Burst of cancellations"),
                                ("price_ring", "Ring of trades"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("subject", models.CharField(max_length=400)),
                    (
                        "organization_ids",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.UUIDField(), size=None
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OPEN", "Open"),
                                ("IN_WORK", "In work"),
                                ("CLOSED", "Closed"),
                            ],
                            default="OPEN",
                            max_length=8,
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("grew_at", models.DateTimeField(help_text="when the last evidence came")),
                    (
                        "finding",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("UNFOUNDED", "Unfounded"),
                                ("EXPLAINED", "Explained"),
                                ("CONFIRMED", "Confirmed"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("explanation", models.CharField(blank=True, max_length=2000)),
                    ("closed_at", models.DateTimeField(null=True)),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "assigned_to",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "closed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "rule",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="assurance.surveillancerule",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CaseEvidence",
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
                    ("label", models.CharField(max_length=24)),
                    ("facts", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("found_at", models.DateTimeField()),
                    (
                        "case",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="evidence",
                            to="assurance.case",
                        ),
                    ),
                    (
                        "order",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="orders.order",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("case", "order"), name="evidence_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="CaseNote",
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
                    ("text", models.CharField(max_length=2000)),
                    ("written_at", models.DateTimeField()),
                    (
                        "case",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="notes",
                            to="assurance.case",
                        ),
                    ),
                    (
                        "written_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("text", ""), _negated=True),
                            name="note_says_something",
                        )
                    ],
                },
            ),
            migrations.AddConstraint(
                model_name="surveillancerule",
                constraint=models.UniqueConstraint(
                    fields=("pattern", "version"), name="surveillance_rule_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="surveillancerule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "pattern__in",
                            ["wash_trades", "voucher_churn", "cancel_burst", "price_ring"],
                        )
                    ),
                    name="surveillance_pattern_known",
                ),
            ),
            migrations.AddIndex(
                model_name="case",
                index=models.Index(fields=["state", "-id"], name="case_by_state"),
            ),
            migrations.AddIndex(
                model_name="case",
                index=models.Index(fields=["pattern", "subject"], name="case_by_subject"),
            ),
            migrations.AddConstraint(
                model_name="case",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state", "CLOSED"), _negated=True),
                    fields=("pattern", "subject"),
                    name="case_open_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="case",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["OPEN", "IN_WORK", "CLOSED"])),
                    name="case_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="case",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "IN_WORK"), _negated=True),
                        ("assigned_to__isnull", False),
                        _connector="OR",
                    ),
                    name="case_in_work_is_somebodys",
                ),
            ),
            migrations.AddConstraint(
                model_name="case",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            models.Q(("state", "CLOSED"), _negated=True),
                            ("closed_at__isnull", True),
                            ("closed_by__isnull", True),
                            ("explanation", ""),
                            ("finding", ""),
                            ("proposal__isnull", True),
                        ),
                        models.Q(
                            ("closed_at__isnull", False),
                            ("closed_by__isnull", False),
                            ("explanation__gt", ""),
                            ("finding__in", ["UNFOUNDED", "EXPLAINED", "CONFIRMED"]),
                            ("state", "CLOSED"),
                        ),
                        _connector="OR",
                    ),
                    name="case_closed_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="case",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("agreed_by__isnull", False),
                            ("finding", "CONFIRMED"),
                            ("proposal__isnull", False),
                        ),
                        models.Q(
                            models.Q(("finding", "CONFIRMED"), _negated=True),
                            ("agreed_by__isnull", True),
                            ("proposal__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="case_confirmed_by_two",
                ),
            ),
            script("marketplace.assurance", "first_rules.sql", reverse="first_rules_gone.sql"),
            *functions("marketplace.assurance", "assurance_case_keeps", "assurance_rule_as_agreed"),
            row_trigger(
                "assurance_case",
                "case_keeps",
                when="BEFORE UPDATE",
                function="assurance_case_keeps",
            ),
            row_trigger(
                "assurance_case",
                "case_stays",
                when="BEFORE DELETE",
                function="suanpan_refuse_change",
            ),
            row_trigger(
                "assurance_surveillancerule",
                "rule_as_agreed",
                when="BEFORE INSERT",
                function="assurance_rule_as_agreed",
            ),
            append_only("assurance_surveillancerule"),
            append_only("assurance_caseevidence"),
            append_only("assurance_casenote"),
            *(
                protect(f"assurance_{table}", visible=IS_PLATFORM)
                for table in (
                    "surveillancerule",
                    "recordreader",
                    "case",
                    "caseevidence",
                    "casenote",
                )
            ),
            migrations.RunSQL(
                "REVOKE DELETE ON assurance_case, assurance_recordreader FROM suanpan_app",
                "GRANT DELETE ON assurance_case, assurance_recordreader TO suanpan_app",
            ),
        ]
    )
