"""Disputes about money that contracts took."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, TENANT, protect
from common.sql_files import bounded, functions, row_trigger, script

PARTY = f"{IS_PLATFORM} OR buyer_id::text = {TENANT} OR provider_id::text = {TENANT}"


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("assurance", "0005_service_levels"),
        ("identity", "0024_codes_are_renamed"),
        ("settlement", "0013_contracts_keep_facts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="TradeDispute",
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
                    ("rule", models.CharField(help_text="whose clocks it goes by", max_length=20)),
                    (
                        "subject",
                        models.CharField(
                            choices=[
                                ("CHARGE", "A charge"),
                                ("DELIVERY", "The delivery"),
                                ("CERTIFICATE", "A certificate of the resource"),
                                ("COVER", "What a voucher covered"),
                            ],
                            max_length=11,
                        ),
                    ),
                    (
                        "subject_reference",
                        models.CharField(help_text="which charge, certificate…", max_length=120),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OPEN", "Waits for the provider"),
                                ("ANSWERED", "Answered"),
                                ("LAPSED", "Lost for want of an answer"),
                                ("DECIDED", "Decided"),
                                ("APPEALED", "Appealed against"),
                                ("CLOSED", "Closed"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="OPEN",
                            max_length=9,
                        ),
                    ),
                    ("claim", models.CharField(max_length=2000)),
                    ("claimed_minor", models.BigIntegerField()),
                    ("frozen_minor", models.BigIntegerField()),
                    ("hold_id", models.UUIDField(null=True)),
                    (
                        "files",
                        models.JSONField(
                            default=list, help_text="name, bytes and id of each file of evidence"
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("answer_due_at", models.DateTimeField()),
                    ("answer", models.CharField(blank=True, max_length=2000)),
                    ("answer_files", models.JSONField(default=list)),
                    ("answered_at", models.DateTimeField(null=True)),
                    (
                        "awarded_minor",
                        models.BigIntegerField(help_text="what the buyer gets back", null=True),
                    ),
                    ("decision", models.CharField(blank=True, max_length=2000)),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("appeal_until", models.DateTimeField(null=True)),
                    ("buyer_appeal", models.CharField(blank=True, max_length=2000)),
                    ("buyer_appealed_at", models.DateTimeField(null=True)),
                    ("provider_appeal", models.CharField(blank=True, max_length=2000)),
                    ("provider_appealed_at", models.DateTimeField(null=True)),
                    (
                        "agreed_adjustment_id",
                        models.UUIDField(help_text="what two people agreed to move", null=True),
                    ),
                    ("closed_at", models.DateTimeField(null=True)),
                    (
                        "adjustment",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="settlement.adjustment",
                        ),
                    ),
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
                        "answered_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "buyer",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "contract",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="settlement.contract",
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
                        "opened_by",
                        models.ForeignKey(
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
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["buyer", "-id"], name="dispute_by_buyer"),
                        models.Index(fields=["provider", "-id"], name="dispute_by_provider"),
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["answer_due_at"],
                            name="dispute_by_answer_due",
                        ),
                        models.Index(
                            condition=models.Q(("state", "DECIDED")),
                            fields=["appeal_until"],
                            name="dispute_by_appeal_end",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(
                                ("state__in", ("CLOSED", "WITHDRAWN")), _negated=True
                            ),
                            fields=("contract",),
                            name="dispute_under_way_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("claimed_minor__gt", 0),
                                ("frozen_minor__gte", 0),
                                ("frozen_minor__lte", models.F("claimed_minor")),
                                models.Q(("claim", ""), _negated=True),
                            ),
                            name="dispute_claims_something",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("frozen_minor", 0), ("hold_id", None)),
                                models.Q(("frozen_minor__gt", 0), ("hold_id__isnull", False)),
                                _connector="OR",
                            ),
                            name="dispute_freezes_by_a_hold",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("answer", ""), ("answered_at", None), ("answered_by", None)
                                ),
                                models.Q(
                                    models.Q(("answer", ""), _negated=True),
                                    ("answered_at__isnull", False),
                                    ("answered_by__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="dispute_answer_is_whole",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("awarded_minor", None),
                                models.Q(
                                    ("awarded_minor__gte", 0),
                                    ("awarded_minor__lte", models.F("claimed_minor")),
                                ),
                                _connector="OR",
                            ),
                            name="dispute_awards_what_was_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state__in", ["DECIDED", "CLOSED"]), _negated=True),
                                models.Q(
                                    ("agreed_by__isnull", False),
                                    ("appeal_until__isnull", False),
                                    ("awarded_minor__isnull", False),
                                    ("decided_at__isnull", False),
                                    ("decided_by__isnull", False),
                                    ("decision__gt", ""),
                                    ("proposal__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="dispute_decided_is_whole",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("closed_at__isnull", False),
                                    ("state__in", ("CLOSED", "WITHDRAWN")),
                                ),
                                models.Q(
                                    models.Q(("state__in", ("CLOSED", "WITHDRAWN")), _negated=True),
                                    ("closed_at", None),
                                ),
                                _connector="OR",
                            ),
                            name="dispute_ended_says_when",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "CLOSED"), _negated=True),
                                models.Q(("adjustment", None), ("awarded_minor", 0)),
                                models.Q(("adjustment__isnull", False), ("awarded_minor__gt", 0)),
                                _connector="OR",
                            ),
                            name="dispute_closed_paid_its_award",
                        ),
                    ],
                },
            ),
            *functions("marketplace.assurance", "assurance_dispute_moves"),
            script("marketplace.assurance", "disputes.sql", reverse="disputes_gone.sql"),
            row_trigger(
                "assurance_tradedispute",
                "dispute_moves",
                when="BEFORE INSERT OR UPDATE",
                function="assurance_dispute_moves",
            ),
            protect("assurance_tradedispute", visible=PARTY, writable=IS_PLATFORM),
        ]
    )
