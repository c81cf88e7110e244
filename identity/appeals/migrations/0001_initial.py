"""Appeals of organisations that are suspended."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0025_tokens_a_second"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Appeal",
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
                    ("text", models.TextField()),
                    (
                        "files",
                        models.JSONField(default=list, help_text="file_id, name and bytes of each"),
                    ),
                    ("made_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waiting for an answer"),
                                ("LIFTED", "Suspension lifted"),
                                ("KEPT", "Suspension stays"),
                            ],
                            default="WAITING",
                            max_length=7,
                        ),
                    ),
                    ("answer", models.CharField(blank=True, max_length=500)),
                    ("answered_at", models.DateTimeField(null=True)),
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
                        "made_by",
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
                        "suspension",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.suspension",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organization", "-id"], name="appeal_of_organization"),
                        models.Index(
                            condition=models.Q(("state", "WAITING")),
                            fields=["id"],
                            name="appeal_waiting",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("text", ""), _negated=True), name="appeal_says_why"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("agreed_by", None),
                                    ("answer", ""),
                                    ("answered_at", None),
                                    ("answered_by", None),
                                    ("proposal", None),
                                    ("state", "WAITING"),
                                ),
                                models.Q(
                                    ("agreed_by__isnull", False),
                                    ("answered_at__gte", models.F("made_at")),
                                    ("answered_by__isnull", False),
                                    ("proposal__isnull", False),
                                    ("state__in", ["LIFTED", "KEPT"]),
                                    models.Q(("answer", ""), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="appeal_answered_whole",
                        ),
                    ],
                },
            ),
            *functions(
                "identity.appeals", "appeals_made_once", "appeals_answered_once", "appeals_lifted"
            ),
            script("identity.appeals", "appeals.sql", reverse="appeals_gone.sql"),
            protect("appeals_appeal", visible=owned_by("organization_id")),
        ]
    )
