"""Notices, how people want letters, and how far the record was read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Reader",
                fields=[
                    (
                        "id",
                        models.PositiveSmallIntegerField(
                            default=1, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "cursor",
                        models.CharField(
                            blank=True, help_text="of the record of events", max_length=100
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("id", 1)), name="notice_reader_is_one"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="LetterChoice",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "topic",
                        models.CharField(
                            choices=[
                                ("ORDERS", "Orders"),
                                ("SUPPLY", "Listings and prices"),
                                ("METERING", "Metering"),
                                ("MONEY", "Money"),
                                ("VOUCHERS", "Vouchers"),
                                ("DECISIONS", "Decisions that wait for you"),
                                ("PEOPLE", "Members, keys and access"),
                                ("OPERATION", "Operation of the market"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "letters",
                        models.CharField(
                            choices=[
                                ("AT_ONCE", "At once"),
                                ("DAILY", "Once a day"),
                                ("NEVER", "Never"),
                            ],
                            max_length=7,
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
                            fields=("user", "organization", "topic"),
                            name="notice_letter_choice_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("letters__in", ["AT_ONCE", "DAILY", "NEVER"])),
                            name="notice_letter_choice_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Notice",
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
                    ("name", models.CharField(help_text="of the event", max_length=64)),
                    (
                        "topic",
                        models.CharField(
                            choices=[
                                ("ORDERS", "Orders"),
                                ("SUPPLY", "Listings and prices"),
                                ("METERING", "Metering"),
                                ("MONEY", "Money"),
                                ("VOUCHERS", "Vouchers"),
                                ("DECISIONS", "Decisions that wait for you"),
                                ("PEOPLE", "Members, keys and access"),
                                ("OPERATION", "Operation of the market"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "bundle",
                        models.CharField(
                            help_text="the event, or the ten minutes it is counted in",
                            max_length=40,
                        ),
                    ),
                    ("count", models.PositiveIntegerField(default=1)),
                    ("object_kind", models.CharField(max_length=32)),
                    (
                        "object_id",
                        models.CharField(help_text="empty for several objects", max_length=64),
                    ),
                    ("object_label", models.CharField(max_length=200)),
                    ("happened_at", models.DateTimeField(help_text="of several events the last")),
                    ("noticed_at", models.DateTimeField()),
                    ("read_at", models.DateTimeField(null=True)),
                    (
                        "answered_at",
                        models.DateTimeField(
                            help_text="when somebody did what it asks for", null=True
                        ),
                    ),
                    (
                        "remind_at",
                        models.DateTimeField(help_text="when it is called to mind next", null=True),
                    ),
                    ("reminders", models.PositiveSmallIntegerField(default=0)),
                    (
                        "letter",
                        models.CharField(
                            choices=[
                                ("NONE", "No letter"),
                                ("DUE", "To be sent"),
                                ("SENT", "Sent"),
                                ("FAILED", "Given up"),
                            ],
                            max_length=6,
                        ),
                    ),
                    ("letter_due_at", models.DateTimeField(null=True)),
                    ("letter_tries", models.PositiveSmallIntegerField(default=0)),
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
                    "indexes": [
                        models.Index(
                            fields=["user", "organization", "-id"], name="notice_of_person"
                        ),
                        models.Index(
                            condition=models.Q(("read_at", None)),
                            fields=["user", "organization"],
                            name="notice_unread",
                        ),
                        models.Index(
                            condition=models.Q(("letter", "DUE")),
                            fields=["letter_due_at"],
                            name="notice_letter_due",
                        ),
                        models.Index(
                            condition=models.Q(("remind_at__isnull", False)),
                            fields=["remind_at"],
                            name="notice_remind",
                        ),
                        models.Index(
                            condition=models.Q(("answered_at", None), ("remind_at__isnull", False)),
                            fields=["object_id"],
                            name="notice_asking",
                        ),
                        models.Index(fields=["noticed_at"], name="notice_by_age"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("user", "organization", "name", "bundle"), name="notice_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("count__gte", 1)), name="notice_counts_something"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("letter__in", ["NONE", "DUE", "SENT", "FAILED"])),
                            name="notice_letter_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("letter", "DUE"), _negated=True),
                                ("letter_due_at__isnull", False),
                                _connector="OR",
                            ),
                            name="notice_due_letter_has_a_time",
                        ),
                    ],
                },
            ),
            migrations.RunSQL(
                "INSERT INTO notices_reader (id, cursor) VALUES (1, '')", migrations.RunSQL.noop
            ),
            migrations.RunSQL(
                "REVOKE INSERT, DELETE ON notices_reader FROM suanpan_app", migrations.RunSQL.noop
            ),
            protect("notices_notice", visible=owned_by("organization_id")),
            protect("notices_letterchoice", visible=owned_by("organization_id")),
            protect("notices_reader", visible=IS_PLATFORM),
        ]
    )
