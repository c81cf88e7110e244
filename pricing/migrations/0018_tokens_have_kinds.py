"""Tokens may have a price by kind, which `rate-3` rates: in plans, their lines and quotes."""

from django.db import migrations, models

import common.checks
from common.sql_files import bounded, function, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0017_paths_are_told_now")]

    operations = bounded(
        [
            new_version("pricing", "pricing_components_are_sound", version=3),
            new_version("pricing", "pricing_lines_follow_2", version=2),
            function("pricing", "pricing_tokens_by_kind"),
            function("pricing", "pricing_rule_fits"),
            new_version("pricing", "pricing_quote_adds_up", version=5),
            migrations.RemoveConstraint(
                model_name="rateplanversion", name="rate_plan_version_terms_are_sound"
            ),
            migrations.RemoveConstraint(
                model_name="rateplanversion", name="rate_plan_version_says_terms"
            ),
            migrations.AlterField(
                model_name="rateplanversion",
                name="terms",
                field=models.JSONField(
                    help_text="what a plan says under `rate-2` or `rate-3`", null=True
                ),
            ),
            migrations.AddConstraint(
                model_name="rateplanversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("terms__isnull", True),
                        common.checks.Sound(
                            models.F("terms"),
                            models.F("components"),
                            function="pricing_terms_are_sound",
                        ),
                        _connector="OR",
                    ),
                    name="rate_plan_version_terms_are_sound",
                ),
            ),
            migrations.AddConstraint(
                model_name="rateplanversion",
                constraint=models.CheckConstraint(
                    condition=common.checks.Sound(
                        models.F("rating_rule"),
                        models.F("components"),
                        models.F("terms"),
                        function="pricing_rule_fits",
                    ),
                    name="rate_plan_version_rule_fits",
                ),
            ),
        ]
    )
