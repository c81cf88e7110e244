"""Batches that an agent numbers, and what their order shows."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import owned_by, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0009_keys_of_one_program"),
        ("metering", "0004_agents_are_replaced"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="AgentChain",
                fields=[
                    (
                        "agent",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="identity.meteringagent",
                        ),
                    ),
                    (
                        "number",
                        models.BigIntegerField(default=0, help_text="the highest that arrived"),
                    ),
                    (
                        "content_hash",
                        models.CharField(help_text="of the batch of that number", max_length=64),
                    ),
                    (
                        "arrived",
                        models.BigIntegerField(default=0, help_text="how many batches did"),
                    ),
                    ("faults", models.BigIntegerField(default=0)),
                    ("seen_at", models.DateTimeField()),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ChainedBatch",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("number", models.BigIntegerField()),
                    (
                        "content_hash",
                        models.CharField(help_text="SHA-256 of the signed bytes", max_length=64),
                    ),
                    ("previous_hash", models.CharField(max_length=64)),
                    ("accepted", models.PositiveIntegerField()),
                    ("known", models.PositiveIntegerField()),
                    ("refused", models.PositiveIntegerField()),
                    ("received_at", models.DateTimeField()),
                    (
                        "agent",
                        models.ForeignKey(
                            db_index=False,
                            help_text="whose key signed it",
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.meteringagent",
                        ),
                    ),
                    (
                        "chain",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="batches",
                            to="metering.agentchain",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ChainFault",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("GAP", "Batches are missing"),
                                ("CONFLICT", "One number, two contents"),
                                ("OUT_OF_CHAIN", "Does not follow from the batch before"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "first",
                        models.BigIntegerField(
                            help_text="number of the batch; of a gap, the first missing"
                        ),
                    ),
                    ("last", models.BigIntegerField(help_text="of a gap, the last missing")),
                    ("noticed_at", models.DateTimeField()),
                    (
                        "chain",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="known_faults",
                            to="metering.agentchain",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="agentchain",
                constraint=models.CheckConstraint(
                    condition=models.Q(("arrived__gte", 0), ("arrived__lte", models.F("number"))),
                    name="chain_adds_up",
                ),
            ),
            migrations.AddConstraint(
                model_name="chainedbatch",
                constraint=models.UniqueConstraint(
                    fields=("chain", "number"), name="chained_batch_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="chainedbatch",
                constraint=models.CheckConstraint(
                    condition=models.Q(("number__gte", 1)), name="chained_batch_from_one"
                ),
            ),
            migrations.AddConstraint(
                model_name="chainedbatch",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("content_hash__regex", "^[0-9a-f]{64}$"),
                        ("previous_hash__regex", "^[0-9a-f]{64}$"),
                    ),
                    name="chained_batch_hashes",
                ),
            ),
            migrations.AddIndex(
                model_name="chainfault",
                index=models.Index(fields=["chain", "-id"], name="chain_fault_latest"),
            ),
            migrations.AddConstraint(
                model_name="chainfault",
                constraint=models.CheckConstraint(
                    condition=models.Q(("kind__in", ["GAP", "CONFLICT", "OUT_OF_CHAIN"])),
                    name="chain_fault_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="chainfault",
                constraint=models.CheckConstraint(
                    condition=models.Q(("first__lte", models.F("last"))),
                    name="chain_fault_in_order",
                ),
            ),
            append_only("metering_chainedbatch"),
            append_only("metering_chainfault"),
            protect("metering_agentchain", visible=owned_by("provider_id")),
            protect("metering_chainedbatch", visible=owned_by("provider_id")),
            protect("metering_chainfault", visible=owned_by("provider_id")),
            migrations.RunSQL(
                sql="REVOKE DELETE ON metering_agentchain FROM suanpan_app;"
                " REVOKE UPDATE, DELETE ON metering_chainedbatch, metering_chainfault"
                " FROM suanpan_app;",
                reverse_sql=migrations.RunSQL.noop,
            ),
        ]
    )
