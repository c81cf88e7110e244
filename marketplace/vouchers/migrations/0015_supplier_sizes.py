"""Suppliers qualify with a size, as two people agreed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0010_storage_and_networks"),
        ("vouchers", "0014_control_of_claims"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="SupplierSize",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("pflops", models.PositiveIntegerField(help_text="null: unknown", null=True)),
                    ("racks", models.PositiveIntegerField(help_text="null: unknown", null=True)),
                    (
                        "origin",
                        models.CharField(
                            choices=[
                                ("QUALIFIED", "Qualified on documents"),
                                ("AUDITED", "Found by an audit"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("reference", models.CharField(help_text="document or audit", max_length=80)),
                    ("valid_from", models.DateTimeField()),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "recorded_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "supplier",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["supplier", "-valid_from", "-id"], name="supplier_size_newest"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("pflops__isnull", False), ("racks__isnull", False), _connector="OR"
                            ),
                            name="supplier_size_says_something",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("origin__in", ["QUALIFIED", "AUDITED"])),
                            name="supplier_size_origin_known",
                        ),
                    ],
                },
            ),
            *functions("marketplace.vouchers", "vouchers_size_as_agreed"),
            row_trigger(
                "vouchers_suppliersize",
                "supplier_size_as_agreed",
                when="BEFORE INSERT",
                function="vouchers_size_as_agreed",
            ),
            append_only("vouchers_suppliersize"),
            protect("vouchers_suppliersize", visible="true", writable=IS_PLATFORM),
        ]
    )
