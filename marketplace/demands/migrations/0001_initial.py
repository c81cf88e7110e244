"""What buyers need, and what became of it."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models
from django.db.migrations import RunSQL

import common.checks
import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, recorded_now, row_trigger, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0004_facts_and_counts"),
        ("identity", "0004_access_requests"),
        ("orders", "0007_books_are_halted"),
    ]

    operations = bounded(
        [
            script("marketplace.demands", "sequences.sql", reverse="sequences_gone.sql"),
            *functions("marketplace.demands", "demands_terms_are_sound", "demands_demand_keeps"),
            migrations.CreateModel(
                name="PostedDemand",
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
                    ("number", models.CharField(max_length=24, unique=True)),
                    (
                        "key",
                        models.CharField(
                            help_text="the buyer's own name for the demand", max_length=255
                        ),
                    ),
                    (
                        "posted_by_id",
                        models.BigIntegerField(
                            help_text="the person; none where a key did", null=True
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waiting"),
                                ("FILLED", "Filled"),
                                ("REFUSED", "Refused"),
                                ("EXPIRED", "Expired"),
                                ("CANCELLED", "Cancelled"),
                            ],
                            default="WAITING",
                            max_length=9,
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("IMMEDIATE", "At once or not at all"),
                                ("STANDING", "Standing until a moment"),
                            ],
                            max_length=9,
                        ),
                    ),
                    (
                        "resource_class",
                        models.CharField(
                            choices=[
                                ("GENERAL", "General compute"),
                                ("AI", "AI compute"),
                                ("HPC", "High-performance compute"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("terms", models.JSONField(help_text="the frozen document of this revision")),
                    ("terms_hash", models.CharField(max_length=64)),
                    (
                        "asked_hash",
                        models.CharField(
                            help_text="of what was posted under the key", max_length=64
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(default=1)),
                    ("posted_at", models.DateTimeField()),
                    ("queued_at", models.DateTimeField(help_text="its place in the queue")),
                    (
                        "looked_at",
                        models.DateTimeField(help_text="when it was last tried", null=True),
                    ),
                    ("expires_at", models.DateTimeField(null=True)),
                    ("closed_at", models.DateTimeField(null=True)),
                    ("refusal_code", models.CharField(blank=True, max_length=40)),
                    (
                        "tried",
                        models.JSONField(
                            default=list, help_text="what came of each option when last tried"
                        ),
                    ),
                    (
                        "option",
                        models.PositiveSmallIntegerField(
                            help_text="the alternative that was filled", null=True
                        ),
                    ),
                    (
                        "again_of",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="demands.posteddemand",
                        ),
                    ),
                    (
                        "buyer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DemandDecision",
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
                    ("revision", models.PositiveIntegerField()),
                    ("rule_version", models.CharField(max_length=20)),
                    ("seed", models.CharField(max_length=64)),
                    ("snapshot", models.JSONField()),
                    ("input_hash", models.CharField(max_length=64)),
                    ("result", models.JSONField()),
                    ("output_hash", models.CharField(max_length=64)),
                    (
                        "late_code",
                        models.CharField(
                            blank=True,
                            help_text="why clearing refused what was matched",
                            max_length=40,
                        ),
                    ),
                    ("decided_at", models.DateTimeField()),
                    (
                        "recorded_in",
                        models.BigIntegerField(
                            db_default=django.db.models.functions.comparison.Cast(
                                django.db.models.functions.comparison.Cast(
                                    models.Func(function="pg_current_xact_id"), models.TextField()
                                ),
                                models.BigIntegerField(),
                            ),
                            editable=False,
                            help_text="the transaction that recorded it, set by the database",
                        ),
                    ),
                    (
                        "demand",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="decisions",
                            to="demands.posteddemand",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DemandLot",
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
                    ("buyer_id", models.UUIDField()),
                    ("units_milli", models.BigIntegerField()),
                    ("amount_minor", models.BigIntegerField()),
                    ("path_minor", models.BigIntegerField()),
                    ("latency_ms", models.DecimalField(decimal_places=1, max_digits=7, null=True)),
                    ("watt_hours", models.BigIntegerField(null=True)),
                    ("carbon_g", models.BigIntegerField(null=True)),
                    (
                        "demand",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="lots",
                            to="demands.posteddemand",
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
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="orders.order",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="SavedSearch",
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
                    ("need", models.JSONField(help_text="what a listing must be, as in a demand")),
                    (
                        "price_max",
                        models.DecimalField(
                            decimal_places=6,
                            help_text="yuan by the unit-hour",
                            max_digits=16,
                            null=True,
                        ),
                    ),
                    ("is_alerting", models.BooleanField(default=True)),
                    ("saved_at", models.DateTimeField()),
                    (
                        "seen_seq",
                        models.BigIntegerField(help_text="the newest listing that was looked at"),
                    ),
                    ("seen_at", models.DateTimeField()),
                    (
                        "found",
                        models.PositiveIntegerField(
                            default=0, help_text="listings that it was told of"
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="posteddemand",
                index=models.Index(
                    condition=models.Q(("state", "WAITING")),
                    fields=["resource_class", "queued_at", "id"],
                    name="demand_queue",
                ),
            ),
            migrations.AddIndex(
                model_name="posteddemand",
                index=models.Index(fields=["buyer", "-id"], name="demand_of_buyer"),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.UniqueConstraint(fields=("buyer", "key"), name="demand_key_once"),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["WAITING", "FILLED", "REFUSED", "EXPIRED", "CANCELLED"])
                    ),
                    name="demand_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("expires_at__isnull", False), ("kind", "STANDING")),
                        models.Q(("expires_at__isnull", True), ("kind", "IMMEDIATE")),
                        _connector="OR",
                    ),
                    name="demand_standing_has_an_end",
                ),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state", "WAITING"), ("closed_at__isnull", False), _connector="XOR"
                    ),
                    name="demand_closed_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state", "FILLED"), ("option__isnull", True), _connector="XOR"
                    ),
                    name="demand_filled_names_its_option",
                ),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("refusal_code__gt", ""), ("state", "REFUSED")),
                        models.Q(
                            models.Q(("state", "REFUSED"), _negated=True), ("refusal_code", "")
                        ),
                        _connector="OR",
                    ),
                    name="demand_refused_has_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.CheckConstraint(
                    condition=models.Q(("queued_at__gte", models.F("posted_at"))),
                    name="demand_queued_after_posting",
                ),
            ),
            migrations.AddConstraint(
                model_name="posteddemand",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        common.checks.Sound(models.F("terms"), function="demands_terms_are_sound")
                    ),
                    name="demand_terms_are_sound",
                ),
            ),
            migrations.AddIndex(
                model_name="demanddecision",
                index=models.Index(fields=["demand", "-id"], name="decision_of_demand"),
            ),
            migrations.AddConstraint(
                model_name="savedsearch",
                constraint=models.UniqueConstraint(
                    fields=("organization", "name"), name="saved_search_name_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="savedsearch",
                constraint=models.CheckConstraint(
                    condition=models.Q(("name", ""), _negated=True), name="saved_search_has_a_name"
                ),
            ),
            *functions("marketplace.demands", "demands_lot_belongs"),
            row_trigger(
                "demands_posteddemand",
                "demand_keeps",
                when="BEFORE UPDATE",
                function="demands_demand_keeps",
            ),
            row_trigger(
                "demands_posteddemand",
                "demand_stays",
                when="BEFORE DELETE",
                function="suanpan_refuse_change",
            ),
            row_trigger(
                "demands_demandlot",
                "lot_belongs",
                when="BEFORE INSERT",
                function="demands_lot_belongs",
            ),
            append_only("demands_demandlot"),
            append_only("demands_demanddecision"),
            recorded_now("demands_demanddecision"),
            # A buyer posts, amends and cancels; what comes of it is the platform's to write.
            protect(
                "demands_posteddemand",
                visible=owned_by("buyer_id"),
                writable=f"({owned_by('buyer_id')})"
                f" AND ({IS_PLATFORM} OR state IN ('WAITING', 'CANCELLED'))",
            ),
            protect("demands_demandlot", visible=owned_by("buyer_id"), writable=IS_PLATFORM),
            # A decision's input names what others offer and have sold.
            protect("demands_demanddecision", visible=IS_PLATFORM),
            protect("demands_savedsearch", visible=owned_by("organization_id")),
            RunSQL(
                "REVOKE DELETE ON demands_posteddemand FROM suanpan_app",
                "GRANT DELETE ON demands_posteddemand TO suanpan_app",
            ),
        ]
    )
