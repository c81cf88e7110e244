"""Providers ask for pools, and two operators allot them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0027_grants_end_with_their_owner"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="PoolRequest",
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
                    ("name", models.CharField(max_length=120)),
                    ("resources_max", models.PositiveIntegerField()),
                    (
                        "regions",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=6), default=list, size=20
                        ),
                    ),
                    (
                        "classes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=8), default=list, size=3
                        ),
                    ),
                    ("reason", models.CharField(max_length=500)),
                    ("asked_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waiting for an answer"),
                                ("ALLOTTED", "Pool allotted"),
                                ("DECLINED", "Declined"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="WAITING",
                            max_length=9,
                        ),
                    ),
                    ("answer", models.CharField(blank=True, max_length=500)),
                    ("answered_at", models.DateTimeField(null=True)),
                    ("proposal_id", models.UUIDField(null=True)),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                        "asked_by",
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
                    (
                        "pool",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.pool",
                        ),
                    ),
                ],
                options={
                    "db_table": "identity_poolrequest",
                    "indexes": [
                        models.Index(
                            fields=["organization", "-id"], name="pool_request_of_organization"
                        ),
                        models.Index(
                            condition=models.Q(("state", "WAITING")),
                            fields=["id"],
                            name="pool_request_waiting",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "WAITING")),
                            fields=("organization",),
                            name="pool_request_waits_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("resources_max__gte", 1),
                                models.Q(("name", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            name="pool_request_says_what_for",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("agreed_by", None),
                                    ("answer", ""),
                                    ("answered_at", None),
                                    ("answered_by", None),
                                    ("pool", None),
                                    ("proposal_id", None),
                                    ("state", "WAITING"),
                                ),
                                models.Q(
                                    ("agreed_by__isnull", False),
                                    ("answered_at__gte", models.F("asked_at")),
                                    ("answered_by__isnull", False),
                                    ("pool__isnull", False),
                                    ("proposal_id__isnull", False),
                                    ("state", "ALLOTTED"),
                                ),
                                models.Q(
                                    models.Q(
                                        ("state", "WITHDRAWN"),
                                        models.Q(
                                            ("state", "DECLINED"),
                                            models.Q(("answer", ""), _negated=True),
                                        ),
                                        _connector="OR",
                                    ),
                                    ("agreed_by", None),
                                    ("answered_at__gte", models.F("asked_at")),
                                    ("answered_by__isnull", False),
                                    ("pool", None),
                                    ("proposal_id", None),
                                ),
                                _connector="OR",
                            ),
                            name="pool_request_answered_whole",
                        ),
                    ],
                },
            ),
            *functions("identity", "identity_pool_request_stays"),
            script("identity", "pool_requests.sql", reverse="pool_requests_gone.sql"),
            protect("identity_poolrequest", visible=owned_by("organization_id")),
        ]
    )
