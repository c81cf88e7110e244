"""Accounts are watched."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0008_hardware_serials"),
        ("statements", "0002_closings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="AccountMonitor",
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
                    ("is_desk", models.BooleanField(help_text="of finance, on any account")),
                    ("account", models.CharField(max_length=200)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("BELOW", "Falls below an amount"),
                                ("UNCLEARED", "Is not at zero for days"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("below_minor", models.BigIntegerField(null=True)),
                    ("days", models.PositiveSmallIntegerField(null=True)),
                    ("made_at", models.DateTimeField()),
                    ("due_at", models.DateTimeField(help_text="when it is looked at next")),
                    (
                        "balance_minor",
                        models.BigIntegerField(help_text="as it was seen last", null=True),
                    ),
                    (
                        "raised_at",
                        models.DateTimeField(
                            help_text="since when it is so; empty: it is not", null=True
                        ),
                    ),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "made_by",
                        models.ForeignKey(
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
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("ended_at", None)),
                            fields=["due_at"],
                            name="monitors_due",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at", None)),
                            fields=("organization", "account", "kind"),
                            name="account_is_watched_once_so",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("below_minor__isnull", False),
                                    ("days", None),
                                    ("kind", "BELOW"),
                                ),
                                models.Q(
                                    ("below_minor", None),
                                    ("days__gte", 1),
                                    ("days__lte", 90),
                                    ("kind", "UNCLEARED"),
                                ),
                                _connector="OR",
                            ),
                            name="monitor_says_what_it_looks_for",
                        ),
                    ],
                },
            ),
            script(
                "marketplace.statements",
                "monitor_triggers.sql",
                reverse="monitor_triggers_gone.sql",
            ),
            protect(
                "statements_accountmonitor",
                visible=owned_by("organization_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
