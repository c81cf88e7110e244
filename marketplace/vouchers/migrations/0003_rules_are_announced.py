"""Programmes say when their rules were announced, and those that give less have notice."""

from datetime import UTC, datetime

from django.db import migrations, models

from common.sql_files import bounded, function, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0002_walls"),
        ("common", "0002_rules_have_notice"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="programmeversion",
                name="published_at",
                field=models.DateTimeField(default=datetime(2026, 1, 1, tzinfo=UTC)),
                preserve_default=False,
            ),
            function("marketplace.vouchers", "vouchers_version_is_worse", arguments="jsonb, jsonb"),
            row_trigger(
                "vouchers_programmeversion",
                "vouchers_programmeversion_has_notice",
                when="BEFORE INSERT",
                function="suanpan_keep_notice",
                arguments=(
                    "published_at",
                    "valid_from",
                    "programme_id",
                    "vouchers_version_is_worse",
                ),
            ),
        ]
    )
