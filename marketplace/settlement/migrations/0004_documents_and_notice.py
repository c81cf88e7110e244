"""Charges and records say which transaction recorded them, and a higher fee has notice."""

from django.db import migrations, models

from common.sql_files import bounded, function, recorded_now, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0003_walls"),
        ("common", "0002_rules_have_notice"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="feerule",
                name="rule",
                field=models.CharField(
                    db_default="fee-1", help_text="the arithmetic, by version", max_length=20
                ),
            ),
            migrations.AddField(
                model_name="charge",
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
                model_name="traderecord",
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
                model_name="charge",
                index=models.Index(fields=["recorded_in", "id"], name="charge_in_order"),
            ),
            migrations.AddIndex(
                model_name="traderecord",
                index=models.Index(fields=["recorded_in", "id"], name="trade_in_order"),
            ),
            recorded_now("settlement_charge"),
            recorded_now("settlement_traderecord"),
            function("marketplace.settlement", "settlement_fee_is_worse", arguments="jsonb, jsonb"),
            row_trigger(
                "settlement_feerule",
                "settlement_feerule_has_notice",
                when="BEFORE INSERT",
                function="suanpan_keep_notice",
                arguments=("published_at", "starts_at", "", "settlement_fee_is_worse"),
            ),
        ]
    )
