"""What contracts were charged, and the records of what was traded and adjusted."""

from django.db import models
from django.db.models import F, Q

from common import recorded
from common.ids import uuid7
from marketplace.settlement.contracts import (
    ADJUSTMENT_MINOR_MAX,
    EVIDENCE_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    AdjustmentReason,
    ChargeKind,
    Party,
    TradeKind,
)
from marketplace.settlement.models.agreed import QUANTITY_MAX, Contract


class Charge(models.Model):
    """The price of one usage record, or of a contract's end, and who paid it; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="charges")
    buyer = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=ChargeKind.choices)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="corrections", null=True, blank=True
    )
    usage = models.ForeignKey(
        "metering.UsageRecord",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        help_text="none behind what the end of a contract comes to",
    )
    revision = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    unit = models.CharField(max_length=24)
    quantity = models.DecimalField(max_digits=38, decimal_places=12)
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    measured_quantity = models.DecimalField(
        max_digits=38, decimal_places=12, help_text="what the usage record says as a whole"
    )
    measured_standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    beyond_quantity = models.DecimalField(
        max_digits=38, decimal_places=12, default=0, help_text="of what it adds, not ordered"
    )
    beyond_standard_hours = models.DecimalField(
        max_digits=38, decimal_places=12, null=True, default=0
    )
    total_quantity = models.DecimalField(
        max_digits=38, decimal_places=12, help_text="of the contract, after this charge"
    )
    total_standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    lines = models.JSONField(help_text="how the plan prices the quantity")
    parts = models.JSONField(help_text="minor units by asset")
    rated_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    voucher_minor = models.BigIntegerField()
    cash_minor = models.BigIntegerField()
    uncollected_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    remark = models.CharField(max_length=40, blank=True, help_text="why less was collected")
    ledger_group = models.UUIDField(null=True, blank=True)
    content_hash = models.CharField(max_length=64)
    charged_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "usage"], name="usage_is_charged_once"),
            models.CheckConstraint(
                condition=Q(gross_minor=F("voucher_minor") + F("cash_minor"))
                & Q(rated_minor=F("gross_minor") + F("uncollected_minor")),
                name="charge_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(measured_quantity__gte=0, total_quantity__gte=0, revision__gt=0)
                & Q(ends_at__gt=F("starts_at")),
                name="charge_quantities_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(measured_quantity__lte=QUANTITY_MAX, total_quantity__lte=QUANTITY_MAX)
                & Q(quantity__lte=QUANTITY_MAX, beyond_quantity__lte=QUANTITY_MAX),
                name="charge_quantities_are_numbers",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ChargeKind.values), name="charge_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=ChargeKind.USAGE, corrects__isnull=True, usage__isnull=False)
                | Q(kind=ChargeKind.CORRECTION, corrects__isnull=False, usage__isnull=False)
                | Q(
                    kind=ChargeKind.CLOSING,
                    corrects__isnull=True,
                    usage__isnull=True,
                    quantity=0,
                    measured_quantity=0,
                ),
                name="charge_says_what_for",
            ),
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(kind=ChargeKind.CLOSING),
                name="early_end_is_charged_once",
            ),
        ]
        indexes = [
            models.Index(fields=["recorded_in", "id"], name="charge_in_order"),
            models.Index(fields=["buyer", "-id"], name="charge_of_buyer"),
            models.Index(fields=["provider", "-id"], name="charge_of_provider"),
            models.Index(fields=["charged_at", "id"], name="charge_by_time"),
            models.Index(fields=["contract", "starts_at"], name="charge_of_window"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.gross_minor} {self.id}"


class TradeRecord(models.Model):
    """
    What was traded, for those who audit; append-only, numbered without gaps.

    The names and numbers of parties and rules are copied: a record says the same for ever.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=10, choices=TradeKind.choices)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="corrections", null=True, blank=True
    )
    corrects_number = models.CharField(max_length=24, blank=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="trade_records")
    contract_number = models.CharField(max_length=24)
    order_number = models.CharField(max_length=24)
    buyer = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    buyer_uscc = models.CharField(max_length=18)
    buyer_name = models.CharField(max_length=120)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider_uscc = models.CharField(max_length=18)
    provider_name = models.CharField(max_length=120)
    identifier = models.CharField(max_length=96)
    resource_class = models.CharField(max_length=8)
    region = models.CharField(max_length=6)
    relation = models.CharField(
        max_length=11,
        blank=True,
        default="",
        db_default="",
        help_text="how the parties are not strangers; such trades enter no statistics",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    unit = models.CharField(max_length=24)
    quantity = models.DecimalField(max_digits=38, decimal_places=12)
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    beyond_quantity = models.DecimalField(
        max_digits=38, decimal_places=12, default=0, help_text="measured, and not ordered"
    )
    gross_minor = models.BigIntegerField()
    voucher_minor = models.BigIntegerField()
    cash_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    assets = models.TextField(blank=True, help_text="what was paid in each asset")
    plan = models.CharField(max_length=80)
    rule = models.CharField(max_length=80)
    fee_rule = models.CharField(max_length=24)
    traded_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)
    recorded_in = recorded.in_transaction()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_minor=F("voucher_minor") + F("cash_minor")),
                name="trade_gross_is_paid",
            ),
            models.CheckConstraint(
                condition=Q(quantity__lte=QUANTITY_MAX, beyond_quantity__lte=QUANTITY_MAX),
                name="trade_quantities_are_numbers",
            ),
            models.CheckConstraint(
                condition=Q(kind=TradeKind.CORRECTION)
                | Q(quantity__gte=0, beyond_quantity__gte=0)
                & Q(gross_minor__gte=0, voucher_minor__gte=0, cash_minor__gte=0)
                & Q(fee_minor__gte=0, fee_minor__lte=F("gross_minor")),
                name="trade_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind=TradeKind.TRADE, corrects__isnull=True, corrects_number="")
                | Q(kind=TradeKind.CORRECTION, corrects__isnull=False),
                name="trade_correction_names_its_original",
            ),
            models.UniqueConstraint(
                fields=["contract"], condition=Q(kind=TradeKind.TRADE), name="contract_trades_once"
            ),
        ]
        indexes = [
            models.Index(fields=["recorded_in", "id"], name="trade_in_order"),
            models.Index(fields=["buyer", "-sequence"], name="trade_of_buyer"),
            models.Index(fields=["provider", "-sequence"], name="trade_of_provider"),
            models.Index(fields=["traded_at", "sequence"], name="trade_by_time"),
        ]

    def __str__(self) -> str:
        return self.number


