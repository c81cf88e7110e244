"""Who decided on an application, and on whose review, stays."""

from django.db import migrations

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0008_life_of_an_application")]

    operations = bounded(
        [script("marketplace.vouchers", "decided_once.sql", reverse="decided_once_gone.sql")]
    )
