"""Changes of the register by number, and who follows them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0022_organizations_are_closed"),
        ("gateway", "0001_initial"),
        ("sensing", "0002_bindings_endpoints_and_paths"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="RegisterChange",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    (
                        "number",
                        models.BigIntegerField(
                            help_text="without a gap, from 1", null=True, unique=True
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("REGISTERED", "registered"),
                                ("STATUS", "status"),
                                ("STATE", "state"),
                                ("RECORD", "record signed"),
                                ("GRANT", "prefix granted"),
                                ("KEYS", "keys of a node"),
                                ("NODE", "node"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "code",
                        models.CharField(
                            help_text="of a resource, a prefix or a node", max_length=96
                        ),
                    ),
                    (
                        "region",
                        models.CharField(blank=True, db_default="", default="", max_length=6),
                    ),
                    (
                        "resource_class",
                        models.CharField(blank=True, db_default="", default="", max_length=8),
                    ),
                    (
                        "form",
                        models.CharField(blank=True, db_default="", default="", max_length=10),
                    ),
                    ("value", models.CharField(help_text="what it is now", max_length=40)),
                    (
                        "digest",
                        models.CharField(blank=True, db_default="", default="", max_length=71),
                    ),
                    ("at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("number__isnull", True)),
                            fields=["id"],
                            name="change_unnumbered",
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("number__isnull", True), ("number__gte", 1), _connector="OR"
                            ),
                            name="change_number_from_one",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="CodeSubscription",
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
                    ("name", models.CharField(max_length=80)),
                    (
                        "codes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=96), default=list, size=None
                        ),
                    ),
                    ("prefix", models.CharField(blank=True, default="", max_length=96)),
                    ("region", models.CharField(blank=True, default="", max_length=6)),
                    ("resource_class", models.CharField(blank=True, default="", max_length=8)),
                    ("form", models.CharField(blank=True, default="", max_length=10)),
                    (
                        "kinds",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(
                                choices=[
                                    ("REGISTERED", "registered"),
                                    ("STATUS", "status"),
                                    ("STATE", "state"),
                                    ("RECORD", "record signed"),
                                    ("GRANT", "prefix granted"),
                                    ("KEYS", "keys of a node"),
                                    ("NODE", "node"),
                                ],
                                max_length=10,
                            ),
                            default=list,
                            size=None,
                        ),
                    ),
                    (
                        "after_number",
                        models.BigIntegerField(help_text="where the feed was when it began"),
                    ),
                    ("made_at", models.DateTimeField()),
                    ("made_by_id", models.BigIntegerField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("told", models.PositiveIntegerField(db_default=0, default=0)),
                    ("told_number", models.BigIntegerField(null=True)),
                    ("told_at", models.DateTimeField(null=True)),
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
                            condition=models.Q(("ended_at__isnull", True)),
                            fields=["organization"],
                            name="follows_now",
                        )
                    ],
                },
            ),
            *functions(
                "gateway.changes",
                "changes_note_resource",
                "changes_note_owner",
                "changes_note_state",
                "changes_note_statement",
                "changes_note_node",
                "changes_keep",
                "changes_are_dense",
            ),
            protect("changes_codesubscription", visible=owned_by("organization_id")),
            script("gateway.changes", "tables.sql", reverse="tables_gone.sql"),
        ]
    )
