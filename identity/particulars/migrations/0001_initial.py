"""What organisations were called, and where they are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0023_prefixes_are_granted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="FormerName",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("name", models.CharField(max_length=120)),
                    ("name_en", models.CharField(blank=True, max_length=160)),
                    ("since", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organization", "-id"], name="names_of_organization")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Place",
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
                        "kind",
                        models.CharField(
                            choices=[
                                ("REGISTERED", "Registered office"),
                                ("BUSINESS", "Place of business"),
                                ("POSTAL", "Postal address"),
                                ("BRANCH", "Branch"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("name", models.CharField(blank=True, help_text="of a branch", max_length=120)),
                    ("name_en", models.CharField(blank=True, max_length=120)),
                    ("address", models.CharField(max_length=200)),
                    ("address_en", models.CharField(blank=True, max_length=200)),
                    (
                        "region",
                        models.CharField(blank=True, help_text="GB/T 2260 code", max_length=6),
                    ),
                    ("valid_from", models.DateField()),
                    (
                        "valid_to",
                        models.DateField(help_text="exclusive; empty while it lasts", null=True),
                    ),
                    ("recorded_at", models.DateTimeField()),
                    (
                        "ended_by",
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
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
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
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organization", "-valid_from"], name="places_of_organization"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("valid_to", None),
                                ("valid_to__gt", models.F("valid_from")),
                                _connector="OR",
                            ),
                            name="place_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("kind", "BRANCH"), _negated=True),
                                models.Q(("name", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="branch_has_a_name",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(
                                ("valid_to", None), models.Q(("kind", "BRANCH"), _negated=True)
                            ),
                            fields=("organization", "kind"),
                            name="place_of_a_kind_lasts_once",
                        ),
                    ],
                },
            ),
            *functions("identity.particulars", "particulars_keep_name", "particulars_place_keeps"),
            script("identity.particulars", "particulars.sql", reverse="particulars_gone.sql"),
            protect("particulars_formername", visible=owned_by("organization_id")),
            protect("particulars_place", visible=owned_by("organization_id"), writable=IS_PLATFORM),
        ]
    )
