"""How people want their lists: columns, rows of a page, and views with a name."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ListChoice",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("list_name", models.CharField(max_length=40)),
                    (
                        "columns",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=40),
                            default=list,
                            help_text="empty: those that the list shows by itself",
                            size=None,
                        ),
                    ),
                    (
                        "density",
                        models.CharField(
                            choices=[
                                ("COMFORTABLE", "Comfortable rows"),
                                ("COMPACT", "Compact rows"),
                            ],
                            default="COMFORTABLE",
                            max_length=11,
                        ),
                    ),
                    (
                        "size",
                        models.PositiveSmallIntegerField(help_text="rows of a page", null=True),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("user", "organization", "list_name"), name="lists_choice_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("columns__len__lte", 40)),
                            name="lists_choice_columns_are_bounded",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("density__in", ["COMFORTABLE", "COMPACT"])),
                            name="lists_choice_density_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("size__isnull", True),
                                ("size__in", (10, 20, 25, 50, 100)),
                                _connector="OR",
                            ),
                            name="lists_choice_size_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SavedView",
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
                    ("list_name", models.CharField(max_length=40)),
                    (
                        "place",
                        models.PositiveSmallIntegerField(
                            help_text="from 1; they bound how many there are"
                        ),
                    ),
                    ("name", models.CharField(max_length=40)),
                    ("query", models.CharField(blank=True, max_length=2000)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("user", "organization", "list_name", "place"),
                            name="lists_view_place_once",
                        ),
                        models.UniqueConstraint(
                            fields=("user", "organization", "list_name", "name"),
                            name="lists_view_name_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("place__gte", 1), ("place__lte", 20)),
                            name="lists_view_place_is_bounded",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("name__gt", "")), name="lists_view_has_a_name"
                        ),
                    ],
                },
            ),
            protect("lists_listchoice", visible=owned_by("organization_id")),
            protect("lists_savedview", visible=owned_by("organization_id")),
        ]
    )
