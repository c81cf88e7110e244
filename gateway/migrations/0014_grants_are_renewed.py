"""Grants outlive the keys that signed them, too."""

from django.db import migrations

from common.sql_files import Function, bounded, script


class Migration(migrations.Migration):
    dependencies = [("gateway", "0013_texts_are_renewed")]

    operations = bounded(
        [
            Function("gateway", "gateway_note_renewals", version=2),
            script("gateway", "grants_are_renewed.sql", reverse="grants_are_renewed_gone.sql"),
        ]
    )
