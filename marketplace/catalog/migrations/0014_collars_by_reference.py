"""A collar may be the reference price of its class: no index moves it then."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("catalog", "0013_listings_are_scored")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="pricecollar",
                name="base",
                field=models.CharField(
                    choices=[
                        ("INDEX", "the index of each day"),
                        ("REFERENCE", "nothing: it is the reference price of the class"),
                    ],
                    db_default="INDEX",
                    default="INDEX",
                    help_text="what moves the reference from then on",
                    max_length=9,
                ),
            ),
            migrations.AddConstraint(
                model_name="pricecollar",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("base", "INDEX"),
                        models.Q(
                            ("base", "REFERENCE"),
                            ("index_day__isnull", True),
                            ("reference__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="collar_by_reference_stays",
                ),
            ),
            new_version("marketplace/catalog", "catalog_collar_as_agreed", version=2),
        ]
    )
