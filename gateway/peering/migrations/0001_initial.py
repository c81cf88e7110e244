"""Peers, the directory, what is pushed upward, and how it compares."""

import django.contrib.postgres.fields
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [("gateway", "0001_initial"), ("identity", "0018_profiles_side_by_side")]

    operations = bounded(
        [
            migrations.CreateModel(
                name="DueStatus",
                fields=[
                    (
                        "code",
                        models.CharField(max_length=96, primary_key=True, serialize=False),
                    ),
                    ("due_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_duestatus",
                    "indexes": [models.Index(fields=["due_at"], name="due_status_by_time")],
                },
            ),
            migrations.CreateModel(
                name="ListedNode",
                fields=[
                    ("code", models.CharField(max_length=6, primary_key=True, serialize=False)),
                    ("kind", models.CharField(max_length=1)),
                    ("parent", models.CharField(blank=True, max_length=6)),
                    ("name", models.CharField(max_length=120)),
                    ("url", models.CharField(max_length=200)),
                    ("root_key", models.BinaryField(max_length=32)),
                    ("state", models.CharField(max_length=10)),
                    ("epoch", models.PositiveIntegerField(default=1)),
                    ("keyset", models.CharField(blank=True, max_length=71)),
                    ("directory", models.CharField(max_length=71)),
                    (
                        "sequence",
                        models.PositiveIntegerField(
                            help_text="of the directory that listed it last"
                        ),
                    ),
                    ("valid_until", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_listed",
                },
            ),
            migrations.CreateModel(
                name="PeerLink",
                fields=[
                    ("node", models.CharField(max_length=6, primary_key=True, serialize=False)),
                    (
                        "epoch",
                        models.PositiveIntegerField(
                            default=1, help_text="the highest that it spoke under"
                        ),
                    ),
                    (
                        "heard_at",
                        models.DateTimeField(
                            help_text="when it last asked with a good signature", null=True
                        ),
                    ),
                    (
                        "told_at",
                        models.DateTimeField(
                            help_text="when it last took what was pushed", null=True
                        ),
                    ),
                    ("tried_at", models.DateTimeField(null=True)),
                    ("refusal", models.CharField(blank=True, max_length=40)),
                ],
                options={
                    "db_table": "gateway_link",
                },
            ),
            migrations.CreateModel(
                name="AdmissionCheck",
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
                    ("node", models.CharField(max_length=6)),
                    ("item", models.CharField(max_length=40)),
                    ("evidence", models.CharField(max_length=400)),
                    ("confirmed_by_id", models.BigIntegerField()),
                    ("confirmed_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_check",
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("node", "item"), name="admission_check_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("evidence", ""), _negated=True),
                            name="admission_check_evidence",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ConformanceRun",
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
                    ("node", models.CharField(max_length=6)),
                    ("url", models.CharField(max_length=200)),
                    ("passed", models.PositiveIntegerField()),
                    ("failed", models.PositiveIntegerField()),
                    ("report", models.JSONField()),
                    ("run_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_conformance",
                    "indexes": [
                        models.Index(fields=["node", "-run_at"], name="conformance_newest")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Incoming",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("peer", models.CharField(max_length=6)),
                    (
                        "dataset",
                        models.CharField(
                            choices=[("register", "Register"), ("totals", "Totals")], max_length=12
                        ),
                    ),
                    ("sequence", models.BigIntegerField()),
                    ("digest", models.CharField(max_length=71)),
                    ("refusal", models.CharField(blank=True, max_length=40)),
                    ("came_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_inbox",
                    "indexes": [models.Index(fields=["digest"], name="incoming_by_digest")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("peer", "dataset", "sequence"), name="incoming_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Outgoing",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("peer", models.CharField(max_length=6)),
                    (
                        "dataset",
                        models.CharField(
                            choices=[("register", "Register"), ("totals", "Totals")], max_length=12
                        ),
                    ),
                    ("digest", models.CharField(max_length=71)),
                    (
                        "sequence",
                        models.BigIntegerField(help_text="given under the peer's lock", null=True),
                    ),
                    ("due_at", models.DateTimeField()),
                    ("told_at", models.DateTimeField(null=True)),
                    ("receipt", models.CharField(blank=True, max_length=71)),
                    ("refusal", models.CharField(blank=True, max_length=40)),
                ],
                options={
                    "db_table": "gateway_outbox",
                    "indexes": [
                        models.Index(
                            condition=models.Q(("told_at__isnull", True)),
                            fields=["peer", "dataset", "id"],
                            name="outgoing_waits",
                        ),
                        models.Index(
                            condition=models.Q(("told_at__isnull", True)),
                            fields=["due_at"],
                            name="outgoing_by_time",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("peer", "dataset", "digest"), name="outgoing_once"
                        ),
                        models.UniqueConstraint(
                            fields=("peer", "dataset", "sequence"), name="outgoing_sequence_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("told_at__isnull", True),
                                models.Q(("receipt", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="outgoing_has_receipt",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Peer",
                fields=[
                    ("node", models.CharField(max_length=6, primary_key=True, serialize=False)),
                    ("url", models.CharField(help_text="https://host[:port]", max_length=200)),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=20), size=None
                        ),
                    ),
                    (
                        "networks",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=49),
                            help_text="CIDR that it asks from; none: from anywhere",
                            size=None,
                        ),
                    ),
                    (
                        "rate",
                        models.PositiveIntegerField(help_text="requests a second of each scope"),
                    ),
                    (
                        "pushes",
                        models.BooleanField(default=False, help_text="this node pushes to it"),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("ADMITTED", "Admitted"),
                                ("SUSPENDED", "Suspended"),
                                ("LEFT", "Left"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("proposal_id", models.UUIDField()),
                    ("proposed_by_id", models.BigIntegerField()),
                    ("agreed_by_id", models.BigIntegerField()),
                    ("since", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_peer",
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("url__regex", "^https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$"),
                                (
                                    "url__regex",
                                    "^http://(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?$",
                                ),
                                _connector="OR",
                            ),
                            name="peer_https",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("proposed_by_id", models.F("agreed_by_id")), _negated=True
                            ),
                            name="peer_by_two",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("rate__gte", 1), ("rate__lte", 10000)),
                            name="peer_rate_within",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="PeerBucket",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("node", models.CharField(max_length=6)),
                    ("scope", models.CharField(max_length=20)),
                    ("tokens_milli", models.BigIntegerField()),
                    ("counted_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_bucket",
                    "constraints": [
                        models.UniqueConstraint(fields=("node", "scope"), name="bucket_once"),
                        models.CheckConstraint(
                            condition=models.Q(("tokens_milli__gte", 0)), name="bucket_not_below"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="PeerNonce",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("key_id", models.CharField(max_length=40)),
                    ("nonce", models.CharField(max_length=32)),
                    ("expires_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_nonce",
                    "indexes": [models.Index(fields=["expires_at"], name="nonce_by_time")],
                    "constraints": [
                        models.UniqueConstraint(fields=("key_id", "nonce"), name="nonce_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="PushDifference",
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
                    ("peer", models.CharField(max_length=6)),
                    (
                        "dataset",
                        models.CharField(
                            choices=[("register", "Register"), ("totals", "Totals")], max_length=12
                        ),
                    ),
                    ("as_of", models.BigIntegerField()),
                    ("items", models.BigIntegerField(help_text="how many were compared")),
                    (
                        "missing_above",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=71), size=None
                        ),
                    ),
                    (
                        "missing_below",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=71), size=None
                        ),
                    ),
                    ("repaired", models.PositiveIntegerField(default=0)),
                    ("statement", models.CharField(max_length=71)),
                    ("countersigned", models.CharField(max_length=71)),
                    ("found_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_difference",
                    "indexes": [
                        models.Index(fields=["peer", "-found_at"], name="difference_newest")
                    ],
                },
            ),
            *functions(
                "gateway.peering",
                "peering_queue_statements",
                "peering_queue_all",
                "peering_peer_keeps",
                "peering_link_rises",
                "peering_listed_rises",
                "peering_outgoing_keeps",
                "peering_note_status",
                "peering_note_standing",
            ),
            script("gateway.peering", "tables.sql", reverse="tables_gone.sql"),
            append_only("gateway_inbox"),
            append_only("gateway_difference"),
            append_only("gateway_conformance"),
            protect("gateway_peer", visible="true", writable=IS_PLATFORM),
            protect("gateway_link", visible="true", writable=IS_PLATFORM),
            protect("gateway_nonce", visible=IS_PLATFORM, writable=IS_PLATFORM),
            protect("gateway_bucket", visible=IS_PLATFORM, writable=IS_PLATFORM),
            protect("gateway_listed", visible="true", writable=IS_PLATFORM),
            protect("gateway_outbox", visible=IS_PLATFORM, writable=IS_PLATFORM),
            protect("gateway_inbox", visible=IS_PLATFORM, writable=IS_PLATFORM),
            protect("gateway_difference", visible=IS_PLATFORM, writable=IS_PLATFORM),
            protect("gateway_conformance", visible=IS_PLATFORM, writable=IS_PLATFORM),
            protect("gateway_check", visible=IS_PLATFORM, writable=IS_PLATFORM),
        ]
    )
