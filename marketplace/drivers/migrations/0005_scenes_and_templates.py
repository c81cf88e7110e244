"""Scenes that two operators publish, and templates that buyers keep."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("catalog", "0015_reference_orders_take_two"),
        ("drivers", "0004_jobs_are_agreed_on"),
        ("identity", "0026_former_codes_are_found"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="OrderScene",
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
                    ("code", models.CharField(max_length=40)),
                    ("version", models.PositiveIntegerField()),
                    ("content", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("published_at", models.DateTimeField()),
                    (
                        "approved_by",
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
                        "published_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("code", "version"), name="order_scene_version_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="OrderTemplate",
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
                    ("name", models.CharField(max_length=60)),
                    (
                        "content",
                        models.JSONField(
                            help_text="how much, how long, and the job if it runs one"
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                    (
                        "listing",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                    (
                        "made_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organization", "name"), name="order_template_name_once"
                        )
                    ],
                },
            ),
            *functions("marketplace.drivers", "drivers_scene_as_agreed"),
            row_trigger(
                "drivers_orderscene",
                "order_scene_as_agreed",
                when="BEFORE INSERT",
                function="drivers_scene_as_agreed",
            ),
            append_only("drivers_orderscene"),
            protect("drivers_orderscene", visible="true", writable=IS_PLATFORM),
            protect("drivers_ordertemplate", visible=owned_by("organization_id")),
        ]
    )
