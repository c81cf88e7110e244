"""Index values say which transaction recorded them; all rule changes are one list."""

from django.db import migrations, models

from common.sql_files import bounded, recorded_now, script


class Migration(migrations.Migration):
    dependencies = [
        ("bulletin", "0001_initial"),
        ("pricing", "0002_rules_are_announced"),
        ("metering", "0003_documents_and_notice"),
        ("vouchers", "0003_rules_are_announced"),
        ("settlement", "0004_documents_and_notice"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="dailyindex",
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
                model_name="dailyindex",
                index=models.Index(fields=["recorded_in", "id"], name="index_in_order"),
            ),
            recorded_now("bulletin_dailyindex"),
            script("marketplace.bulletin", "rule_changes.sql", reverse="rule_changes_gone.sql"),
            migrations.CreateModel(
                name="RuleChange",
                fields=[
                    ("id", models.UUIDField(primary_key=True, serialize=False)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("RATE_PLAN", "Rate plan"),
                                ("MEASUREMENT", "Measurement rule"),
                                ("PROGRAMME", "Voucher programme"),
                                ("FEE", "Market fee"),
                            ],
                            max_length=11,
                        ),
                    ),
                    ("version", models.PositiveIntegerField()),
                    ("announced_at", models.DateTimeField()),
                    ("effective_at", models.DateTimeField()),
                ],
                options={"db_table": "bulletin_rulechange", "managed": False},
            ),
        ]
    )
