"""Agents speak for resources that they are bound to, the market looks itself, paths are measured."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0021_organizations_are_onboarded"),
        ("sensing", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="AgentBinding",
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
                    ("chain_id", models.UUIDField(help_text="the first key of the agent")),
                    ("bound_at", models.DateTimeField()),
                    ("bound_by_id", models.BigIntegerField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at__isnull", True)),
                            fields=("resource", "chain_id"),
                            name="agent_bound_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("ended_at__isnull", True),
                                ("ended_at__gte", models.F("bound_at")),
                                _connector="OR",
                            ),
                            name="binding_ends_after_it_began",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="PathSample",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("chain_id", models.UUIDField(help_text="the first key of the agent")),
                    ("hub_a", models.CharField(max_length=8)),
                    ("hub_b", models.CharField(max_length=8)),
                    ("round_trip_us", models.PositiveIntegerField()),
                    ("mbps", models.PositiveIntegerField(null=True)),
                    ("observed_at", models.DateTimeField()),
                    (
                        "digest",
                        models.BinaryField(help_text="SHA-256 of the signed bytes that said so"),
                    ),
                    (
                        "provider",
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
                            fields=["hub_a", "hub_b", "-observed_at"], name="path_samples_by_path"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("chain_id", "hub_a", "hub_b", "observed_at"),
                            name="path_sample_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("hub_a__lt", models.F("hub_b"))),
                            name="path_sample_has_two_ends",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("round_trip_us__gt", 0), ("round_trip_us__lte", 10000000)
                            ),
                            name="path_sample_took_some_time",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ProbedEndpoint",
                fields=[
                    (
                        "resource",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="identity.computeresource",
                        ),
                    ),
                    ("url", models.CharField(max_length=500)),
                    (
                        "next_at",
                        models.DateTimeField(
                            help_text="when it is asked next; none: not asked", null=True
                        ),
                    ),
                    ("asked_at", models.DateTimeField(null=True)),
                    ("status", models.PositiveSmallIntegerField(null=True)),
                    ("took_ms", models.PositiveIntegerField(null=True)),
                    (
                        "problem",
                        models.CharField(blank=True, db_default="", default="", max_length=60),
                    ),
                    ("failures", models.PositiveIntegerField(db_default=0, default=0)),
                    (
                        "provider",
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
                            condition=models.Q(("next_at__isnull", False)),
                            fields=["next_at"],
                            name="endpoint_is_due",
                        )
                    ],
                },
            ),
            append_only("sensing_pathsample"),
            protect("sensing_agentbinding", visible=owned_by("provider_id")),
            protect("sensing_probedendpoint", visible=owned_by("provider_id")),
            protect("sensing_pathsample", visible=owned_by("provider_id")),
        ]
    )
