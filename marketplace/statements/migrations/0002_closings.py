"""Months are closed as two persons agreed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("statements", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="BookClosing",
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
                    ("month", models.DateField()),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("checklist", models.JSONField()),
                    (
                        "trial_hash",
                        models.CharField(
                            help_text="of the trial balance at its end", max_length=64
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PROPOSED", "Waits for a second person"),
                                ("CLOSED", "Closed"),
                            ],
                            default="PROPOSED",
                            max_length=8,
                        ),
                    ),
                    ("proposed_at", models.DateTimeField()),
                    ("closed_at", models.DateTimeField(null=True)),
                    (
                        "closed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "proposed_by",
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
                            condition=models.Q(("state", "CLOSED")),
                            fields=("month",),
                            name="month_is_closed_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("closed_at", None), ("closed_by", None), ("state", "PROPOSED")
                                ),
                                models.Q(
                                    ("closed_at__isnull", False),
                                    ("closed_by__isnull", False),
                                    ("state", "CLOSED"),
                                    ("proposal__isnull", False),
                                    models.Q(("closed_by", models.F("proposed_by")), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="month_is_closed_by_another",
                        ),
                    ],
                },
            ),
            *functions("marketplace.statements", "statements_closing_as_agreed"),
            script(
                "marketplace.statements",
                "closing_triggers.sql",
                reverse="closing_triggers_gone.sql",
            ),
            protect("statements_bookclosing", visible=IS_PLATFORM),
        ]
    )
