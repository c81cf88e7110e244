"""Control: its rules as data, what is known of parties and contracts, and what it finds."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0007_certificates_by_their_end"),
        ("vouchers", "0011_batches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ControlDossier",
                fields=[
                    (
                        "application",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="dossier",
                            serialize=False,
                            to="vouchers.application",
                        ),
                    ),
                    (
                        "keys",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=300), size=None
                        ),
                    ),
                    ("content", models.JSONField()),
                    ("looked_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["keys"], name="dossier_by_key"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ControlRule",
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
                        "code",
                        models.CharField(
                            choices=[
                                ("related_supplier", "Applicant and seller are related"),
                                ("split_entity", "One enterprise applies as many"),
                                ("split_order", "One order is split"),
                                ("double_subsidy", "The contract was supported before"),
                                ("both_claim", "Buyer and seller both ask for support"),
                                ("file_twice", "The same file was used by another"),
                                ("certificate_twice", "The certificate was used by another"),
                                ("dishonest", "Listed as dishonest"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("version", models.PositiveIntegerField()),
                    (
                        "severity",
                        models.CharField(
                            choices=[
                                ("BLOCK", "Blocks the review"),
                                ("QUEUE", "Blocks the approval"),
                            ],
                            max_length=5,
                        ),
                    ),
                    ("parameters", models.JSONField(default=dict)),
                    ("content_hash", models.CharField(max_length=64)),
                    ("reason", models.CharField(max_length=500)),
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
                name="ControlFinding",
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
                        "code",
                        models.CharField(
                            choices=[
                                ("related_supplier", "Applicant and seller are related"),
                                ("split_entity", "One enterprise applies as many"),
                                ("split_order", "One order is split"),
                                ("double_subsidy", "The contract was supported before"),
                                ("both_claim", "Buyer and seller both ask for support"),
                                ("file_twice", "The same file was used by another"),
                                ("certificate_twice", "The certificate was used by another"),
                                ("dishonest", "Listed as dishonest"),
                            ],
                            max_length=20,
                        ),
                    ),
                    (
                        "severity",
                        models.CharField(
                            choices=[
                                ("BLOCK", "Blocks the review"),
                                ("QUEUE", "Blocks the approval"),
                            ],
                            max_length=5,
                        ),
                    ),
                    (
                        "subject",
                        models.CharField(help_text="digest of what it is about", max_length=64),
                    ),
                    ("evidence", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("found_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OPEN", "Open"),
                                ("CLEARED", "Cleared"),
                                ("CONFIRMED", "Confirmed"),
                            ],
                            default="OPEN",
                            max_length=9,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("note", models.CharField(blank=True, max_length=500)),
                    (
                        "applicant",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "application",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="findings",
                            to="vouchers.application",
                        ),
                    ),
                    (
                        "decided_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "issuer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "rule",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.controlrule",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DishonestEntry",
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
                    ("uscc", models.CharField(max_length=18)),
                    ("listed_on", models.DateField()),
                    ("removed_on", models.DateField(null=True)),
                    ("source", models.CharField(max_length=200)),
                    ("reference", models.CharField(max_length=80)),
                    ("brought_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [models.Index(fields=["uscc"], name="dishonest_by_party")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("source", "reference"), name="dishonest_entry_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("removed_on__isnull", True),
                                ("removed_on__gte", models.F("listed_on")),
                                _connector="OR",
                            ),
                            name="dishonest_entry_runs_forward",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ForeignSupport",
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
                        "exchange",
                        models.CharField(
                            help_text="the agreement whose secret blinds it", max_length=40
                        ),
                    ),
                    ("fingerprint", models.CharField(max_length=64)),
                    ("city", models.CharField(max_length=80)),
                    ("brought_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("exchange", "fingerprint", "city"), name="foreign_support_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="NamedContract",
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
                    ("seller_uscc", models.CharField(max_length=18)),
                    ("number", models.CharField(max_length=80)),
                    ("compared", models.CharField(help_text="as it is compared", max_length=160)),
                    ("signed_on", models.DateField()),
                    ("amount_minor", models.BigIntegerField()),
                    ("named_at", models.DateTimeField()),
                    (
                        "applicant",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "application",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="contracts",
                            to="vouchers.application",
                        ),
                    ),
                    (
                        "named_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="PartyMark",
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
                    ("uscc", models.CharField(max_length=18)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("CONTROLLER", "Controller"),
                                ("ADDRESS", "Address"),
                                ("ACCOUNT", "Bank account"),
                                ("PHONE", "Telephone"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("digest", models.CharField(max_length=64)),
                    ("shown", models.CharField(max_length=20)),
                    ("valid_from", models.DateField()),
                    (
                        "valid_to",
                        models.DateField(help_text="the first day on which it is over", null=True),
                    ),
                    ("source", models.CharField(max_length=200)),
                    ("brought_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("uscc", "kind", "digest", "valid_from"), name="party_mark_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("valid_to__isnull", True),
                                ("valid_to__gt", models.F("valid_from")),
                                _connector="OR",
                            ),
                            name="party_mark_runs_forward",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SampleDraw",
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
                    ("percent", models.PositiveSmallIntegerField()),
                    ("commitment", models.CharField(max_length=64)),
                    ("committed_at", models.DateTimeField()),
                    (
                        "seed",
                        models.CharField(
                            blank=True, help_text="revealed; in hexadecimal", max_length=128
                        ),
                    ),
                    (
                        "names",
                        models.JSONField(
                            default=list, help_text="what was drawn from, when it was drawn"
                        ),
                    ),
                    ("drawn", models.JSONField(default=list)),
                    ("drawn_at", models.DateTimeField(null=True)),
                    (
                        "committed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "issuer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.programme",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="controlrule",
                constraint=models.UniqueConstraint(
                    fields=("code", "version"), name="control_rule_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="controlrule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "code__in",
                            [
                                "related_supplier",
                                "split_entity",
                                "split_order",
                                "double_subsidy",
                                "both_claim",
                                "file_twice",
                                "certificate_twice",
                                "dishonest",
                            ],
                        ),
                        ("severity__in", ["BLOCK", "QUEUE"]),
                    ),
                    name="control_rule_known",
                ),
            ),
            migrations.AddIndex(
                model_name="controlfinding",
                index=models.Index(fields=["issuer", "state", "-id"], name="finding_of_issuer"),
            ),
            migrations.AddConstraint(
                model_name="controlfinding",
                constraint=models.UniqueConstraint(
                    fields=("application", "code", "subject"), name="control_found_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="controlfinding",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("decided_at", None), ("decided_by", None), ("state", "OPEN")),
                        models.Q(
                            ("state__in", ["CLEARED", "CONFIRMED"]),
                            ("decided_at__isnull", False),
                            ("decided_by__isnull", False),
                            models.Q(("note", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="control_finding_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="namedcontract",
                constraint=models.UniqueConstraint(
                    fields=("application", "seller_uscc", "compared"), name="contract_named_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="namedcontract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gt", 0), models.Q(("compared", ""), _negated=True)
                    ),
                    name="named_contract_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="sampledraw",
                constraint=models.CheckConstraint(
                    condition=models.Q(("percent__range", (1, 100))), name="sample_is_a_share"
                ),
            ),
            migrations.AddConstraint(
                model_name="sampledraw",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("drawn_at", None), ("seed", "")),
                        models.Q(
                            models.Q(("seed", ""), _negated=True), ("drawn_at__isnull", False)
                        ),
                        _connector="OR",
                    ),
                    name="sample_is_drawn_whole",
                ),
            ),
            *functions("marketplace.vouchers", "vouchers_control_rule_as_agreed"),
            script("marketplace.vouchers", "control.sql", reverse="control_gone.sql"),
            append_only("vouchers_controlrule"),
            protect("vouchers_controlrule", visible="true", writable=IS_PLATFORM),
            protect("vouchers_controlfinding", visible=owned_by("issuer_id"), writable=IS_PLATFORM),
            protect(
                "vouchers_namedcontract", visible=owned_by("applicant_id"), writable=IS_PLATFORM
            ),
            protect("vouchers_sampledraw", visible=owned_by("issuer_id"), writable=IS_PLATFORM),
            *(
                protect(f"vouchers_{table}", visible=IS_PLATFORM)
                for table in ("controldossier", "partymark", "dishonestentry", "foreignsupport")
            ),
        ]
    )
