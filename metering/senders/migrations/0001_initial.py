"""Mappings of series, the series that are followed, and those that nobody reads."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0009_keys_of_one_program"),
        ("metering", "0005_batches_in_a_chain"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Mapping",
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
                    ("created_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(blank=True, null=True)),
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
                name="MappingVersion",
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
                    ("version", models.PositiveIntegerField()),
                    ("definition", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("published_at", models.DateTimeField()),
                    (
                        "mapping",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="metering_senders.mapping",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "published_by",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Sender",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    (
                        "via",
                        models.CharField(
                            choices=[
                                ("remote-write-1", "Prometheus remote write 1.0"),
                                ("remote-write-2", "Prometheus remote write 2.0"),
                                ("otlp", "OTLP"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("requests", models.BigIntegerField(default=0)),
                    ("samples", models.BigIntegerField(default=0)),
                    ("unmapped", models.BigIntegerField(default=0)),
                    ("readings", models.BigIntegerField(default=0)),
                    ("refused", models.JSONField(default=dict, help_text="how many, by code")),
                    ("first_seen_at", models.DateTimeField()),
                    ("seen_at", models.DateTimeField()),
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
                name="Series",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("key", models.CharField(max_length=40)),
                    ("metric", models.CharField(max_length=200)),
                    ("labels", models.JSONField()),
                    (
                        "reads",
                        models.CharField(
                            choices=[
                                ("counter", "Counter: what it grew by"),
                                ("gauge", "Level: its value for as long as it stands"),
                                ("present", "Presence: the factor for as long as it is there"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("factor", models.CharField(max_length=40)),
                    ("gap_seconds", models.PositiveIntegerField()),
                    ("wait_seconds", models.PositiveIntegerField()),
                    ("subject", models.UUIDField(blank=True, null=True)),
                    ("passed_at", models.DateTimeField(blank=True, null=True)),
                    ("base_at", models.DateTimeField(blank=True, null=True)),
                    ("base_value", models.CharField(blank=True, max_length=40)),
                    (
                        "due_at",
                        models.DateTimeField(
                            blank=True,
                            help_text="when the samples that wait are followed",
                            null=True,
                        ),
                    ),
                    ("samples", models.BigIntegerField(default=0)),
                    ("readings", models.BigIntegerField(default=0)),
                    ("refused", models.BigIntegerField(default=0)),
                    ("refused_code", models.CharField(blank=True, max_length=40)),
                    ("behind", models.BigIntegerField(default=0)),
                    ("not_numbers", models.BigIntegerField(default=0)),
                    ("stale", models.BigIntegerField(default=0)),
                    ("resets", models.BigIntegerField(default=0)),
                    ("gaps", models.BigIntegerField(default=0)),
                    ("first_seen_at", models.DateTimeField()),
                    ("seen_at", models.DateTimeField()),
                    (
                        "meter",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.meter",
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
                name="UnmappedMetric",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    (
                        "metric",
                        models.CharField(blank=True, help_text="empty: all others", max_length=200),
                    ),
                    (
                        "reason",
                        models.CharField(
                            choices=[
                                ("no_rule", "No mapping names it"),
                                ("no_meter", "Its label names no meter of yours"),
                                ("unlike", "It is of another kind than the mapping reads"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("untyped", "not said"),
                                ("cumulative", "counter"),
                                ("level", "level"),
                                ("delta", "growth"),
                                ("other", "histogram or summary"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("labels", models.JSONField(help_text="of the series that came last")),
                    ("last_value", models.CharField(blank=True, max_length=40)),
                    ("samples", models.BigIntegerField(default=0)),
                    ("first_seen_at", models.DateTimeField()),
                    ("seen_at", models.DateTimeField()),
                    ("told_at", models.DateTimeField(blank=True, null=True)),
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
                name="WaitingSample",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("moment", models.DateTimeField()),
                    ("value", models.CharField(max_length=40)),
                    ("began_at", models.DateTimeField(blank=True, null=True)),
                    ("arrived_at", models.DateTimeField()),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "series",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="waiting",
                            to="metering_senders.series",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="mapping",
                constraint=models.UniqueConstraint(
                    fields=("provider", "name"), name="mapping_name_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="mapping",
                constraint=models.CheckConstraint(
                    condition=models.Q(("name", ""), _negated=True), name="mapping_has_a_name"
                ),
            ),
            migrations.AddConstraint(
                model_name="mappingversion",
                constraint=models.UniqueConstraint(
                    fields=("mapping", "version"), name="mapping_version_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="mappingversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(("version__gt", 0)), name="mapping_version_from_one"
                ),
            ),
            migrations.AddConstraint(
                model_name="sender",
                constraint=models.UniqueConstraint(fields=("provider", "via"), name="sender_once"),
            ),
            migrations.AddConstraint(
                model_name="sender",
                constraint=models.CheckConstraint(
                    condition=models.Q(("via__in", ["remote-write-1", "remote-write-2", "otlp"])),
                    name="sender_via_known",
                ),
            ),
            migrations.AddIndex(
                model_name="series",
                index=models.Index(
                    condition=models.Q(("due_at__isnull", False)),
                    fields=["due_at", "id"],
                    name="series_due",
                ),
            ),
            migrations.AddIndex(
                model_name="series",
                index=models.Index(fields=["seen_at"], name="series_by_age"),
            ),
            migrations.AddConstraint(
                model_name="series",
                constraint=models.UniqueConstraint(
                    fields=("provider", "key"), name="series_followed_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="series",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("base_at__isnull", True),
                        models.Q(("base_value", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="series_base_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="series",
                constraint=models.CheckConstraint(
                    condition=models.Q(("reads__in", ["counter", "gauge", "present"])),
                    name="series_reads_known",
                ),
            ),
            migrations.AddIndex(
                model_name="unmappedmetric",
                index=models.Index(
                    condition=models.Q(("told_at__isnull", True)),
                    fields=["provider"],
                    name="unmapped_untold",
                ),
            ),
            migrations.AddConstraint(
                model_name="unmappedmetric",
                constraint=models.UniqueConstraint(
                    fields=("provider", "metric", "reason"), name="unmapped_metric_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="unmappedmetric",
                constraint=models.CheckConstraint(
                    condition=models.Q(("reason__in", ["no_rule", "no_meter", "unlike"])),
                    name="unmapped_reason_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="waitingsample",
                constraint=models.UniqueConstraint(
                    fields=("series", "moment"), name="waiting_sample_once"
                ),
            ),
            append_only("metering_senders_mappingversion"),
            protect("metering_senders_mapping", visible=owned_by("provider_id")),
            protect("metering_senders_mappingversion", visible=owned_by("provider_id")),
            protect("metering_senders_series", visible=owned_by("provider_id")),
            protect("metering_senders_waitingsample", visible=owned_by("provider_id")),
            protect("metering_senders_unmappedmetric", visible=owned_by("provider_id")),
            protect("metering_senders_sender", visible=owned_by("provider_id")),
            migrations.RunSQL(
                sql="REVOKE DELETE ON metering_senders_mapping, metering_senders_sender FROM suanpan_app",
                reverse_sql=migrations.RunSQL.noop,
            ),
        ]
    )
