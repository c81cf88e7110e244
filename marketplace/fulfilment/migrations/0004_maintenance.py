"""Maintenance that providers announce, and the listings that it is of."""

import datetime

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_quotes_say_known_facts"),
        ("fulfilment", "0003_conversation"),
        ("identity", "0024_codes_are_renamed"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="MaintenanceWork",
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
                        "impact",
                        models.CharField(
                            choices=[("NONE", "None"), ("DEGRADED", "Degraded"), ("DOWN", "Down")],
                            max_length=8,
                        ),
                    ),
                    (
                        "note",
                        models.CharField(blank=True, db_default="", default="", max_length=500),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    (
                        "rule",
                        models.CharField(help_text="by which version it is counted", max_length=20),
                    ),
                    (
                        "is_late",
                        models.BooleanField(help_text="announced later than the rule asks"),
                    ),
                    (
                        "interrupts",
                        models.BooleanField(
                            help_text="orders that hold the time, as the provider said"
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("ANNOUNCED", "Announced"),
                                ("UNDERWAY", "Under way"),
                                ("OVER", "Finished"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("announced_at", models.DateTimeField()),
                    (
                        "announced_by_id",
                        models.BigIntegerField(
                            help_text="the person; none for a program", null=True
                        ),
                    ),
                    ("began_at", models.DateTimeField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("withdrawn_at", models.DateTimeField(null=True)),
                    (
                        "overrun_seconds",
                        models.PositiveIntegerField(
                            help_text="true end − announced end", null=True
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
                name="MaintainedListing",
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
                    ("listing_seq", models.BigIntegerField(editable=False)),
                    ("listing_number", models.CharField(max_length=24)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("is_live", models.BooleanField(db_default=True, default=True)),
                    (
                        "held_as",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.UUIDField(),
                            default=list,
                            help_text="what took its time out of what is sold",
                            size=None,
                        ),
                    ),
                    (
                        "listing",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                    (
                        "work",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="listings",
                            to="fulfilment.maintenancework",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="maintenancework",
                index=models.Index(
                    fields=["provider", "-starts_at", "-id"], name="maintenance_of_provider"
                ),
            ),
            migrations.AddIndex(
                model_name="maintenancework",
                index=models.Index(fields=["-starts_at", "-id"], name="maintenance_by_start"),
            ),
            migrations.AddConstraint(
                model_name="maintenancework",
                constraint=models.CheckConstraint(
                    condition=models.Q(("impact__in", ["NONE", "DEGRADED", "DOWN"])),
                    name="maintenance_impact_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="maintenancework",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("ends_at__gt", models.F("starts_at")),
                        ("starts_at__gte", models.F("announced_at")),
                    ),
                    name="maintenance_lies_ahead",
                ),
            ),
            migrations.AddConstraint(
                model_name="maintenancework",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("is_late", False), ("rule", "maintenance-1"), _negated=True),
                        (
                            "starts_at__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("announced_at"),
                                "+",
                                models.Value(datetime.timedelta(days=7)),
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="maintenance_in_time_is_a_week_ahead",
                ),
            ),
            migrations.AddConstraint(
                model_name="maintenancework",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("began_at__isnull", True),
                            ("ended_at__isnull", True),
                            ("overrun_seconds__isnull", True),
                            ("state", "ANNOUNCED"),
                            ("withdrawn_at__isnull", True),
                        ),
                        models.Q(
                            ("began_at__isnull", False),
                            ("ended_at__isnull", True),
                            ("overrun_seconds__isnull", True),
                            ("state", "UNDERWAY"),
                            ("withdrawn_at__isnull", True),
                        ),
                        models.Q(
                            ("began_at__isnull", False),
                            ("ended_at__gte", models.F("began_at")),
                            ("overrun_seconds__isnull", False),
                            ("state", "OVER"),
                            ("withdrawn_at__isnull", True),
                        ),
                        models.Q(
                            ("began_at__isnull", True),
                            ("ended_at__isnull", True),
                            ("overrun_seconds__isnull", True),
                            ("state", "WITHDRAWN"),
                            ("withdrawn_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="maintenance_times_of_its_state",
                ),
            ),
            migrations.AddConstraint(
                model_name="maintainedlisting",
                constraint=models.UniqueConstraint(
                    fields=("work", "listing"), name="maintained_listing_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="maintainedlisting",
                constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                    condition=models.Q(("is_live", True)),
                    expressions=[
                        (
                            models.Func(
                                models.F("listing_seq"),
                                models.F("listing_seq"),
                                models.Value("[]"),
                                function="int8range",
                            ),
                            "&&",
                        ),
                        (
                            models.Func(
                                models.F("starts_at"), models.F("ends_at"), function="tstzrange"
                            ),
                            "&&",
                        ),
                    ],
                    name="maintenance_never_overlaps",
                ),
            ),
            *functions(
                "marketplace.fulfilment",
                "fulfilment_maintenance_keeps",
                "fulfilment_maintained_keeps",
            ),
            row_trigger(
                "fulfilment_maintenancework",
                "maintenance_stays_as_said",
                when="BEFORE INSERT OR UPDATE",
                function="fulfilment_maintenance_keeps",
            ),
            row_trigger(
                "fulfilment_maintainedlisting",
                "maintained_stays_as_said",
                when="BEFORE UPDATE",
                function="fulfilment_maintained_keeps",
            ),
            migrations.RunSQL(
                "REVOKE DELETE ON fulfilment_maintenancework, fulfilment_maintainedlisting"
                " FROM suanpan_app",
                "GRANT DELETE ON fulfilment_maintenancework, fulfilment_maintainedlisting"
                " TO suanpan_app",
            ),
            *(
                protect(table, visible="true", writable=IS_PLATFORM)
                for table in ("fulfilment_maintenancework", "fulfilment_maintainedlisting")
            ),
        ]
    )
