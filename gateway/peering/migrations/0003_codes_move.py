"""Codes move between nodes: asked at one, expected at the other."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0025_tokens_a_second"),
        ("peering", "0002_days_in_figures"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="CodeMove",
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
                    ("resource_id", models.UUIDField()),
                    ("from_code", models.CharField(max_length=96)),
                    ("to_code", models.CharField(max_length=96)),
                    ("receiver", models.CharField(max_length=6)),
                    ("reason", models.CharField(max_length=500)),
                    ("asked_at", models.DateTimeField()),
                    ("asked_by_id", models.BigIntegerField(null=True)),
                    ("text", models.TextField(blank=True, help_text="what both nodes sign")),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("ASKED", "Waits for the other node"),
                                ("DONE", "Moved"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="ASKED",
                            max_length=9,
                        ),
                    ),
                    ("refusal", models.CharField(blank=True, max_length=40)),
                    ("due_at", models.DateTimeField(help_text="when the other node is asked next")),
                    ("settled_at", models.DateTimeField(null=True)),
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
                    "db_table": "gateway_move",
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "ASKED")),
                            fields=["due_at"],
                            name="move_by_time",
                        ),
                        models.Index(fields=["organization", "-id"], name="move_of_owner"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "WITHDRAWN"), _negated=True),
                            fields=("from_code",),
                            name="move_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("settled_at__isnull", True), ("state", "ASKED")),
                                models.Q(
                                    models.Q(("state", "ASKED"), _negated=True),
                                    ("settled_at__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="move_settled_when",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ExpectedMove",
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
                    ("from_code", models.CharField(max_length=96)),
                    ("to_code", models.CharField(max_length=96)),
                    ("expected_at", models.DateTimeField()),
                    ("expected_by_id", models.BigIntegerField(null=True)),
                    (
                        "text",
                        models.TextField(
                            blank=True, help_text="what the other node asks to be countersigned"
                        ),
                    ),
                    (
                        "line",
                        models.CharField(
                            blank=True, help_text="of this node's register key", max_length=300
                        ),
                    ),
                    ("countersigned_at", models.DateTimeField(null=True)),
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
                    "db_table": "gateway_expectedmove",
                    "indexes": [
                        models.Index(
                            condition=models.Q(models.Q(("text", ""), _negated=True), ("line", "")),
                            fields=["expected_at"],
                            name="expected_to_sign",
                        ),
                        models.Index(fields=["organization", "-id"], name="expected_of_owner"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("from_code", "to_code"), name="expected_once"
                        )
                    ],
                },
            ),
            *functions("gateway.peering", "peering_move_keeps", "peering_expected_keeps"),
            script("gateway.peering", "moves.sql", reverse="moves_gone.sql"),
            protect("gateway_move", visible=owned_by("organization_id")),
            protect("gateway_expectedmove", visible=owned_by("organization_id")),
        ]
    )
