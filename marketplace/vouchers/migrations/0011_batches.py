"""Vouchers for many from one list."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import append_only, bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0007_certificates_by_their_end"),
        ("vouchers", "0010_programmes_ask_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="VoucherBatch",
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
                    ("number", models.CharField(max_length=24, unique=True)),
                    ("name", models.CharField(max_length=80)),
                    ("made_at", models.DateTimeField()),
                    ("count", models.PositiveIntegerField()),
                    ("total_minor", models.BigIntegerField()),
                    ("list_hash", models.CharField(help_text="of its lines", max_length=64)),
                    (
                        "made_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "made_for",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.programme",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="BatchLine",
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
                    (
                        "named",
                        models.CharField(
                            help_text="the beneficiary, as the list calls it", max_length=80
                        ),
                    ),
                    (
                        "application",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="batch_line",
                            to="vouchers.application",
                        ),
                    ),
                    (
                        "holder",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "made_for",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "batch",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="lines",
                            to="vouchers.voucherbatch",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="voucherbatch",
                index=models.Index(fields=["made_for", "-id"], name="batch_by_maker"),
            ),
            migrations.AddIndex(
                model_name="voucherbatch",
                index=models.Index(fields=["programme", "-id"], name="batch_by_programme"),
            ),
            migrations.AddConstraint(
                model_name="voucherbatch",
                constraint=models.UniqueConstraint(
                    fields=("programme", "made_for", "name"), name="voucher_batch_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="voucherbatch",
                constraint=models.CheckConstraint(
                    condition=models.Q(("count__gt", 0), ("total_minor__gt", 0)),
                    name="voucher_batch_is_positive",
                ),
            ),
            migrations.AddConstraint(
                model_name="batchline",
                constraint=models.UniqueConstraint(
                    fields=("batch", "holder", "named"), name="batch_line_once"
                ),
            ),
            protect("vouchers_voucherbatch", visible=owned_by("made_for_id")),
            append_only("vouchers_voucherbatch"),
            protect("vouchers_batchline", visible=owned_by("made_for_id", "holder_id")),
            append_only("vouchers_batchline"),
            script("marketplace.vouchers", "batch_number.sql", reverse="batch_number_gone.sql"),
        ]
    )
