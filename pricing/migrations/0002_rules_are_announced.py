"""Plans name their rating rule, and dearer versions have notice."""

from django.db import migrations, models

from common.sql_files import bounded, function, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0001_initial"),
        ("common", "0002_rules_have_notice"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="rateplanversion",
                name="rating_rule",
                field=models.CharField(
                    db_default="rate-1", help_text="the arithmetic, by version", max_length=20
                ),
            ),
            migrations.AddIndex(
                model_name="rateplanversion",
                index=models.Index(
                    condition=models.Q(("version__gt", 1)),
                    fields=["-published_at", "-id"],
                    name="rate_plan_changes",
                ),
            ),
            function("pricing", "pricing_version_is_worse", arguments="jsonb, jsonb"),
            row_trigger(
                "pricing_rateplanversion",
                "pricing_rateplanversion_has_notice",
                when="BEFORE INSERT",
                function="suanpan_keep_notice",
                arguments=("published_at", "starts_at", "plan_id", "pricing_version_is_worse"),
            ),
        ]
    )
