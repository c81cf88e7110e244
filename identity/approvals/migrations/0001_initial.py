"""Proposals that wait for a second person, and from which amount on it is needed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("common", "0001_initial"),
        ("identity", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Proposal",
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
                    ("kind", models.CharField(max_length=60)),
                    (
                        "reference",
                        models.CharField(
                            help_text="one proposal of a kind waits under it", max_length=200
                        ),
                    ),
                    ("label", models.CharField(help_text="as people call it", max_length=200)),
                    ("content", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("amount_minor", models.BigIntegerField(null=True)),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    ("proposed_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    (
                        "role",
                        models.CharField(
                            choices=[
                                ("PROVIDER", "Provider"),
                                ("BUYER", "Buyer"),
                                ("AUDITOR", "Auditor"),
                                ("OPERATOR", "Operator"),
                                ("ISSUER", "Voucher issuer"),
                                ("FINANCE", "Finance"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PROPOSED", "Waits for a second person"),
                                ("APPROVED", "Approved"),
                                ("REFUSED", "Refused"),
                                ("WITHDRAWN", "Withdrawn"),
                                ("EXPIRED", "Expired"),
                            ],
                            default="PROPOSED",
                            max_length=9,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("note", models.CharField(blank=True, max_length=500)),
                    ("result_id", models.UUIDField(help_text="what it brought about", null=True)),
                    (
                        "barred_organization",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "barred_person",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                        "decided_for",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "desk",
                        models.ForeignKey(
                            help_text="empty: any",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "proposed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposed_for",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Limit",
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
                    ("kind", models.CharField(max_length=60)),
                    ("from_minor", models.BigIntegerField()),
                    ("set_at", models.DateTimeField()),
                    (
                        "proposal",
                        models.OneToOneField(
                            help_text="empty for what the market is installed with",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="proposal",
                index=models.Index(fields=["state", "-id"], name="proposal_by_state"),
            ),
            migrations.AddIndex(
                model_name="proposal",
                index=models.Index(
                    condition=models.Q(("state", "PROPOSED")),
                    fields=["expires_at"],
                    name="proposal_by_expiry",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state", "PROPOSED")),
                    fields=("kind", "reference"),
                    name="proposal_waits_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["PROPOSED", "APPROVED", "REFUSED", "WITHDRAWN", "EXPIRED"])
                    ),
                    name="proposal_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "role__in",
                            ["PROVIDER", "BUYER", "AUDITOR", "OPERATOR", "ISSUER", "FINANCE"],
                        )
                    ),
                    name="proposal_role_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(("content_hash__regex", "^[0-9a-f]{64}$")),
                    name="proposal_is_hashed",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__isnull", True), ("amount_minor__gt", 0), _connector="OR"
                    ),
                    name="proposal_amount_is_positive",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(("expires_at__gt", models.F("proposed_at"))),
                    name="proposal_has_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            models.Q(("state", "PROPOSED")),
                            ("decided_at", None),
                            ("decided_by", None),
                            ("decided_for", None),
                        ),
                        models.Q(
                            ("decided_at__gte", models.F("expires_at")),
                            ("decided_by", None),
                            ("decided_for", None),
                            ("state", "EXPIRED"),
                        ),
                        models.Q(
                            models.Q(("state", "PROPOSED"), _negated=True),
                            models.Q(("state", "EXPIRED"), _negated=True),
                            ("decided_at__isnull", False),
                            ("decided_by__isnull", False),
                            ("decided_for__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="proposal_decision_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["APPROVED", "REFUSED"]), _negated=True),
                        models.Q(
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            models.Q(
                                ("barred_person", None),
                                models.Q(("decided_by", models.F("barred_person")), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="proposal_decided_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "WITHDRAWN"), _negated=True),
                        ("decided_by", models.F("proposed_by")),
                        _connector="OR",
                    ),
                    name="proposal_withdrawn_by_its_own",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["REFUSED", "WITHDRAWN"]), _negated=True),
                        models.Q(("note", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="proposal_refused_for_a_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("decided_at__lt", models.F("expires_at")),
                            ("result_id__isnull", False),
                            ("state", "APPROVED"),
                        ),
                        models.Q(
                            models.Q(("state", "APPROVED"), _negated=True), ("result_id", None)
                        ),
                        _connector="OR",
                    ),
                    name="proposal_approved_is_carried_out",
                ),
            ),
            migrations.AddIndex(
                model_name="limit",
                index=models.Index(fields=["kind", "-id"], name="limit_by_kind"),
            ),
            migrations.AddConstraint(
                model_name="limit",
                constraint=models.CheckConstraint(
                    condition=models.Q(("from_minor__gte", 0)), name="limit_is_an_amount"
                ),
            ),
            script("identity.approvals", "first_limits.sql"),
            *functions(
                "identity.approvals",
                "approvals_from_minor",
                "approvals_is_agreed",
                "approvals_guard_proposal",
                "approvals_guard_limit",
            ),
            script("identity.approvals", "triggers.sql", reverse="triggers_gone.sql"),
            append_only("approvals_limit"),
            # What waits is nobody's yet: those with a duty across the market see it.
            protect("approvals_proposal", visible=IS_PLATFORM),
            protect("approvals_limit", visible="true", writable=IS_PLATFORM),
        ]
    )
