"""A person asks to be erased; a request is answered once, and is read by the market alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ErasureRequest",
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
                        "words",
                        models.CharField(
                            blank=True, help_text="gone with the person", max_length=500
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waits for the operator"),
                                ("WITHDRAWN", "Withdrawn"),
                                ("REFUSED", "Refused"),
                                ("DONE", "Erased"),
                            ],
                            default="WAITING",
                            max_length=9,
                        ),
                    ),
                    ("over_at", models.DateTimeField(null=True)),
                    (
                        "answer",
                        models.CharField(
                            blank=True, help_text="why it was refused", max_length=500
                        ),
                    ),
                    (
                        "answered_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "user",
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
                            condition=models.Q(("state", "WAITING")),
                            fields=["asked_at"],
                            name="erasure_requests_that_wait",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "WAITING")),
                            fields=("user",),
                            name="erasure_asked_once_at_a_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("over_at", None), ("state", "WAITING")),
                                models.Q(
                                    models.Q(("state", "WAITING"), _negated=True),
                                    ("over_at__gte", models.F("asked_at")),
                                ),
                                _connector="OR",
                            ),
                            name="erasure_request_over_at_a_moment",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "REFUSED"), _negated=True),
                                models.Q(
                                    models.Q(("answer", ""), _negated=True),
                                    ("answered_by__isnull", False),
                                    models.Q(("answered_by", models.F("user")), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="erasure_refused_with_a_reason_by_another",
                        ),
                    ],
                },
            ),
            *functions("identity.rights", "rights_request_answered_once"),
            row_trigger(
                "rights_erasurerequest",
                "request_answered_once",
                when="BEFORE UPDATE",
                function="rights_request_answered_once",
            ),
            migrations.RunSQL(
                "REVOKE DELETE ON rights_erasurerequest FROM suanpan_app",
                "GRANT DELETE ON rights_erasurerequest TO suanpan_app",
            ),
            protect("rights_erasurerequest", visible=IS_PLATFORM),
        ]
    )
