"""How new organisations come to trade."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0021_organizations_are_onboarded"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ConfirmedLine",
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
                    ("line", models.CharField(max_length=40)),
                    ("note", models.CharField(max_length=500)),
                    ("confirmed_at", models.DateTimeField()),
                    (
                        "confirmed_by",
                        models.ForeignKey(
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
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organization", "line"), name="checklist_line_confirmed_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("note", ""), _negated=True),
                            name="confirmed_line_says_how",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Onboarding",
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
                            max_length=8,
                        ),
                    ),
                    (
                        "checklist",
                        models.PositiveSmallIntegerField(help_text="the version that asks"),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("activated_at", models.DateTimeField(null=True)),
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
                        "opened_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
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
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("role__in", ("BUYER", "PROVIDER", "AUDITOR"))),
                            name="onboarding_role_is_asked_for",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("activated_at", None),
                                    ("agreed_by", None),
                                    ("proposal", None),
                                    ("proposed_by", None),
                                ),
                                models.Q(
                                    ("activated_at__gte", models.F("opened_at")),
                                    ("agreed_by__isnull", False),
                                    ("proposal__isnull", False),
                                    ("proposed_by__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="onboarding_ended_by_two",
                        ),
                    ],
                },
            ),
            *functions("identity.onboarding", "onboarding_as_agreed", "onboarding_mark"),
            script("identity.onboarding", "onboarding.sql", reverse="onboarding_gone.sql"),
            protect(
                "onboarding_onboarding", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            protect(
                "onboarding_confirmedline",
                visible=owned_by("organization_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
