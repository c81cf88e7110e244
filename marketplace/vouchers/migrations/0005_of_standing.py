"""Who is suspended gets no vouchers."""

from django.db import migrations

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_suspensions"),
        ("vouchers", "0004_as_two_agreed"),
    ]

    operations = bounded(
        [script("marketplace.vouchers", "of_standing.sql", reverse="of_standing_gone.sql")]
    )
