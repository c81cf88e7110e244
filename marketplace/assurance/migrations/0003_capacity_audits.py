"""Audits of the capacity that suppliers qualify with."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, TENANT, protect
from common.sql_files import append_only, bounded, functions, row_trigger, script

TOLD = f"{IS_PLATFORM} OR supplier_id::text = {TENANT} AND told_at IS NOT NULL"
OF_TOLD = f"{IS_PLATFORM} OR EXISTS (SELECT FROM assurance_capacityaudit a WHERE a.id = audit_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("assurance", "0002_findings_from_below"),
        ("identity", "0010_storage_and_networks"),
        ("vouchers", "0015_supplier_sizes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="AuditDraw",
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
                        "count",
                        models.PositiveSmallIntegerField(help_text="how many suppliers are drawn"),
                    ),
                    (
                        "due_days",
                        models.PositiveSmallIntegerField(help_text="how long an audit may take"),
                    ),
                    ("commitment", models.CharField(max_length=64)),
                    ("committed_at", models.DateTimeField()),
                    ("seed", models.CharField(blank=True, max_length=128)),
                    (
                        "names",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=18), default=list, size=None
                        ),
                    ),
                    (
                        "drawn",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=18), default=list, size=None
                        ),
                    ),
                    ("drawn_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="AuditFinding",
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
                        "gravity",
                        models.CharField(
                            choices=[("NOTE", "Note"), ("MINOR", "Minor"), ("MAJOR", "Major")],
                            max_length=5,
                        ),
                    ),
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("REGISTERED", "Resources in the register"),
                                ("HARDWARE", "Serial numbers of hardware"),
                                ("METERS", "Meters and their use"),
                                ("POWER", "Use beside power"),
                                ("CHALLENGES", "Challenges"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("text", models.CharField(max_length=2000)),
                    ("found_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="AuditLine",
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
                        "source",
                        models.CharField(
                            choices=[
                                ("REGISTERED", "Resources in the register"),
                                ("HARDWARE", "Serial numbers of hardware"),
                                ("METERS", "Meters and their use"),
                                ("POWER", "Use beside power"),
                                ("CHALLENGES", "Challenges"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("facts", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("read_at", models.DateTimeField()),
                    (
                        "verdict",
                        models.CharField(
                            choices=[
                                ("OPEN", "Not looked at"),
                                ("AGREES", "Agrees"),
                                ("DIFFERS", "Differs"),
                                ("NOT_SHOWN", "Shows nothing"),
                            ],
                            default="OPEN",
                            max_length=9,
                        ),
                    ),
                    ("note", models.CharField(blank=True, max_length=500)),
                    ("judged_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="CapacityAudit",
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
                    ("reason", models.CharField(max_length=500)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OPEN", "Open"),
                                ("EXAMINING", "Being examined"),
                                ("ASKED", "Supplier is asked"),
                                ("ANSWERED", "Supplier has answered"),
                                ("CONCLUDED", "Concluded"),
                                ("CANCELLED", "Cancelled"),
                            ],
                            default="OPEN",
                            max_length=9,
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("due_on", models.DateField()),
                    (
                        "told_at",
                        models.DateTimeField(
                            help_text="from when the supplier reads it", null=True
                        ),
                    ),
                    ("answer_due_on", models.DateField(null=True)),
                    ("answer", models.CharField(blank=True, max_length=2000)),
                    ("answered_at", models.DateTimeField(null=True)),
                    (
                        "conclusion",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("CONFIRMED", "Capacity confirmed"),
                                ("LOWER", "Less capacity found"),
                                ("NOT_FOUND", "Capacity not found"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("explanation", models.CharField(blank=True, max_length=2000)),
                    ("closed_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.RemoveConstraint(
                model_name="surveillancerule",
                name="surveillance_pattern_known",
            ),
            migrations.AlterField(
                model_name="case",
                name="pattern",
                field=models.CharField(
                    choices=[
                        ("wash_trades", "Trades to and fro"),
                        ("voucher_churn", "Vouchers held and given back"),
                        ("cancel_burst", "Burst of cancellations"),
                        ("price_ring", "Ring of trades"),
                        ("paper_compute", "Use that its power does not bear"),
                        ("challenge_failed", "Challenges missed or below"),
                        ("capacity_audit", "Capacity that an audit did not find"),
                    ],
                    max_length=20,
                ),
            ),
            migrations.AlterField(
                model_name="surveillancerule",
                name="pattern",
                field=models.CharField(
                    choices=[
                        ("wash_trades", "Trades to and fro"),
                        ("voucher_churn", "Vouchers held and given back"),
                        ("cancel_burst", "Burst of cancellations"),
                        ("price_ring", "Ring of trades"),
                        ("paper_compute", "Use that its power does not bear"),
                        ("challenge_failed", "Challenges missed or below"),
                        ("capacity_audit", "Capacity that an audit did not find"),
                    ],
                    max_length=20,
                ),
            ),
            migrations.AddConstraint(
                model_name="surveillancerule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "pattern__in",
                            [
                                "wash_trades",
                                "voucher_churn",
                                "cancel_burst",
                                "price_ring",
                                "paper_compute",
                                "challenge_failed",
                                "capacity_audit",
                            ],
                        )
                    ),
                    name="surveillance_pattern_known",
                ),
            ),
            migrations.AddField(
                model_name="auditdraw",
                name="committed_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="auditfinding",
                name="found_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="auditline",
                name="judged_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="agreed_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="answered_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="auditor",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="closed_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="draw",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="audits",
                    to="assurance.auditdraw",
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="found_size",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="vouchers.suppliersize",
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="opened_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="size",
                field=models.ForeignKey(
                    help_text="claimed",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="vouchers.suppliersize",
                ),
            ),
            migrations.AddField(
                model_name="capacityaudit",
                name="supplier",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="auditline",
                name="audit",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lines",
                    to="assurance.capacityaudit",
                ),
            ),
            migrations.AddField(
                model_name="auditfinding",
                name="audit",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="findings",
                    to="assurance.capacityaudit",
                ),
            ),
            migrations.AddConstraint(
                model_name="auditdraw",
                constraint=models.CheckConstraint(
                    condition=models.Q(("count__range", (1, 100))), name="audit_draw_takes_some"
                ),
            ),
            migrations.AddConstraint(
                model_name="auditdraw",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("drawn_at", None), ("seed", "")),
                        models.Q(
                            models.Q(("seed", ""), _negated=True), ("drawn_at__isnull", False)
                        ),
                        _connector="OR",
                    ),
                    name="audit_draw_is_whole",
                ),
            ),
            migrations.AddIndex(
                model_name="capacityaudit",
                index=models.Index(fields=["state", "-id"], name="audit_by_state"),
            ),
            migrations.AddIndex(
                model_name="capacityaudit",
                index=models.Index(fields=["supplier", "-id"], name="audit_by_supplier"),
            ),
            migrations.AddConstraint(
                model_name="capacityaudit",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state__in", ("CONCLUDED", "CANCELLED")), _negated=True),
                    fields=("supplier",),
                    name="audit_under_way_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityaudit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            ["OPEN", "EXAMINING", "ASKED", "ANSWERED", "CONCLUDED", "CANCELLED"],
                        )
                    ),
                    name="audit_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityaudit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["OPEN", "CANCELLED"]),
                        ("auditor__isnull", False),
                        _connector="OR",
                    ),
                    name="audit_examined_is_somebodys",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityaudit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["ASKED", "ANSWERED"]), _negated=True),
                        models.Q(("answer_due_on__isnull", False), ("told_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="audit_asked_is_told",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityaudit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("answer", ""), ("answered_at", None), ("answered_by", None)),
                        models.Q(
                            models.Q(("answer", ""), _negated=True),
                            ("answered_at__isnull", False),
                            ("answered_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="audit_answer_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityaudit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            models.Q(("state__in", ("CONCLUDED", "CANCELLED")), _negated=True),
                            ("closed_at", None),
                            ("closed_by", None),
                            ("conclusion", ""),
                            ("explanation", ""),
                        ),
                        models.Q(
                            models.Q(
                                models.Q(
                                    ("conclusion__in", ["CONFIRMED", "LOWER", "NOT_FOUND"]),
                                    ("state", "CONCLUDED"),
                                ),
                                models.Q(("conclusion", ""), ("state", "CANCELLED")),
                                _connector="OR",
                            ),
                            ("closed_at__isnull", False),
                            ("closed_by__isnull", False),
                            ("explanation__gt", ""),
                        ),
                        _connector="OR",
                    ),
                    name="audit_closed_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityaudit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("agreed_by__isnull", False),
                            ("conclusion__in", ("LOWER", "NOT_FOUND")),
                            ("found_size__isnull", False),
                            ("proposal__isnull", False),
                        ),
                        models.Q(
                            models.Q(("conclusion__in", ("LOWER", "NOT_FOUND")), _negated=True),
                            ("agreed_by", None),
                            ("found_size", None),
                            ("proposal", None),
                        ),
                        _connector="OR",
                    ),
                    name="audit_that_costs_is_of_two",
                ),
            ),
            migrations.AddConstraint(
                model_name="auditline",
                constraint=models.UniqueConstraint(
                    fields=("audit", "source"), name="audit_line_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="auditline",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("judged_at", None), ("judged_by", None), ("verdict", "OPEN")),
                        models.Q(
                            models.Q(("verdict", "OPEN"), _negated=True),
                            ("judged_at__isnull", False),
                            ("judged_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="audit_line_is_judged_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="auditfinding",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("text", ""), _negated=True),
                        ("gravity__in", ["NOTE", "MINOR", "MAJOR"]),
                    ),
                    name="audit_finding_says_something",
                ),
            ),
            *functions(
                "marketplace.assurance",
                "assurance_audit_moves",
                "assurance_while_examined",
            ),
            script("marketplace.assurance", "audits.sql", reverse="audits_gone.sql"),
            append_only("assurance_auditfinding"),
            row_trigger(
                "assurance_capacityaudit",
                "audit_moves",
                when="BEFORE INSERT OR UPDATE",
                function="assurance_audit_moves",
            ),
            *(
                row_trigger(
                    f"assurance_{table}",
                    f"{table}_while_examined",
                    when=when,
                    function="assurance_while_examined",
                )
                for table, when in (
                    ("auditline", "BEFORE UPDATE"),
                    ("auditfinding", "BEFORE INSERT"),
                )
            ),
            protect("assurance_capacityaudit", visible=TOLD, writable=IS_PLATFORM),
            protect("assurance_auditfinding", visible=OF_TOLD, writable=IS_PLATFORM),
            protect("assurance_auditline", visible=IS_PLATFORM),
            protect("assurance_auditdraw", visible=IS_PLATFORM),
        ]
    )
