"""Strangers who ask to be let in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_people_choose_how_they_read"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="AccessRequest",
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
                    ("organization_name", models.CharField(max_length=120)),
                    ("person_name", models.CharField(max_length=80)),
                    ("email", models.EmailField(max_length=254)),
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
                    ("message", models.CharField(blank=True, max_length=2000)),
                    ("language", models.CharField(max_length=10)),
                    ("asked_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waits for an answer"),
                                ("ACCEPTED", "Accepted"),
                                ("DECLINED", "Declined"),
                            ],
                            default="WAITING",
                            max_length=8,
                        ),
                    ),
                    ("answer", models.CharField(blank=True, max_length=2000)),
                    ("answered_at", models.DateTimeField(null=True)),
                    (
                        "answered_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["asked_at"], name="access_by_time")],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "WAITING")),
                            fields=("uscc", "email", "role"),
                            name="access_asked_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("uscc__regex", "^[0-9A-HJ-NPQRTUW-Y]{18}$")),
                            name="access_uscc_is_well_formed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("role__in", ("BUYER", "PROVIDER", "AUDITOR"))),
                            name="access_role_may_be_asked_for",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("answered_at", None),
                                    ("answered_by", None),
                                    ("state", "WAITING"),
                                ),
                                models.Q(
                                    ("answered_at__isnull", False),
                                    ("answered_by__isnull", False),
                                    ("state__in", ("ACCEPTED", "DECLINED")),
                                ),
                                _connector="OR",
                            ),
                            name="access_answered_by_somebody",
                        ),
                    ],
                },
            ),
            protect("identity_accessrequest", visible=IS_PLATFORM),
            script("identity", "access_grants.sql"),
            *functions("identity", "identity_ask_access", "identity_answered_once"),
            row_trigger(
                "identity_accessrequest",
                "access_answered_once",
                when="BEFORE UPDATE",
                function="identity_answered_once",
            ),
        ]
    )
