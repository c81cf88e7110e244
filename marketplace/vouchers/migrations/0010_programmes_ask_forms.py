"""Programmes ask forms of their applicants."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    dependencies = [
        ("forms", "0001_initial"),
        ("vouchers", "0009_decided_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="application",
                name="submission",
                field=models.OneToOneField(
                    help_text="what was answered to the programme's form",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="forms.formsubmission",
                ),
            ),
            migrations.CreateModel(
                name="ProgrammeFormChoice",
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
                    ("chosen_at", models.DateTimeField()),
                    (
                        "chosen_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="forms",
                            to="vouchers.programme",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["programme", "-id"], name="form_of_programme")
                    ],
                },
            ),
            protect("vouchers_programmeformchoice", visible="true", writable=IS_PLATFORM),
            append_only("vouchers_programmeformchoice"),
        ]
    )
