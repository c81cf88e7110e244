"""Plans say terms, which `rate-2` rates: models, times of use and factors, counted in SQL as well."""

from django.db import migrations, models

import common.checks
from common.sql_files import bounded, functions, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0006_storage_and_networks")]

    operations = bounded(
        [
            *functions(
                "pricing",
                "pricing_whole_up",
                "pricing_factor_of",
                "pricing_time_cells",
                "pricing_terms_are_sound",
                "pricing_terms_are_worse",
            ),
            migrations.AddField(
                model_name="rateplanversion",
                name="terms",
                field=models.JSONField(help_text="what a plan says under `rate-2`", null=True),
            ),
            migrations.AddConstraint(
                model_name="rateplanversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("terms__isnull", True),
                        models.Q(
                            ("rating_rule", "rate-2"),
                            common.checks.Sound(
                                models.F("terms"),
                                models.F("components"),
                                function="pricing_terms_are_sound",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="rate_plan_version_terms_are_sound",
                ),
            ),
            migrations.AddConstraint(
                model_name="rateplanversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("rating_rule", "rate-2"), _negated=True),
                        ("terms__isnull", False),
                        _connector="OR",
                    ),
                    name="rate_plan_version_says_terms",
                ),
            ),
            *functions("pricing", "pricing_rated_2", "pricing_lines_follow_2"),
            new_version("pricing", "pricing_quote_adds_up", version=3),
            new_version("pricing", "pricing_version_is_worse", version=3),
        ]
    )
