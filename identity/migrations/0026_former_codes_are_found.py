"""What gave way to a code is found without looking at every renaming."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("identity", "0025_tokens_a_second")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="coderename",
                index=GinIndex(fields=["to_codes"], name="code_renamed_to"),
            ),
        ]
    )
