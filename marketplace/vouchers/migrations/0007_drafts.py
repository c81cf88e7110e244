"""Issuers keep drafts of programmes."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_suspensions"),
        ("vouchers", "0006_rules_of_version_2"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ProgrammeDraft",
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
                    ("code", models.CharField(max_length=24)),
                    ("name", models.CharField(max_length=120)),
                    ("name_en", models.CharField(blank=True, max_length=160)),
                    (
                        "region",
                        models.CharField(blank=True, help_text="GB/T 2260 code", max_length=6),
                    ),
                    ("source", models.CharField(max_length=300)),
                    ("rules", models.JSONField()),
                    ("examples", models.JSONField(default=list)),
                    ("revision", models.PositiveIntegerField(default=1)),
                    ("changed_at", models.DateTimeField()),
                    (
                        "issuer",
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
                            fields=("issuer", "code"), name="programme_draft_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("code__regex", "^[A-Z0-9]+(-[A-Z0-9]+)*$")),
                            name="programme_draft_code_is_well_formed",
                        ),
                    ],
                },
            ),
            protect("vouchers_programmedraft", visible=owned_by("issuer_id")),
            script("marketplace.vouchers", "grants_drafts.sql"),
        ]
    )
