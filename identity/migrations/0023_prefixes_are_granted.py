"""Prefixes of codes are granted: to nodes, owners and pools, each time in a row that stays."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, new_version, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0022_organizations_are_closed"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="IdentifierGrant",
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
                    ("profile", models.CharField(max_length=8)),
                    ("prefix", models.CharField(max_length=96)),
                    ("sequence", models.PositiveIntegerField()),
                    (
                        "is_current",
                        models.BooleanField(default=True, help_text="kept by a trigger alone"),
                    ),
                    (
                        "level",
                        models.CharField(
                            choices=[("node", "Node"), ("owner", "Owner"), ("pool", "Pool")],
                            max_length=8,
                        ),
                    ),
                    ("depth", models.PositiveSmallIntegerField()),
                    ("issuer", models.CharField(help_text="the node that signs it", max_length=20)),
                    (
                        "subject_node",
                        models.CharField(
                            help_text="the node that may grant below it", max_length=20
                        ),
                    ),
                    ("name", models.CharField(max_length=160)),
                    ("host", models.CharField(help_text="the node that answers", max_length=20)),
                    (
                        "rights",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=8), size=3
                        ),
                    ),
                    ("limits", models.JSONField(default=dict)),
                    ("parent_prefix", models.CharField(blank=True, max_length=96)),
                    ("not_before", models.DateTimeField()),
                    ("not_after", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("ACTIVE", "Active"),
                                ("SUSPENDED", "Suspended"),
                                ("ENDED", "Ended"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    ("recorded_at", models.DateTimeField()),
                    ("recorded_by_id", models.BigIntegerField(null=True)),
                    ("agreed_by_id", models.BigIntegerField(null=True)),
                    ("proposal_id", models.UUIDField(null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "db_table": "identity_grant",
                    "indexes": [
                        models.Index(
                            condition=models.Q(
                                ("is_current", True), models.Q(("state", "ACTIVE"), _negated=True)
                            ),
                            fields=["prefix"],
                            name="grant_halted",
                        ),
                        models.Index(
                            condition=models.Q(
                                ("is_current", True), models.Q(("state", "ENDED"), _negated=True)
                            ),
                            fields=["not_after"],
                            name="grant_by_end",
                        ),
                        models.Index(
                            condition=models.Q(("is_current", True)),
                            fields=["parent_prefix"],
                            name="grant_by_parent",
                        ),
                        models.Index(
                            condition=models.Q(("is_current", True)),
                            fields=["organization", "-id"],
                            name="grant_of_organization",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("profile", "prefix", "sequence"), name="grant_sequence_once"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("is_current", True)),
                            fields=("prefix",),
                            name="grant_of_a_prefix_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("not_after__gt", models.F("not_before"))),
                            name="grant_has_a_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("depth__range", (1, 4))), name="grant_depth"
                        ),
                    ],
                },
            ),
            *functions("identity", "identity_grant_follows", "identity_grant_as_agreed"),
            script("identity", "grants_of_prefixes.sql", reverse="grants_of_prefixes_gone.sql"),
            protect("identity_grant", visible="true", writable=IS_PLATFORM),
            new_version("identity", "identity_count_in_pool", version=2),
        ]
    )
