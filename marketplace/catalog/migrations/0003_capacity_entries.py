import django.db.models.deletion
from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0002_listing_counts"),
        ("identity", "0003_wall_between_tenants"),
    ]

    operations = [
        migrations.CreateModel(
            name="CapacityEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=80)),
                (
                    "row",
                    models.CharField(
                        help_text="what the row is known by within its source", max_length=160
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.organization",
                    ),
                ),
                (
                    "resource",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.computeresource",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="capacityentry",
            constraint=models.UniqueConstraint(
                fields=("provider", "source", "row"), name="capacity_enters_once"
            ),
        ),
        protect("catalog_capacityentry", visible=owned_by("provider_id"), writable=IS_PLATFORM),
    ]
