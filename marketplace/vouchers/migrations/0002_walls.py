"""What programmes promise, who decides, and who sees what."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("vouchers", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ProgrammeFunding",
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
                    ("reference", models.CharField(max_length=80)),
                    ("amount_minor", models.BigIntegerField()),
                    ("transfer_id", models.UUIDField(unique=True)),
                    ("funded_at", models.DateTimeField()),
                    (
                        "confirmed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "funded_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="fundings",
                            to="vouchers.programme",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("confirmed_by__isnull", True),
                                models.Q(("confirmed_by", models.F("funded_by")), _negated=True),
                                _connector="OR",
                            ),
                            name="programme_funding_confirmed_by_another",
                        ),
                        models.UniqueConstraint(
                            fields=("programme", "reference"), name="programme_funding_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("amount_minor__gt", 0)),
                            name="programme_funding_is_positive",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="FundingProposal",
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
                    ("amount_minor", models.BigIntegerField()),
                    ("reference", models.CharField(max_length=80)),
                    ("proposed_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PROPOSED", "Waits for a second person"),
                                ("CONFIRMED", "Confirmed"),
                                ("REFUSED", "Refused"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="PROPOSED",
                            max_length=9,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("reason", models.CharField(blank=True, max_length=500)),
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
                        "proposed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="proposals",
                            to="vouchers.programme",
                        ),
                    ),
                    (
                        "funding",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="proposal",
                            to="vouchers.programmefunding",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["state", "-id"], name="funding_proposal_by_state")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("amount_minor__gt", 0)),
                            name="fundingproposal_is_positive",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["PROPOSED", "CONFIRMED", "REFUSED", "WITHDRAWN"])
                            ),
                            name="fundingproposal_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("decided_at__isnull", True),
                                    ("decided_by__isnull", True),
                                    ("state", "PROPOSED"),
                                ),
                                models.Q(
                                    models.Q(("state", "PROPOSED"), _negated=True),
                                    ("decided_at__isnull", False),
                                    ("decided_by__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="fundingproposal_decision_is_whole",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state", "PROPOSED"),
                                models.Q(
                                    ("state", "WITHDRAWN"), ("decided_by", models.F("proposed_by"))
                                ),
                                models.Q(
                                    ("state__in", ["CONFIRMED", "REFUSED"]),
                                    models.Q(
                                        ("decided_by", models.F("proposed_by")), _negated=True
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="fundingproposal_decided_by_another",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["PROPOSED", "CONFIRMED"]),
                                models.Q(("reason", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="fundingproposal_refused_for_a_reason",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("state", "PROPOSED")),
                            fields=("programme", "reference"),
                            name="fundingproposal_waits_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("funding__isnull", False), ("state", "CONFIRMED")),
                                models.Q(
                                    models.Q(("state", "CONFIRMED"), _negated=True),
                                    ("funding__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="fundingproposal_confirmed_is_funded",
                        ),
                    ],
                },
            ),
            *functions("marketplace.vouchers", "vouchers_decide_once"),
            script("marketplace.vouchers", "triggers.sql", reverse="triggers_gone.sql"),
            # Programmes are public; an application and a voucher concern their organisation alone.
            protect("vouchers_programme", visible="true", writable=IS_PLATFORM),
            protect("vouchers_programmeversion", visible="true", writable=IS_PLATFORM),
            protect("vouchers_programmefunding", visible="true", writable=IS_PLATFORM),
            protect("vouchers_voucher", visible=owned_by("holder_id"), writable=IS_PLATFORM),
            # What waits is nobody's yet: those with a duty across the market see it.
            protect("vouchers_fundingproposal", visible=IS_PLATFORM),
            # An applicant applies, and decides nothing.
            protect("vouchers_application", visible=owned_by("applicant_id"), writable=IS_PLATFORM),
            script("marketplace.vouchers", "applicants.sql"),
            script("marketplace.vouchers", "grants.sql"),
        ]
    )
