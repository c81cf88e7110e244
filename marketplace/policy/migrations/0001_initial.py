"""Runs of the policy workbench, each its issuer's own until it is published."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0007_certificates_by_their_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            script("marketplace.policy", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="PolicyRun",
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
                                models.Value("policy_run_number"), function="nextval"
                            ),
                            editable=False,
                            unique=True,
                        ),
                    ),
                    ("title", models.CharField(max_length=120)),
                    (
                        "code",
                        models.CharField(
                            help_text="the programme that the rules are for", max_length=24
                        ),
                    ),
                    ("rules", models.JSONField()),
                    ("rules_hash", models.CharField(max_length=64)),
                    ("base_rules", models.JSONField(null=True)),
                    ("base_hash", models.CharField(blank=True, max_length=64)),
                    (
                        "basis",
                        models.CharField(
                            choices=[
                                ("TRADES", "Everybody whose trades meet the rules"),
                                ("APPLICATIONS", "Those who applied, with what they asked for"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    (
                        "years_later",
                        models.PositiveSmallIntegerField(
                            default=0,
                            help_text="by how many years the trades are moved, to meet the rules' dates",
                        ),
                    ),
                    ("budget_minor", models.BigIntegerField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("QUEUED", "Queued"),
                                ("RUNNING", "Running"),
                                ("READY", "Ready"),
                                ("FAILED", "Failed"),
                                ("CANCELLED", "Cancelled"),
                            ],
                            default="QUEUED",
                            max_length=9,
                        ),
                    ),
                    ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ("estimated_rows", models.BigIntegerField(default=0)),
                    ("progress_rows", models.BigIntegerField(default=0)),
                    ("inputs_root", models.CharField(blank=True, max_length=64)),
                    ("result", models.JSONField(null=True)),
                    ("result_hash", models.CharField(blank=True, max_length=64)),
                    ("run_hash", models.CharField(blank=True, max_length=64)),
                    (
                        "bytes",
                        models.BigIntegerField(help_text="of the file that proves it", null=True),
                    ),
                    ("failure", models.CharField(blank=True, max_length=200)),
                    ("queued_at", models.DateTimeField()),
                    ("started_at", models.DateTimeField(null=True)),
                    (
                        "seen_at",
                        models.DateTimeField(help_text="last sign of its worker", null=True),
                    ),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("published_at", models.DateTimeField(null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "published_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
            ),
            migrations.CreateModel(
                name="PolicyRunParty",
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
                        "key",
                        models.CharField(
                            help_text="what the run's file calls the enterprise", max_length=12
                        ),
                    ),
                    ("district", models.CharField(blank=True, max_length=6)),
                    ("beneficiary", models.CharField(max_length=8)),
                    ("size", models.CharField(blank=True, max_length=6)),
                    ("after_minor", models.BigIntegerField()),
                    ("before_minor", models.BigIntegerField(null=True)),
                    ("change_minor", models.BigIntegerField()),
                    (
                        "reason",
                        models.CharField(
                            blank=True, help_text="why it gets nothing", max_length=60
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
                    (
                        "owner",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="parties",
                            to="policy.policyrun",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="policyrun",
                index=models.Index(
                    condition=models.Q(("state__in", ["QUEUED", "RUNNING"])),
                    fields=["queued_at", "id"],
                    name="policy_run_waiting",
                ),
            ),
            migrations.AddIndex(
                model_name="policyrun",
                index=models.Index(
                    fields=["organization", "-id"], name="policy_run_of_organization"
                ),
            ),
            migrations.AddIndex(
                model_name="policyrun",
                index=models.Index(
                    condition=models.Q(("published_at__isnull", False)),
                    fields=["rules_hash"],
                    name="policy_run_of_rules",
                ),
            ),
            migrations.AddConstraint(
                model_name="policyrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["QUEUED", "RUNNING", "READY", "FAILED", "CANCELLED"])
                    ),
                    name="policy_run_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="policyrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(("basis__in", ["TRADES", "APPLICATIONS"])),
                    name="policy_run_basis_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="policyrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                    name="policy_run_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="policyrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("budget_minor__gte", 0), ("budget_minor__lte", 100000000000000000)
                    ),
                    name="policy_run_budget_is_an_amount",
                ),
            ),
            migrations.AddConstraint(
                model_name="policyrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "READY"), _negated=True),
                        models.Q(
                            ("bytes__isnull", False),
                            ("finished_at__isnull", False),
                            ("inputs_root__regex", "^[0-9a-f]{64}$"),
                            ("result__isnull", False),
                            ("result_hash__regex", "^[0-9a-f]{64}$"),
                            ("run_hash__regex", "^[0-9a-f]{64}$"),
                        ),
                        _connector="OR",
                    ),
                    name="policy_run_ready_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="policyrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("published_at", None), ("published_by", None)),
                        models.Q(
                            ("published_at__isnull", False),
                            ("published_by__isnull", False),
                            ("state", "READY"),
                        ),
                        _connector="OR",
                    ),
                    name="policy_run_published_once_ready",
                ),
            ),
            migrations.AddIndex(
                model_name="policyrunparty",
                index=models.Index(
                    fields=["run", "-change_minor", "id"], name="policy_party_by_change"
                ),
            ),
            migrations.AddIndex(
                model_name="policyrunparty",
                index=models.Index(
                    fields=["run", "-after_minor", "id"], name="policy_party_by_amount"
                ),
            ),
            migrations.AddConstraint(
                model_name="policyrunparty",
                constraint=models.UniqueConstraint(fields=("run", "key"), name="policy_party_once"),
            ),
            migrations.AddConstraint(
                model_name="policyrunparty",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("after_minor__gte", 0),
                        models.Q(
                            ("before_minor__isnull", True),
                            ("before_minor__gte", 0),
                            _connector="OR",
                        ),
                    ),
                    name="policy_party_gets_no_less_than_nothing",
                ),
            ),
            protect(
                "policy_policyrun",
                visible=f"{owned_by('organization_id')} OR published_at IS NOT NULL",
                writable=owned_by("organization_id"),
            ),
            protect("policy_policyrunparty", visible=owned_by("owner_id"), writable=IS_PLATFORM),
            script("marketplace.policy", "grants.sql"),
            script("marketplace.policy", "triggers.sql"),
        ]
    )
