"""What was cosigned of others' logs, what contradicts it, and who cosigns this one."""

from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [("identity", "0010_storage_and_networks")]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Cosignature",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("size", models.BigIntegerField()),
                    ("witness", models.CharField(max_length=200)),
                    ("line", models.TextField()),
                    ("signed_at", models.DateTimeField(help_text="as the witness says")),
                    ("received_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["witness", "-size"], name="cosignature_newest")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("size", "witness"), name="cosigned_once_a_size"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="LogConflict",
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
                    ("origin", models.CharField(max_length=200)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("FORKED", "two roots of one size, both signed"),
                                ("UNPROVEN", "not shown to continue what was cosigned"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("held_size", models.BigIntegerField()),
                    ("held_note", models.TextField()),
                    ("offered_size", models.BigIntegerField()),
                    ("offered_root", models.BinaryField()),
                    ("offered_note", models.TextField()),
                    ("found_at", models.DateTimeField()),
                    (
                        "settled_at",
                        models.DateTimeField(
                            help_text="when the same checkpoint was shown to continue after all",
                            null=True,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("origin", "offered_size", "offered_root"),
                            name="log_conflict_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["FORKED", "UNPROVEN"])),
                            name="log_conflict_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("kind", "FORKED"), _negated=True),
                                models.Q(
                                    ("held_size", models.F("offered_size")),
                                    ("settled_at__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="log_fork_is_for_good",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="WitnessedLog",
                fields=[
                    ("origin", models.CharField(max_length=200, primary_key=True, serialize=False)),
                    ("size", models.BigIntegerField()),
                    ("root", models.BinaryField()),
                    ("note", models.TextField()),
                    ("cosigned_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("size__gte", 0)),
                            name="witnessed_size_is_none_or_more",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="WitnessStanding",
                fields=[
                    (
                        "witness",
                        models.CharField(max_length=200, primary_key=True, serialize=False),
                    ),
                    (
                        "size",
                        models.BigIntegerField(
                            default=0, help_text="that it has cosigned, as far as is known"
                        ),
                    ),
                    ("cosigned_at", models.DateTimeField(null=True)),
                    ("asked_at", models.DateTimeField(help_text="when it was asked last")),
                    (
                        "refusal",
                        models.CharField(
                            blank=True, help_text="a code; empty: none", max_length=40
                        ),
                    ),
                    (
                        "behind_since",
                        models.DateTimeField(
                            help_text="since when it misses a checkpoint", null=True
                        ),
                    ),
                    (
                        "told",
                        models.PositiveSmallIntegerField(
                            default=0, help_text="1: a minute, 2: ten minutes"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("behind_since__isnull", False), ("told", 0), _connector="OR"
                            ),
                            name="witness_told_while_behind",
                        )
                    ],
                },
            ),
            *functions("gateway.witness", "witness_only_rises", "witness_conflict_stays"),
            row_trigger(
                "witness_witnessedlog",
                "witnessed_log_only_rises",
                when="BEFORE UPDATE OR DELETE",
                function="witness_only_rises",
            ),
            row_trigger(
                "witness_logconflict",
                "log_conflict_stays",
                when="BEFORE UPDATE OR DELETE",
                function="witness_conflict_stays",
            ),
            append_only("witness_cosignature"),
            protect("witness_witnessedlog", visible="true", writable=IS_PLATFORM),
            protect("witness_logconflict", visible="true", writable=IS_PLATFORM),
            protect("witness_cosignature", visible="true", writable=IS_PLATFORM),
            protect("witness_witnessstanding", visible="true", writable=IS_PLATFORM),
            script("gateway.witness", "grants.sql"),
        ]
    )
