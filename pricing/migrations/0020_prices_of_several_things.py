"""A plan may have prices of compute, storage and networks together, which `rate-4` rates."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0019_prices_rest_on_documents")]

    operations = bounded(
        [
            new_version("pricing", "pricing_terms_are_sound", version=2),
            new_version("pricing", "pricing_rule_fits", version=2),
            new_version("pricing", "pricing_lines_follow_2", version=3),
            migrations.AlterField(
                model_name="rateplanversion",
                name="terms",
                field=models.JSONField(
                    help_text="what a plan says under `rate-2` or a later rule", null=True
                ),
            ),
        ]
    )