class Adjustment(models.Model):
    """
    Money that moved without usage, as two persons agreed; append-only, numbered without gaps.

    It is never edited: another one reverses it, and names it. Credits for service levels alone go
    by a published rule, without persons; what vouchers paid goes back to them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    reason = models.CharField(max_length=16, choices=AdjustmentReason.choices)
    payer = models.CharField(max_length=8, choices=Party.choices)
    payee = models.CharField(max_length=8, choices=Party.choices)
    buyer = models.ForeignKey(
        "identity.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    provider = models.ForeignKey(
        "identity.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="adjustments", null=True
    )
    trade_record = models.OneToOneField(
        TradeRecord, on_delete=models.PROTECT, related_name="adjustment", null=True
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="reversed_by", null=True
    )
    amount_minor = models.BigIntegerField()
    owed_minor = models.BigIntegerField(
        default=0, help_text="of it, what the provider owes since its payable did not reach"
    )
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, unique=True)
    evidence = models.CharField(max_length=EVIDENCE_LENGTH_MAX)
    ledger_group = models.UUIDField()
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    by_rule = models.CharField(
        max_length=20, default="", db_default="", blank=True, help_text="instead of two persons"
    )
    asset = models.CharField(
        max_length=60, default="CNY", db_default="CNY", help_text="a voucher's: it went back to it"
    )
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    by_rule="",
                    proposal__isnull=False,
                    booked_by__isnull=False,
                    approved_by__isnull=False,
                )
                & (
                    Q(asset="CNY")
                    | Q(
                        reason=AdjustmentReason.DISPUTE,
                        payer=Party.PROVIDER,
                        payee=Party.BUYER,
                        contract__isnull=False,
                        reverses__isnull=True,
                    )
                )
                | Q(
                    by_rule__gt="",
                    proposal__isnull=True,
                    booked_by__isnull=True,
                    approved_by__isnull=True,
                    reverses__isnull=True,
                    reason=AdjustmentReason.SERVICE_LEVEL,
                    payer__in=(Party.BUYER, Party.PROVIDER),
                    payee__in=(Party.BUYER, Party.PROVIDER),
                ),
                name="adjustment_by_two_or_by_rule",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, amount_minor__lte=ADJUSTMENT_MINOR_MAX)
                & Q(owed_minor__gte=0, owed_minor__lte=F("amount_minor")),
                name="adjustment_is_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(payer__in=Party.values, payee__in=Party.values)
                & ~Q(payer=F("payee"))
                & Q(reason__in=AdjustmentReason.values),
                name="adjustment_moves_between_two",
            ),
            models.CheckConstraint(
                condition=(~Q(payer=Party.BUYER) & ~Q(payee=Party.BUYER) | Q(buyer__isnull=False))
                & (~Q(payer=Party.PROVIDER) & ~Q(payee=Party.PROVIDER) | Q(provider__isnull=False)),
                name="adjustment_names_its_parties",
            ),
            models.CheckConstraint(
                condition=Q(contract__isnull=True, trade_record__isnull=True)
                | Q(contract__isnull=False, trade_record__isnull=False)
                & Q(buyer__isnull=False, provider__isnull=False),
                name="adjustment_corrects_a_record",
            ),
            models.CheckConstraint(
                condition=Q(owed_minor=0) | Q(payer=Party.PROVIDER),
                name="adjustment_only_providers_owe",
            ),
            models.CheckConstraint(
                condition=~Q(booked_by=F("approved_by")), name="adjustment_approved_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(evidence="") & ~Q(reference=""), name="adjustment_has_its_evidence"
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-sequence"], name="adjustment_of_buyer"),
            models.Index(fields=["provider", "-sequence"], name="adjustment_of_provider"),
        ]

    def __str__(self) -> str:
        return self.number
