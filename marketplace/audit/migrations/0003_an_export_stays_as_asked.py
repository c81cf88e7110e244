"""What was asked of an export never changes while it is written, again if need be."""

from django.db import migrations

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_documents_are_sealed"),
        ("identity", "0001_initial"),
    ]

    operations = bounded([script("marketplace.audit", "triggers.sql", reverse="triggers_gone.sql")])
