"""Nodes, signed statements, entries, and what waits for a signature."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0010_storage_and_networks"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="DueSigning",
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
                            choices=[("record", "record"), ("grant", "grant")], max_length=8
                        ),
                    ),
                    ("subject", models.CharField(max_length=96)),
                    ("due_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [models.Index(fields=["due_at"], name="due_signing_by_time")],
                    "constraints": [
                        models.UniqueConstraint(fields=("kind", "subject"), name="due_signing_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Entry",
                fields=[
                    ("code", models.CharField(max_length=96, primary_key=True, serialize=False)),
                    (
                        "resource_id",
                        models.UUIDField(help_text="of this register", null=True, unique=True),
                    ),
                    ("authority", models.CharField(max_length=6)),
                    ("record", models.CharField(max_length=71)),
                    (
                        "record_json",
                        models.BinaryField(help_text="text and signatures, as bytes of JSON"),
                    ),
                    ("sequence", models.PositiveIntegerField()),
                    ("region", models.CharField(max_length=6)),
                    ("resource_class", models.CharField(max_length=8)),
                    ("form", models.CharField(max_length=10)),
                    (
                        "chips",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=60), size=None
                        ),
                    ),
                    ("level", models.PositiveSmallIntegerField()),
                    ("pue_milli", models.PositiveIntegerField(null=True)),
                    ("green_milli", models.PositiveIntegerField(null=True)),
                    ("total_milli", models.BigIntegerField()),
                    ("available_milli", models.BigIntegerField(null=True)),
                    ("observed_at", models.DateTimeField(null=True)),
                    ("price_minor", models.BigIntegerField(null=True)),
                    ("status", models.CharField(max_length=10)),
                    ("status_sequence", models.PositiveIntegerField(default=1)),
                    ("status_since", models.DateTimeField()),
                    (
                        "heard_at",
                        models.DateTimeField(
                            help_text="when its authority was last heard about it"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("code__regex", "^[0-9A-Z][0-9A-Z./:-]{0,95}$")),
                            name="entry_code_form",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("available_milli__isnull", True),
                                models.Q(
                                    ("available_milli__gte", 0),
                                    ("available_milli__lte", models.F("total_milli")),
                                ),
                                _connector="OR",
                            ),
                            name="entry_available_within_total",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="LevelNode",
                fields=[
                    ("code", models.CharField(max_length=6, primary_key=True, serialize=False)),
                    (
                        "kind",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("N", "National node"),
                                ("R", "Regional node"),
                                ("I", "Industry node"),
                                ("P", "Provider node"),
                            ],
                            max_length=1,
                        ),
                    ),
                    ("parent", models.CharField(blank=True, max_length=6)),
                    ("name", models.CharField(max_length=120)),
                    ("name_en", models.CharField(blank=True, max_length=160)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OWN", "This node"),
                                ("ADMITTED", "Admitted"),
                                ("SUSPENDED", "Suspended"),
                                ("LEFT", "Left"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("epoch", models.PositiveIntegerField(default=1)),
                    ("root_key", models.BinaryField(max_length=32)),
                    (
                        "url",
                        models.CharField(
                            blank=True, help_text="https://host[:port]", max_length=200
                        ),
                    ),
                    ("proposal_id", models.UUIDField(null=True)),
                    ("proposed_by_id", models.BigIntegerField(null=True)),
                    ("agreed_by_id", models.BigIntegerField(null=True)),
                    ("since", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_node",
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("code__regex", "^[NRIP][0-9A-Z]{5}$")),
                            name="node_code_form",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state", "OWN"),
                                models.Q(
                                    ("proposal_id__isnull", False),
                                    models.Q(
                                        ("proposed_by_id", models.F("agreed_by_id")), _negated=True
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="node_by_two",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("epoch__gte", 1)), name="node_epoch"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SignedStatement",
                fields=[
                    ("digest", models.CharField(max_length=71, primary_key=True, serialize=False)),
                    ("type", models.CharField(max_length=16)),
                    ("issuer", models.CharField(max_length=64)),
                    ("subject", models.CharField(help_text="what it is about", max_length=96)),
                    ("sequence", models.PositiveIntegerField()),
                    ("text", models.TextField()),
                    (
                        "signatures",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=4200), size=4
                        ),
                    ),
                    (
                        "is_second",
                        models.BooleanField(
                            default=False, help_text="another text has this sequence"
                        ),
                    ),
                    ("kept_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_statement",
                    "indexes": [
                        models.Index(
                            fields=["type", "subject", "-sequence"], name="statement_by_subject"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("is_second", False)),
                            fields=("issuer", "type", "subject", "sequence"),
                            name="statement_sequence_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("digest__regex", "^sha256:[0-9a-f]{64}$")),
                            name="statement_digest_form",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Disclosure",
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
                    ("code", models.CharField(max_length=96)),
                    ("field", models.CharField(max_length=40)),
                    ("salt", models.CharField(max_length=32)),
                    ("value", models.CharField(max_length=400)),
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
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("code", "field", "salt"), name="disclosure_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="DisclosureSeen",
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
                    ("code", models.CharField(max_length=96)),
                    ("field", models.CharField(max_length=40)),
                    ("person_id", models.BigIntegerField(null=True)),
                    ("seen_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            help_text="whose it is",
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "seen_by",
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
                            fields=["organization", "-seen_at"], name="disclosure_seen_by_owner"
                        )
                    ],
                },
            ),
            *functions(
                "gateway",
                "gateway_entry_keeps",
                "gateway_node_keeps",
                "gateway_note_registered",
                "gateway_note_changed",
            ),
            script("gateway", "tables.sql", reverse="tables_gone.sql"),
            append_only("gateway_statement"),
            append_only("gateway_disclosureseen"),
            protect("gateway_node", visible="true", writable=IS_PLATFORM),
            protect("gateway_entry", visible="true", writable=IS_PLATFORM),
            protect(
                "gateway_statement",
                visible="type IN ('keyset', 'directory', 'grant', 'record', 'status', 'rename',"
                f" 'binding', 'equivocation') OR {IS_PLATFORM}",
                writable=IS_PLATFORM,
            ),
            protect(
                "gateway_disclosure", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            protect(
                "gateway_disclosureseen",
                visible=owned_by("organization_id", "seen_by_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
