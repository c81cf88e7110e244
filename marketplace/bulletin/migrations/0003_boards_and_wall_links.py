"""Boards of figures that are shown in large, and links that show them to halls."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    dependencies = [
        ("bulletin", "0002_rule_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Board",
                fields=[
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("PUBLIC", "Everybody"),
                                ("WALL", "Big screen"),
                                ("ALARMS", "Alarms"),
                            ],
                            max_length=6,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("taken_at", models.DateTimeField()),
                    ("content", models.JSONField()),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["PUBLIC", "WALL", "ALARMS"])),
                            name="board_kind_is_known",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="WallLink",
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
                    ("label", models.CharField(help_text="where the screen hangs", max_length=80)),
                    ("link_hash", models.CharField(max_length=64, unique=True)),
                    ("issued_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("revoked_at", models.DateTimeField(null=True)),
                    (
                        "issued_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "revoked_by",
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
                            condition=models.Q(
                                ("expires_at__gt", models.F("issued_at")),
                                (
                                    "expires_at__lte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("issued_at"),
                                        "+",
                                        models.Value(datetime.timedelta(days=366)),
                                    ),
                                ),
                            ),
                            name="wall_link_ends",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("revoked_at__isnull", True), ("revoked_by__isnull", True)
                                ),
                                models.Q(
                                    ("revoked_at__isnull", False), ("revoked_by__isnull", False)
                                ),
                                _connector="OR",
                            ),
                            name="wall_link_revoked_by_somebody",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("link_hash__regex", "^[0-9a-f]{64}$")),
                            name="wall_link_keeps_a_hash",
                        ),
                    ],
                },
            ),
            protect(
                "bulletin_board",
                visible=f"kind = 'PUBLIC' OR {IS_PLATFORM}",
                writable=IS_PLATFORM,
            ),
            protect("bulletin_walllink", visible=IS_PLATFORM),
            script("marketplace.bulletin", "board_grants.sql"),
            *functions("marketplace.bulletin", "bulletin_wall", "bulletin_revoked_once"),
            row_trigger(
                "bulletin_walllink",
                "wall_link_revoked_once",
                when="BEFORE UPDATE",
                function="bulletin_revoked_once",
            ),
        ]
    )
