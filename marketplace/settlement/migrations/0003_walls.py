"""What settling promises, the first fee, and who sees what."""

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script
from decimal import Decimal
from django.db import migrations, models
import django.db.models.expressions

OF_PARTIES = owned_by("buyer_id", "provider_id")
OF_THEIR_CONTRACT = (
    f"{IS_PLATFORM} OR EXISTS ("
    "SELECT FROM settlement_contract contract WHERE contract.id = contract_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("settlement", "0002_charges_and_records"),
    ]

    operations = bounded(
        [
            migrations.AddConstraint(
                model_name="feerule",
                constraint=models.CheckConstraint(
                    condition=models.Q(("rate__gte", 0), ("rate__lt", 1)),
                    name="fee_rate_is_a_share",
                ),
            ),
            migrations.AddConstraint(
                model_name="feerule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("version", 1), ("published_by__isnull", False), _connector="OR"
                    ),
                    name="fee_is_published_by_somebody",
                ),
            ),
            migrations.AddIndex(
                model_name="contract",
                index=models.Index(
                    condition=models.Q(("state", "ACTIVE"), ("review_code", "")),
                    fields=["settles_at", "id"],
                    name="contract_due",
                ),
            ),
            migrations.AddIndex(
                model_name="contract",
                index=models.Index(
                    condition=models.Q(("is_behind", True), ("review_code", "")),
                    fields=["id"],
                    name="contract_behind",
                ),
            ),
            migrations.AddIndex(
                model_name="contract",
                index=models.Index(
                    condition=models.Q(("review_code", ""), _negated=True),
                    fields=["review_since"],
                    name="contract_set_aside",
                ),
            ),
            migrations.AddIndex(
                model_name="contract",
                index=models.Index(fields=["buyer", "-id"], name="contract_of_buyer"),
            ),
            migrations.AddIndex(
                model_name="contract",
                index=models.Index(fields=["provider", "-id"], name="contract_of_provider"),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["ACTIVE", "SETTLED"])),
                    name="contract_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                    name="contract_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "gross_minor",
                            django.db.models.expressions.CombinedExpression(
                                models.F("voucher_minor"), "+", models.F("cash_minor")
                            ),
                        )
                    ),
                    name="contract_gross_is_paid",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("cash_minor__gte", 0),
                        ("gross_minor__gte", 0),
                        ("voucher_minor__gte", 0),
                        ("gross_minor__lte", models.F("rated_minor")),
                    ),
                    name="contract_collects_no_more_than_rated",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("fee_minor__gte", 0), ("fee_minor__lte", models.F("gross_minor"))
                    ),
                    name="contract_fee_within_gross",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("beyond_quantity__gte", 0), ("quantity__gte", 0), ("watermark__gte", 0)
                    ),
                    name="contract_quantities_not_negative",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("beyond_quantity__lte", Decimal("100000000000000000000000000")),
                        ("quantity__lte", Decimal("100000000000000000000000000")),
                        models.Q(
                            ("standard_hours__isnull", True),
                            ("standard_hours__lte", Decimal("100000000000000000000000000")),
                            _connector="OR",
                        ),
                    ),
                    name="contract_quantities_are_numbers",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(("rated_minor__lte", 100000000000000000)),
                    name="contract_amounts_can_be_told",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("review_code", ""), ("review_since__isnull", True)),
                        models.Q(
                            models.Q(("review_code", ""), _negated=True),
                            ("review_since__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="contract_set_aside_has_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="contract",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state", "SETTLED"), ("settled_at__isnull", True), _connector="XOR"
                    ),
                    name="contract_settled_has_time",
                ),
            ),
            migrations.AddIndex(
                model_name="traderecord",
                index=models.Index(fields=["buyer", "-sequence"], name="trade_of_buyer"),
            ),
            migrations.AddIndex(
                model_name="traderecord",
                index=models.Index(fields=["provider", "-sequence"], name="trade_of_provider"),
            ),
            migrations.AddIndex(
                model_name="traderecord",
                index=models.Index(fields=["traded_at", "sequence"], name="trade_by_time"),
            ),
            migrations.AddConstraint(
                model_name="traderecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "gross_minor",
                            django.db.models.expressions.CombinedExpression(
                                models.F("voucher_minor"), "+", models.F("cash_minor")
                            ),
                        )
                    ),
                    name="trade_gross_is_paid",
                ),
            ),
            migrations.AddConstraint(
                model_name="traderecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("beyond_quantity__lte", Decimal("100000000000000000000000000")),
                        ("quantity__lte", Decimal("100000000000000000000000000")),
                    ),
                    name="trade_quantities_are_numbers",
                ),
            ),
            migrations.AddConstraint(
                model_name="traderecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("kind", "CORRECTION"),
                        models.Q(
                            ("beyond_quantity__gte", 0),
                            ("quantity__gte", 0),
                            ("cash_minor__gte", 0),
                            ("gross_minor__gte", 0),
                            ("voucher_minor__gte", 0),
                            ("fee_minor__gte", 0),
                            ("fee_minor__lte", models.F("gross_minor")),
                        ),
                        _connector="OR",
                    ),
                    name="trade_is_not_negative",
                ),
            ),
            migrations.AddConstraint(
                model_name="traderecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("corrects__isnull", True), ("corrects_number", ""), ("kind", "TRADE")
                        ),
                        models.Q(("corrects__isnull", False), ("kind", "CORRECTION")),
                        _connector="OR",
                    ),
                    name="trade_correction_names_its_original",
                ),
            ),
            migrations.AddConstraint(
                model_name="traderecord",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("kind", "TRADE")),
                    fields=("contract",),
                    name="contract_trades_once",
                ),
            ),
            script("marketplace.settlement", "constraints.sql", reverse="constraints_gone.sql"),
            *functions("marketplace.settlement", "settlement_never_reopen"),
            script("marketplace.settlement", "triggers.sql", reverse="triggers_gone.sql"),
            protect("settlement_feerule", visible="true", writable=IS_PLATFORM),
            protect("settlement_chargingcursor", visible=IS_PLATFORM),
            protect("settlement_contract", visible=OF_PARTIES, writable=IS_PLATFORM),
            protect("settlement_charge", visible=OF_PARTIES, writable=IS_PLATFORM),
            protect("settlement_traderecord", visible=OF_PARTIES, writable=IS_PLATFORM),
            protect("settlement_contractfunds", visible=OF_THEIR_CONTRACT, writable=IS_PLATFORM),
            protect("settlement_unopenedorder", visible=IS_PLATFORM),
            script("marketplace.settlement", "grants.sql"),
        ]
    )
