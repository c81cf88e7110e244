"""Service levels of listings, what contracts measured by month, and credits by rule."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, function, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0004_audits_are_reminded_of"),
        ("catalog", "0010_quotes_say_known_facts"),
        ("identity", "0024_codes_are_renamed"),
        ("settlement", "0014_credits_by_rule"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="LevelMonth",
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
                        "month",
                        models.DateField(help_text="its first day, by the calendar of the market"),
                    ),
                    (
                        "due_at",
                        models.DateTimeField(
                            help_text="when it is looked at next; none: it is not", null=True
                        ),
                    ),
                    (
                        "revision",
                        models.PositiveIntegerField(default=0, help_text="of its last evaluation"),
                    ),
                    (
                        "refusal_code",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    (
                        "buyer",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "contract",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="settlement.contract",
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
                name="LevelEvaluation",
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
                    ("contract_number", models.CharField(max_length=24)),
                    ("rule", models.CharField(max_length=20)),
                    ("starts_at", models.DateTimeField()),
                    (
                        "ends_at",
                        models.DateTimeField(help_text="when it was over, and a breach closed"),
                    ),
                    ("availability_ppm", models.PositiveIntegerField(null=True)),
                    ("network_ppm", models.PositiveIntegerField(null=True)),
                    ("ready_seconds", models.PositiveIntegerField(null=True)),
                    ("response_bp", models.PositiveIntegerField(null=True)),
                    ("is_missed", models.BooleanField()),
                    (
                        "missed",
                        models.JSONField(
                            help_text="targets, each with what it alone would give back"
                        ),
                    ),
                    ("credit_bp", models.PositiveIntegerField()),
                    ("charged", models.JSONField(help_text="minor units by asset")),
                    ("credits", models.JSONField(help_text="minor units by asset")),
                    ("credited_minor", models.BigIntegerField(help_text="of all assets")),
                    (
                        "document",
                        models.JSONField(help_text="all that it was counted from, and how"),
                    ),
                    ("content_hash", models.CharField(max_length=64)),
                    ("evaluated_at", models.DateTimeField()),
                    (
                        "buyer",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "listing",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
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
                    (
                        "month",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="evaluations",
                            to="assurance.levelmonth",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="LevelReader",
                fields=[
                    (
                        "id",
                        models.PositiveSmallIntegerField(
                            default=1, primary_key=True, serialize=False
                        ),
                    ),
                    ("contract_sequence", models.BigIntegerField(default=0)),
                    ("charge_transaction", models.BigIntegerField(default=0)),
                    ("charge_id", models.UUIDField(null=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("id", 1)), name="level_reader_is_one"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ListingLevel",
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
                    ("rule", models.CharField(help_text="the formula, by version", max_length=20)),
                    ("availability_ppm", models.PositiveIntegerField(null=True)),
                    (
                        "tiers",
                        models.JSONField(
                            default=list, help_text="[below millionths, hundredths of a per cent]"
                        ),
                    ),
                    ("ready_seconds", models.PositiveIntegerField(null=True)),
                    ("ready_credit_bp", models.PositiveIntegerField(default=0)),
                    ("response_ms", models.PositiveIntegerField(null=True)),
                    ("response_credit_bp", models.PositiveIntegerField(default=0)),
                    ("network_ppm", models.PositiveIntegerField(null=True)),
                    ("network_credit_bp", models.PositiveIntegerField(default=0)),
                    ("starts_at", models.DateTimeField()),
                    ("published_at", models.DateTimeField()),
                    (
                        "published_by_id",
                        models.BigIntegerField(
                            help_text="the person; none for a program", null=True
                        ),
                    ),
                    ("content_hash", models.CharField(max_length=64)),
                    (
                        "listing",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
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
            migrations.AddField(
                model_name="levelmonth",
                name="level",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="assurance.listinglevel",
                ),
            ),
            migrations.CreateModel(
                name="LevelCredit",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            editable=False,
                            help_text="of the adjustment",
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("asset", models.CharField(max_length=60)),
                    (
                        "signed_minor",
                        models.BigIntegerField(help_text="to the buyer; negative: taken back"),
                    ),
                    ("booked_at", models.DateTimeField()),
                    (
                        "buyer",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
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
                    (
                        "evaluation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="given_back",
                            to="assurance.levelevaluation",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("evaluation", "asset"), name="level_credit_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("signed_minor", 0), _negated=True),
                            name="level_credit_moves",
                        ),
                    ],
                },
            ),
            migrations.AddIndex(
                model_name="levelevaluation",
                index=models.Index(fields=["buyer", "-id"], name="level_evaluation_of_buyer"),
            ),
            migrations.AddIndex(
                model_name="levelevaluation",
                index=models.Index(fields=["provider", "-id"], name="level_evaluation_of_provider"),
            ),
            migrations.AddIndex(
                model_name="levelevaluation",
                index=models.Index(fields=["listing", "-id"], name="level_evaluation_of_listing"),
            ),
            migrations.AddConstraint(
                model_name="levelevaluation",
                constraint=models.UniqueConstraint(
                    fields=("month", "revision"), name="level_evaluation_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="levelevaluation",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("credit_bp__lte", 10000), ("ends_at__gt", models.F("starts_at"))
                    ),
                    name="level_evaluation_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="levelevaluation",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("is_missed", True),
                        models.Q(("credit_bp", 0), ("credited_minor", 0)),
                        _connector="OR",
                    ),
                    name="level_evaluation_credits_what_was_missed",
                ),
            ),
            migrations.AddConstraint(
                model_name="listinglevel",
                constraint=models.UniqueConstraint(
                    fields=("listing", "version"), name="listing_level_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="listinglevel",
                constraint=models.CheckConstraint(
                    condition=models.Q(("starts_at__gte", models.F("published_at"))),
                    name="listing_level_lies_ahead",
                ),
            ),
            migrations.AddConstraint(
                model_name="listinglevel",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("availability_ppm__isnull", True),
                        ("availability_ppm__lte", 1000000),
                        _connector="OR",
                    ),
                    name="listing_level_availability_is_a_share",
                ),
            ),
            migrations.AddConstraint(
                model_name="listinglevel",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("network_ppm__isnull", True),
                        ("network_ppm__lte", 1000000),
                        _connector="OR",
                    ),
                    name="listing_level_network_is_a_share",
                ),
            ),
            migrations.AddConstraint(
                model_name="listinglevel",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("ready_seconds__isnull", True),
                        ("ready_seconds__lte", 86400),
                        _connector="OR",
                    ),
                    name="listing_level_ready_within_a_day",
                ),
            ),
            migrations.AddConstraint(
                model_name="listinglevel",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("response_ms__isnull", True),
                        ("response_ms__in", (50, 100, 200, 300, 500, 1000, 2000, 5000)),
                        _connector="OR",
                    ),
                    name="listing_level_response_is_a_bound",
                ),
            ),
            migrations.AddConstraint(
                model_name="listinglevel",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("network_credit_bp__lte", 10000),
                        ("ready_credit_bp__lte", 10000),
                        ("response_credit_bp__lte", 10000),
                    ),
                    name="listing_level_credits_are_shares",
                ),
            ),
            migrations.AddIndex(
                model_name="levelmonth",
                index=models.Index(
                    condition=models.Q(("due_at__isnull", False)),
                    fields=["due_at", "id"],
                    name="level_month_due",
                ),
            ),
            migrations.AddConstraint(
                model_name="levelmonth",
                constraint=models.UniqueConstraint(
                    fields=("contract", "month"), name="level_month_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="levelmonth",
                constraint=models.CheckConstraint(
                    condition=models.Q(("month__day", 1)), name="level_month_is_a_month"
                ),
            ),
            *functions(
                "marketplace.assurance",
                "assurance_evaluation_within_charge",
                "assurance_credit_completes",
                "assurance_credit_was_computed",
            ),
            function("marketplace.assurance", "assurance_level_is_worse", arguments="jsonb, jsonb"),
            row_trigger(
                "assurance_listinglevel",
                "listing_level_has_notice",
                when="BEFORE INSERT",
                function="suanpan_keep_notice",
                arguments=("published_at", "starts_at", "listing_id", "assurance_level_is_worse"),
            ),
            row_trigger(
                "assurance_levelevaluation",
                "evaluation_within_charge",
                when="BEFORE INSERT",
                function="assurance_evaluation_within_charge",
            ),
            row_trigger(
                "assurance_levelcredit",
                "credit_completes_its_month",
                when="BEFORE INSERT",
                function="assurance_credit_completes",
            ),
            migrations.RunSQL(
                "CREATE CONSTRAINT TRIGGER adjustment_by_rule_was_computed"
                " AFTER INSERT ON settlement_adjustment DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW WHEN (NEW.by_rule <> '')"
                " EXECUTE FUNCTION assurance_credit_was_computed();"
                "INSERT INTO assurance_levelreader (id, contract_sequence, charge_transaction)"
                " VALUES (1, 0, 0)",
                "DROP TRIGGER adjustment_by_rule_was_computed ON settlement_adjustment",
            ),
            append_only("assurance_listinglevel"),
            append_only("assurance_levelevaluation"),
            append_only("assurance_levelcredit"),
            migrations.RunSQL(
                "REVOKE DELETE ON assurance_levelmonth FROM suanpan_app;"
                "REVOKE DELETE ON assurance_levelreader FROM suanpan_app",
                "GRANT DELETE ON assurance_levelmonth TO suanpan_app;"
                "GRANT DELETE ON assurance_levelreader TO suanpan_app",
            ),
            protect("assurance_listinglevel", visible="true", writable=IS_PLATFORM),
            protect("assurance_levelreader", visible=IS_PLATFORM),
            *(
                protect(table, visible=owned_by("buyer_id", "provider_id"), writable=IS_PLATFORM)
                for table in (
                    "assurance_levelmonth",
                    "assurance_levelevaluation",
                    "assurance_levelcredit",
                )
            ),
        ]
    )
