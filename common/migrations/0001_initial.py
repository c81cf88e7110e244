"""Who acts, by which seal; and what no table of facts lets anybody do."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = bounded(
        [
            *functions(
                "common",
                "suanpan_seals",
                "suanpan_tenant",
                "suanpan_is_sign_in",
                "suanpan_refuse_change",
            ),
        ]
    )
