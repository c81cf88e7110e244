"""Whatever is granted waits for its signature by itself."""

from django.db import migrations

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0001_initial"),
        ("identity", "0023_prefixes_are_granted"),
    ]

    operations = bounded(
        [
            *functions("gateway", "gateway_note_granted"),
            script("gateway", "grants_are_signed.sql", reverse="grants_are_signed_gone.sql"),
        ]
    )
