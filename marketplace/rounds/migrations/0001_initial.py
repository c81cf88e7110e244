"""Call rounds, the orders in them, their prices, and how they were decided."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations import RunSQL

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0007_listings_obey_their_resource"),
        ("identity", "0005_suspensions"),
        ("orders", "0011_trade_has_guards"),
    ]

    operations = bounded(
        [
            script("marketplace.rounds", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="CallRound",
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
                        "state",
                        models.CharField(
                            choices=[
                                ("SCHEDULED", "Scheduled"),
                                ("OPEN", "Open"),
                                ("NO_CANCEL", "No cancel"),
                                ("SOLVING", "Being decided"),
                                ("PUBLISHED", "Published"),
                                ("CALLED_OFF", "Called off"),
                            ],
                            default="SCHEDULED",
                            max_length=10,
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
                    ("hubs", models.JSONField()),
                    ("chips", models.JSONField(default=list)),
                    ("delivers_from", models.DateTimeField()),
                    ("delivers_until", models.DateTimeField()),
                    ("opens_at", models.DateTimeField()),
                    (
                        "first_at",
                        models.DateTimeField(help_text="when the first indicative price is told"),
                    ),
                    ("no_cancel_at", models.DateTimeField()),
                    (
                        "second_at",
                        models.DateTimeField(help_text="when the second indicative price is told"),
                    ),
                    ("ends_at", models.DateTimeField()),
                    ("solve_seconds", models.PositiveSmallIntegerField()),
                    (
                        "seed_hash",
                        models.CharField(
                            help_text="of the seed, told before the round", max_length=64
                        ),
                    ),
                    ("scheduled_by_id", models.BigIntegerField(null=True)),
                    ("scheduled_at", models.DateTimeField()),
                    ("sealed_at", models.DateTimeField(null=True)),
                    ("order_root", models.CharField(blank=True, max_length=64)),
                    ("input_hash", models.CharField(blank=True, max_length=64)),
                    (
                        "closed_at",
                        models.DateTimeField(help_text="published, or called off", null=True),
                    ),
                    (
                        "reason",
                        models.CharField(
                            blank=True, help_text="why it was called off", max_length=500
                        ),
                    ),
                    (
                        "price_minor",
                        models.BigIntegerField(help_text="fen by the standard hour", null=True),
                    ),
                    (
                        "volume_milli_hours",
                        models.BigIntegerField(default=0, help_text="of unit-hours"),
                    ),
                    ("order_count", models.PositiveIntegerField(default=0)),
                    ("filled_count", models.PositiveIntegerField(default=0)),
                    (
                        "saved_minor",
                        models.BigIntegerField(default=0, help_text="limits less price, summed"),
                    ),
                    (
                        "bound_permille",
                        models.PositiveSmallIntegerField(
                            help_text="of the best that is possible, proved, rounded down",
                            null=True,
                        ),
                    ),
                    ("solved_ms", models.PositiveIntegerField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="RoundLot",
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
                ],
            ),
            migrations.CreateModel(
                name="RoundOrder",
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
                        "tag",
                        models.PositiveIntegerField(
                            help_text="by which everybody knows it, and nobody whose"
                        ),
                    ),
                    ("key", models.CharField(max_length=255)),
                    ("placed_by_id", models.BigIntegerField(null=True)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("STANDING", "In the round"),
                                ("WITHDRAWN", "Withdrawn"),
                                ("FILLED", "Filled"),
                                ("UNFILLED", "Not filled"),
                            ],
                            default="STANDING",
                            max_length=9,
                        ),
                    ),
                    ("terms", models.JSONField()),
                    ("terms_hash", models.CharField(max_length=64)),
                    (
                        "asked_hash",
                        models.CharField(
                            help_text="of what was placed under the key", max_length=64
                        ),
                    ),
                    ("limit_minor", models.BigIntegerField()),
                    ("revision", models.PositiveIntegerField(default=1)),
                    ("placed_at", models.DateTimeField()),
                    ("changed_at", models.DateTimeField()),
                    (
                        "is_likely",
                        models.BooleanField(
                            help_text="to fill, at the second indicative price", null=True
                        ),
                    ),
                    (
                        "turn",
                        models.PositiveIntegerField(
                            help_text="in which it took its turn, from 1", null=True
                        ),
                    ),
                    ("why", models.CharField(blank=True, max_length=40)),
                    (
                        "changes",
                        models.JSONField(
                            default=list, help_text="smallest ones that would have filled it"
                        ),
                    ),
                    ("option", models.PositiveSmallIntegerField(null=True)),
                    ("starts_at", models.DateTimeField(null=True)),
                    ("got_milli", models.BigIntegerField(default=0)),
                    ("closed_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="RoundPrice",
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
                            choices=[
                                ("FIRST", "First indicative price"),
                                ("SECOND", "Second indicative price"),
                                ("FINAL", "Clearing price"),
                            ],
                            max_length=6,
                        ),
                    ),
                    ("price_minor", models.BigIntegerField(null=True)),
                    ("volume_milli_hours", models.BigIntegerField()),
                    (
                        "short_milli_hours",
                        models.BigIntegerField(help_text="asked for at the price, and not there"),
                    ),
                    ("order_count", models.PositiveIntegerField()),
                    ("told_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="RoundResult",
                fields=[
                    (
                        "round",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="result",
                            serialize=False,
                            to="rounds.callround",
                        ),
                    ),
                    ("document", models.JSONField()),
                    ("document_hash", models.CharField(max_length=64)),
                ],
            ),
            migrations.CreateModel(
                name="RoundSecret",
                fields=[
                    (
                        "round",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="secret",
                            serialize=False,
                            to="rounds.callround",
                        ),
                    ),
                    ("seed", models.CharField(max_length=64)),
                    (
                        "sealed",
                        models.JSONField(
                            help_text="the puzzle and its orders, as they were sealed", null=True
                        ),
                    ),
                    ("tries", models.PositiveSmallIntegerField(default=0)),
                ],
            ),
            migrations.AddIndex(
                model_name="callround",
                index=models.Index(
                    condition=models.Q(
                        ("state__in", ["SCHEDULED", "OPEN", "NO_CANCEL", "SOLVING"])
                    ),
                    fields=["ends_at", "id"],
                    name="call_round_is_due",
                ),
            ),
            migrations.AddConstraint(
                model_name="callround",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            [
                                "SCHEDULED",
                                "OPEN",
                                "NO_CANCEL",
                                "SOLVING",
                                "PUBLISHED",
                                "CALLED_OFF",
                            ],
                        )
                    ),
                    name="call_round_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="callround",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("first_at__gt", models.F("opens_at")),
                        ("no_cancel_at__gte", models.F("first_at")),
                        ("ends_at__gt", models.F("second_at")),
                        ("second_at__gt", models.F("no_cancel_at")),
                    ),
                    name="call_round_phases_follow",
                ),
            ),
            migrations.AddConstraint(
                model_name="callround",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("delivers_from__gt", models.F("ends_at")),
                        ("delivers_until__gt", models.F("delivers_from")),
                    ),
                    name="call_round_delivers_later",
                ),
            ),
            migrations.AddConstraint(
                model_name="callround",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("closed_at__isnull", False), ("state__in", ["PUBLISHED", "CALLED_OFF"])
                        ),
                        models.Q(
                            models.Q(("state__in", ["PUBLISHED", "CALLED_OFF"]), _negated=True),
                            ("closed_at__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="call_round_closed_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="callround",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["SOLVING", "PUBLISHED"]), _negated=True),
                        models.Q(
                            ("input_hash__gt", ""),
                            ("order_root__gt", ""),
                            ("sealed_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="call_round_decided_is_sealed",
                ),
            ),
            migrations.AddConstraint(
                model_name="callround",
                constraint=models.CheckConstraint(
                    condition=models.Q(("filled_count__lte", models.F("order_count"))),
                    name="call_round_counts_add_up",
                ),
            ),
            migrations.AddField(
                model_name="roundlot",
                name="listing",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="catalog.listing",
                ),
            ),
            migrations.AddField(
                model_name="roundlot",
                name="order",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
                ),
            ),
            migrations.AddField(
                model_name="roundorder",
                name="buyer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="roundorder",
                name="round",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="orders",
                    to="rounds.callround",
                ),
            ),
            migrations.AddField(
                model_name="roundlot",
                name="round_order",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lots",
                    to="rounds.roundorder",
                ),
            ),
            migrations.AddField(
                model_name="roundprice",
                name="round",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="prices",
                    to="rounds.callround",
                ),
            ),
            migrations.AddIndex(
                model_name="roundorder",
                index=models.Index(fields=["buyer", "-id"], name="round_order_of_buyer"),
            ),
            migrations.AddConstraint(
                model_name="roundorder",
                constraint=models.UniqueConstraint(
                    fields=("round", "tag"), name="round_order_tag_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="roundorder",
                constraint=models.UniqueConstraint(
                    fields=("round", "buyer", "key"), name="round_order_key_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="roundorder",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["STANDING", "WITHDRAWN", "FILLED", "UNFILLED"])
                    ),
                    name="round_order_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="roundorder",
                constraint=models.CheckConstraint(
                    condition=models.Q(("limit_minor__gte", 1), ("limit_minor__lte", 10000000)),
                    name="round_order_has_a_limit",
                ),
            ),
            migrations.AddConstraint(
                model_name="roundorder",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("got_milli__gt", 0), ("state", "FILLED")),
                        models.Q(models.Q(("state", "FILLED"), _negated=True), ("got_milli", 0)),
                        _connector="OR",
                    ),
                    name="round_order_filled_got_something",
                ),
            ),
            migrations.AddConstraint(
                model_name="roundorder",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state", "STANDING"), ("closed_at__isnull", False), _connector="XOR"
                    ),
                    name="round_order_closed_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="roundorder",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state", "STANDING"), ("why__gt", ""), _connector="OR"),
                    name="round_order_ended_has_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="roundprice",
                constraint=models.UniqueConstraint(
                    fields=("round", "kind"), name="round_price_told_once"
                ),
            ),
            *functions(
                "marketplace.rounds",
                "rounds_round_keeps",
                "rounds_order_keeps",
                "rounds_secret_keeps",
                "rounds_lot_belongs",
            ),
            row_trigger(
                "rounds_callround",
                "round_keeps",
                when="BEFORE UPDATE",
                function="rounds_round_keeps",
            ),
            row_trigger(
                "rounds_callround",
                "round_stays",
                when="BEFORE DELETE",
                function="suanpan_refuse_change",
            ),
            row_trigger(
                "rounds_roundorder",
                "order_keeps",
                when="BEFORE INSERT OR UPDATE",
                function="rounds_order_keeps",
            ),
            row_trigger(
                "rounds_roundorder",
                "order_stays",
                when="BEFORE DELETE",
                function="suanpan_refuse_change",
            ),
            row_trigger(
                "rounds_roundsecret",
                "secret_keeps",
                when="BEFORE INSERT OR UPDATE",
                function="rounds_secret_keeps",
            ),
            row_trigger(
                "rounds_roundsecret",
                "secret_stays",
                when="BEFORE DELETE",
                function="suanpan_refuse_change",
            ),
            row_trigger(
                "rounds_roundlot",
                "lot_belongs",
                when="BEFORE INSERT",
                function="rounds_lot_belongs",
            ),
            append_only("rounds_roundlot"),
            append_only("rounds_roundprice"),
            append_only("rounds_roundresult"),
            # Rounds, their prices and results are everybody's to read; whose orders they are is not.
            protect("rounds_callround", visible="true", writable=IS_PLATFORM),
            protect("rounds_roundsecret", visible=IS_PLATFORM),
            protect("rounds_roundprice", visible="true", writable=IS_PLATFORM),
            protect("rounds_roundresult", visible="true", writable=IS_PLATFORM),
            protect(
                "rounds_roundorder",
                visible=owned_by("buyer_id"),
                writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR state IN ('STANDING', 'WITHDRAWN'))",
            ),
            protect("rounds_roundlot", visible=owned_by("buyer_id"), writable=IS_PLATFORM),
            RunSQL(
                "REVOKE DELETE ON rounds_callround, rounds_roundorder, rounds_roundsecret FROM suanpan_app",
                "GRANT DELETE ON rounds_callround, rounds_roundorder, rounds_roundsecret TO suanpan_app",
            ),
        ]
    )
