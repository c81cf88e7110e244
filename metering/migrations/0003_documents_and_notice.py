"""Facts say which transaction recorded them, and other measuring has notice."""

from django.db import migrations, models

from common.sql_files import bounded, function, recorded_now, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0002_walls"),
        ("common", "0002_rules_have_notice"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="capacitycertificate",
                name="recorded_in",
                field=models.BigIntegerField(
                    db_default=models.functions.Cast(
                        models.functions.Cast(
                            models.Func(function="pg_current_xact_id"), models.TextField()
                        ),
                        models.BigIntegerField(),
                    ),
                    editable=False,
                    help_text="the transaction that recorded it, set by the database",
                ),
            ),
            migrations.AddField(
                model_name="usagerecord",
                name="recorded_in",
                field=models.BigIntegerField(
                    db_default=models.functions.Cast(
                        models.functions.Cast(
                            models.Func(function="pg_current_xact_id"), models.TextField()
                        ),
                        models.BigIntegerField(),
                    ),
                    editable=False,
                    help_text="the transaction that recorded it, set by the database",
                ),
            ),
            migrations.AddField(
                model_name="windowdecision",
                name="recorded_in",
                field=models.BigIntegerField(
                    db_default=models.functions.Cast(
                        models.functions.Cast(
                            models.Func(function="pg_current_xact_id"), models.TextField()
                        ),
                        models.BigIntegerField(),
                    ),
                    editable=False,
                    help_text="the transaction that recorded it, set by the database",
                ),
            ),
            migrations.AddIndex(
                model_name="capacitycertificate",
                index=models.Index(fields=["recorded_in", "id"], name="certificate_in_order"),
            ),
            migrations.AddIndex(
                model_name="usagerecord",
                index=models.Index(fields=["recorded_in", "id"], name="usage_in_order"),
            ),
            migrations.AddIndex(
                model_name="windowdecision",
                index=models.Index(fields=["recorded_in", "id"], name="decision_in_order"),
            ),
            recorded_now("metering_capacitycertificate"),
            recorded_now("metering_usagerecord"),
            recorded_now("metering_windowdecision"),
            function("metering", "metering_version_is_worse", arguments="jsonb, jsonb"),
            row_trigger(
                "metering_measurementruleversion",
                "metering_measurementruleversion_has_notice",
                when="BEFORE INSERT",
                function="suanpan_keep_notice",
                arguments=("published_at", "valid_from", "rule_id", "metering_version_is_worse"),
            ),
        ]
    )
