"""Organisations are suspended, and reinstated, as two people agree."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("identity", "0004_access_requests"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="organization",
                name="suspended_at",
                field=models.DateTimeField(
                    blank=True,
                    editable=False,
                    help_text="kept by the table of suspensions alone",
                    null=True,
                ),
            ),
            migrations.CreateModel(
                name="Suspension",
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
                    ("reason", models.CharField(max_length=500)),
                    ("since", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("end_reason", models.CharField(blank=True, max_length=500)),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "end_agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "end_proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
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
                    (
                        "proposal",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "reinstated_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "suspended_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organization", "-id"], name="suspension_of_organization"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("reason", ""), _negated=True),
                            name="suspension_has_a_reason",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("end_agreed_by", None),
                                    ("end_proposal", None),
                                    ("end_reason", ""),
                                    ("ended_at", None),
                                    ("reinstated_by", None),
                                ),
                                models.Q(
                                    models.Q(("end_reason", ""), _negated=True),
                                    ("end_agreed_by__isnull", False),
                                    ("end_proposal__isnull", False),
                                    ("ended_at__gte", models.F("since")),
                                    ("reinstated_by__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="suspension_ended_by_two",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at", None)),
                            fields=("organization",),
                            name="organization_suspended_once",
                        ),
                    ],
                },
            ),
            *functions(
                "identity",
                "identity_suspended",
                "identity_require_standing",
                "identity_suspension_as_agreed",
                "identity_suspension_keeps",
                "identity_mark_suspended",
            ),
            script("identity", "suspensions.sql", reverse="suspensions_gone.sql"),
            protect(
                "identity_suspension", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
        ]
    )
