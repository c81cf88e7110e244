"""Standard hours by class: published tables, and which of them a record was converted by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, function, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0009_keys_of_one_program"),
        ("metering", "0006_readings_in_sums"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ConversionTableVersion",
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
                        "hour_class",
                        models.CharField(
                            choices=[
                                ("general", "General compute: an hour of one core"),
                                ("hpc", "High-performance compute: FP64"),
                                ("training", "Training: dense FP16 on the tensor path"),
                                ("inference", "Inference: measured tokens a second"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("version", models.PositiveIntegerField()),
                    ("title", models.CharField(max_length=80)),
                    ("title_en", models.CharField(max_length=80)),
                    ("definition", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64, unique=True)),
                    ("source", models.TextField()),
                    ("valid_from", models.DateTimeField()),
                    ("published_at", models.DateTimeField()),
                ],
            ),
            migrations.RemoveConstraint(
                model_name="usagerecord",
                name="usage_standard_by_factor",
            ),
            migrations.AddField(
                model_name="measurementruleversion",
                name="approved_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="measurementruleversion",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddField(
                model_name="measurementruleversion",
                name="published_by",
                field=models.ForeignKey(
                    help_text="empty for what the market was installed with",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="usagerecord",
                name="class_hours",
                field=models.DecimalField(
                    decimal_places=12,
                    help_text="standard hours of another class than training; another unit, never added to it",
                    max_digits=38,
                    null=True,
                ),
            ),
            migrations.AddField(
                model_name="usagerecord",
                name="factor_row",
                field=models.CharField(blank=True, db_default="", max_length=500),
            ),
            migrations.AddField(
                model_name="usagerecord",
                name="hour_class",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    help_text="of the table that converted; empty: the rule's own figures, or none",
                    max_length=9,
                ),
            ),
            migrations.AddConstraint(
                model_name="measurementruleversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("proposal__isnull", True), ("published_by__isnull", True)),
                        models.Q(
                            ("proposal__isnull", False),
                            models.Q(("approved_by", models.F("published_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="rule_approved_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="usagerecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("class_hours__isnull", True),
                            ("factor__isnull", True),
                            ("standard_hours__isnull", True),
                        ),
                        models.Q(
                            ("class_hours__isnull", True),
                            ("factor__isnull", False),
                            ("hour_class__in", ["", "training"]),
                            ("standard_hours__isnull", False),
                        ),
                        models.Q(
                            ("class_hours__isnull", False),
                            ("factor__isnull", False),
                            ("hour_class__in", ["general", "hpc", "inference"]),
                            ("standard_hours__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="usage_hours_of_one_class",
                ),
            ),
            migrations.AddField(
                model_name="conversiontableversion",
                name="approved_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="conversiontableversion",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddField(
                model_name="conversiontableversion",
                name="published_by",
                field=models.ForeignKey(
                    help_text="empty for what the market was installed with",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddConstraint(
                model_name="conversiontableversion",
                constraint=models.UniqueConstraint(
                    fields=("hour_class", "version"), name="table_version_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="conversiontableversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(("version__gt", 0)), name="table_version_from_one"
                ),
            ),
            migrations.AddConstraint(
                model_name="conversiontableversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("hour_class__in", ["general", "hpc", "training", "inference"])
                    ),
                    name="table_class_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="conversiontableversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("proposal__isnull", True), ("published_by__isnull", True)),
                        models.Q(
                            ("proposal__isnull", False),
                            models.Q(("approved_by", models.F("published_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="table_approved_by_another",
                ),
            ),
            *functions(
                "metering",
                "metering_table_keeps_unit",
                "metering_rule_names_table",
                "metering_rule_as_agreed",
                "metering_table_as_agreed",
            ),
            function("metering", "metering_table_is_worse", arguments="jsonb, jsonb"),
            append_only("metering_conversiontableversion"),
            protect("metering_conversiontableversion", visible="true", writable=IS_PLATFORM),
            row_trigger(
                "metering_conversiontableversion",
                "metering_conversiontableversion_has_notice",
                when="BEFORE INSERT",
                function="suanpan_keep_notice",
                arguments=("published_at", "valid_from", "hour_class", "metering_table_is_worse"),
            ),
            row_trigger(
                "metering_conversiontableversion",
                "metering_table_keeps_unit",
                when="BEFORE INSERT",
                function="metering_table_keeps_unit",
            ),
            row_trigger(
                "metering_conversiontableversion",
                "metering_table_as_agreed",
                when="BEFORE INSERT",
                function="metering_table_as_agreed",
            ),
            row_trigger(
                "metering_measurementruleversion",
                "metering_rule_names_table",
                when="BEFORE INSERT",
                function="metering_rule_names_table",
            ),
            row_trigger(
                "metering_measurementruleversion",
                "metering_rule_as_agreed",
                when="BEFORE INSERT",
                function="metering_rule_as_agreed",
            ),
        ]
    )
