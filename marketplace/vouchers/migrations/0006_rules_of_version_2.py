"""Rules of version 2 are compared member by member, as those before them."""

from django.db import migrations

from common.sql_files import bounded, function, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0005_of_standing"),
    ]

    operations = bounded(
        [
            function(
                "marketplace.vouchers", "vouchers_rules_1_are_worse", arguments="jsonb, jsonb"
            ),
            function(
                "marketplace.vouchers", "vouchers_rules_2_are_worse", arguments="jsonb, jsonb"
            ),
            new_version("marketplace.vouchers", "vouchers_version_is_worse", version=2),
        ]
    )
