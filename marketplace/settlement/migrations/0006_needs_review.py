"""Contracts that fail are set aside, and rows that nobody could read again cannot be written."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from common.reviews import reviewed_since
from common.rls import IS_PLATFORM, protect

CODE_MAX, DETAIL_MAX = 40, 500
AMOUNT_MINOR_MAX = 10**17
QUANTITY_MAX = Decimal(10) ** 26
NOT_SET_ASIDE = Q(review_code="")
MOVING = (
    "'state', 'settled_at', 'watermark', 'is_behind', 'refusal_code', 'quantity',"
    " 'standard_hours', 'rated_minor', 'gross_minor', 'voucher_minor', 'cash_minor', 'fee_minor',"
    " 'beyond_quantity'"
)
REVIEW = "'review_code', 'review_detail', 'review_since'"
LINES = """
    ALTER TABLE settlement_charge ADD CONSTRAINT charge_lines_explain CHECK (
        jsonb_typeof(lines) = 'array' AND jsonb_typeof(parts) = 'object'
        AND NOT jsonb_path_exists(lines, '$[*] ? (@.type() != "object" || !exists(@.component)
            || !exists(@.unit) || @.amount_minor.type() != "number")')
        AND NOT jsonb_path_exists(parts, '$.* ? (@.type() != "number")')
    )
"""


def keep_terms_but(moving):
    return f"""
        DROP TRIGGER contract_keeps_terms ON settlement_contract;
        CREATE TRIGGER contract_keeps_terms BEFORE UPDATE ON settlement_contract
            FOR EACH ROW EXECUTE FUNCTION settlement_keep_terms({moving});
    """


def review_columns():
    return [
        (
            "review_code",
            models.CharField(max_length=CODE_MAX, blank=True, default="", db_default=""),
        ),
        (
            "review_detail",
            models.CharField(
                max_length=DETAIL_MAX,
                blank=True,
                default="",
                db_default="",
                help_text="for operators",
            ),
        ),
        ("review_since", models.DateTimeField(null=True, blank=True)),
    ]


def check(model, name, condition):
    return migrations.AddConstraint(model, models.CheckConstraint(name=name, condition=condition))


def replaced_index(name, **index):
    return [
        migrations.RemoveIndex("contract", name),
        migrations.AddIndex("contract", models.Index(name=name, **index)),
    ]


class Migration(migrations.Migration):
    dependencies = [("settlement", "0005_beyond_the_order")]

    operations = [
        migrations.CreateModel(
            name="UnopenedOrder",
            fields=[
                *review_columns(),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("order_number", models.CharField(max_length=24)),
            ],
        ),
        check(
            "unopenedorder",
            "unopened_for_a_reason",
            ~Q(review_code="") & Q(review_since__isnull=False),
        ),
        protect("settlement_unopenedorder", visible=IS_PLATFORM),
        *(
            migrations.AddField("contract", name, field)
            for name, field in review_columns()
        ),
        migrations.RunSQL(
            keep_terms_but(f"{MOVING}, {REVIEW}"), keep_terms_but(MOVING)
        ),
        migrations.AddConstraint("contract", reviewed_since("contract_set_aside_has_time")),
        *replaced_index(
            "contract_due",
            fields=["settles_at", "id"],
            condition=Q(state="ACTIVE") & NOT_SET_ASIDE,
        ),
        *replaced_index(
            "contract_behind", fields=["id"], condition=Q(is_behind=True) & NOT_SET_ASIDE
        ),
        migrations.AddIndex(
            "contract",
            models.Index(
                fields=["review_since"], condition=~NOT_SET_ASIDE, name="contract_set_aside"
            ),
        ),
        migrations.AddField(
            "chargingcursor",
            "run_limit",
            models.PositiveIntegerField(default=2_000, help_text="usage records of a run"),
        ),
        migrations.AddField(
            "chargingcursor",
            "unfinished",
            models.PositiveSmallIntegerField(
                default=0, help_text="runs of that many that began and did not end"
            ),
        ),
        check("chargingcursor", "charging_cursor_moves_on", Q(sequence__gte=0, run_limit__gt=0)),
        check(
            "contract",
            "contract_quantities_are_numbers",
            Q(quantity__lte=QUANTITY_MAX, beyond_quantity__lte=QUANTITY_MAX)
            & (Q(standard_hours__isnull=True) | Q(standard_hours__lte=QUANTITY_MAX)),
        ),
        check("contract", "contract_amounts_can_be_told", Q(rated_minor__lte=AMOUNT_MINOR_MAX)),
        check(
            "charge",
            "charge_quantities_are_numbers",
            Q(measured_quantity__lte=QUANTITY_MAX, total_quantity__lte=QUANTITY_MAX)
            & Q(quantity__lte=QUANTITY_MAX, beyond_quantity__lte=QUANTITY_MAX),
        ),
        check("charge", "charge_kind_known", Q(kind__in=["USAGE", "CORRECTION"])),
        migrations.RunSQL(
            LINES, "ALTER TABLE settlement_charge DROP CONSTRAINT charge_lines_explain"
        ),
        check(
            "traderecord",
            "trade_quantities_are_numbers",
            Q(quantity__lte=QUANTITY_MAX, beyond_quantity__lte=QUANTITY_MAX),
        ),
        check(
            "traderecord",
            "trade_is_not_negative",
            Q(kind="CORRECTION")
            | Q(quantity__gte=0, beyond_quantity__gte=0)
            & Q(gross_minor__gte=0, voucher_minor__gte=0, cash_minor__gte=0)
            & Q(fee_minor__gte=0, fee_minor__lte=F("gross_minor")),
        ),
    ]
