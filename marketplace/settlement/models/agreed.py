"""Fees, contracts, what pays them and when it is held, and how they end."""

from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from common.money import AMOUNT_MINOR_MAX
from common.reviews import NOT_SET_ASIDE, Reviewable, reviewed_since
from marketplace.orders import rules as orders_rules
from marketplace.settlement import fee_1, rules
from marketplace.settlement.contracts import (
    ContractState,
    InstalmentState,
)

# More than any sum of readings; NaN, which PostgreSQL counts above every number, is beyond it, too.
QUANTITY_MAX = Decimal(10) ** 26

# Of a hold: what was paid and not given back, and what was let go.
GONE_MINOR = F("captured_minor") - F("returned_minor") + F("released_minor")

OPEN_INSTALMENTS: Final = (InstalmentState.PLANNED, InstalmentState.LATE)


class FeeRule(models.Model):
    """The market's fee from a moment on, as a share of what is collected; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(unique=True)
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    rule = models.CharField(
        max_length=20, db_default=fee_1.NAME, help_text="the arithmetic, by version"
    )
    starts_at = models.DateTimeField(unique=True)
    source = models.TextField()
    content_hash = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        "identity.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="empty for the fee that the market is installed with",
    )
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(version=1)
                | (Q(proposal__isnull=False) & ~Q(approved_by=F("published_by"))),
                name="fee_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lt=1), name="fee_rate_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(version=1) | Q(published_by__isnull=False),
                name="fee_is_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version} {self.rate}"


class ChargingCursor(models.Model):
    """
    How far usage was read; the one row moves in the transaction that charges what was read.

    It also keeps how many runs began since the last one that ended, and how much each of them may
    take: a worker that is killed leaves nothing else behind.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    run_limit = models.PositiveIntegerField(default=2_000, help_text="usage records of a run")
    unfinished = models.PositiveSmallIntegerField(
        default=0, help_text="runs of that many that began and did not end"
    )
    failed = models.PositiveSmallIntegerField(
        default=0, help_text="runs since the last good one in which every contract failed"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_charging_cursor"),
            models.CheckConstraint(
                condition=Q(sequence__gte=0, run_limit__gt=0), name="charging_cursor_moves_on"
            ),
        ]

    def __str__(self) -> str:
        return str(self.sequence)


class UnopenedOrder(Reviewable):
    """A cleared order of which no contract could be made; it waits for a check."""

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    order_number = models.CharField(max_length=24)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(review_code="") & Q(review_since__isnull=False),
                name="unopened_for_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.order_number


class Contract(Reviewable):
    """
    A cleared order while it is delivered and charged; totals move, of terms an early end alone.

    One that charging or settling fails with is set aside: it stays as it is, and holds nobody up.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    order_number = models.CharField(max_length=24)
    buyer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    listing = models.ForeignKey("catalog.Listing", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )
    plan_version = models.ForeignKey(
        "pricing.RatePlanVersion", on_delete=models.PROTECT, related_name="+"
    )
    rule_version = models.ForeignKey(
        "metering.MeasurementRuleVersion", on_delete=models.PROTECT, related_name="+"
    )
    fee_rule = models.ForeignKey(FeeRule, on_delete=models.PROTECT, related_name="+")
    unit = models.CharField(max_length=24, help_text="what the rule's metric counts in")
    relation = models.CharField(max_length=11, blank=True, default="", db_default="")
    instalment_rule = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="by which its cash is held in parts; empty where it was held at once",
    )
    is_ready_to_bill = models.BooleanField(
        default=False, db_default=False, help_text="charged only while its delivery runs"
    )
    preemption_rule = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="by which it may be taken back before its time; empty: never",
    )
    preemption_minutes = models.PositiveSmallIntegerField(
        null=True, help_text="of notice before it is taken back"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    settles_at = models.DateTimeField(help_text="when the last window must have closed")
    state = models.CharField(
        max_length=8, choices=ContractState.choices, default=ContractState.ACTIVE
    )
    watermark = models.BigIntegerField(default=0, help_text="the last usage that was charged")
    is_behind = models.BooleanField(
        default=True, help_text="usage before the charging cursor may be uncharged"
    )
    refusal_code = models.CharField(max_length=40, blank=True, help_text="why charging is stuck")
    quantity = models.DecimalField(max_digits=38, decimal_places=12, default=0)
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True, default=0)
    rated_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField(default=0)
    voucher_minor = models.BigIntegerField(default=0)
    cash_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    beyond_quantity = models.DecimalField(
        max_digits=38, decimal_places=12, default=0, help_text="measured, and not ordered"
    )
    rating = models.JSONField(
        default=dict,
        db_default={},
        help_text="what was used so far in each cell of a plan under `rate-2`, as exact fractions",
    )
    price_facts = models.JSONField(
        default=dict,
        db_default={},
        help_text="the facts that factors of its plan ask, each with what it rests on",
    )
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ContractState.values), name="contract_state_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="contract_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(gross_minor=F("voucher_minor") + F("cash_minor")),
                name="contract_gross_is_paid",
            ),
            models.CheckConstraint(
                condition=Q(gross_minor__gte=0, voucher_minor__gte=0, cash_minor__gte=0)
                & Q(gross_minor__lte=F("rated_minor")),
                name="contract_collects_no_more_than_rated",
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, fee_minor__lte=F("gross_minor")),
                name="contract_fee_within_gross",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, beyond_quantity__gte=0, watermark__gte=0),
                name="contract_quantities_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(quantity__lte=QUANTITY_MAX, beyond_quantity__lte=QUANTITY_MAX)
                & (Q(standard_hours__isnull=True) | Q(standard_hours__lte=QUANTITY_MAX)),
                name="contract_quantities_are_numbers",
            ),
            models.CheckConstraint(
                condition=Q(rated_minor__lte=AMOUNT_MINOR_MAX),
                name="contract_amounts_can_be_told",
            ),
            reviewed_since("contract_set_aside_has_time"),
            models.CheckConstraint(
                condition=Q(state=ContractState.SETTLED) ^ Q(settled_at__isnull=True),
                name="contract_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["settles_at", "id"],
                condition=Q(state=ContractState.ACTIVE) & NOT_SET_ASIDE,
                name="contract_due",
            ),
            models.Index(
                fields=["id"],
                condition=Q(is_behind=True) & NOT_SET_ASIDE,
                name="contract_behind",
            ),
            models.Index(
                fields=["review_since"], condition=~NOT_SET_ASIDE, name="contract_set_aside"
            ),
            models.Index(
                fields=["order"],
                condition=Q(is_ready_to_bill=True, state=ContractState.ACTIVE),
                name="contract_of_delivery",
            ),
            models.Index(fields=["buyer", "-id"], name="contract_of_buyer"),
            models.Index(fields=["provider", "-id"], name="contract_of_provider"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def instalments_in_order(self) -> list["ContractInstalment"]:
        """Return what is held when; nothing where it is held at once."""
        return list(self.instalments.order_by("part")) if self.instalment_rule else []


class ContractFunds(models.Model):
    """One source that pays a contract: the buyer's cash, or a voucher, and its hold."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="funds")
    position = models.PositiveSmallIntegerField()
    voucher_id = models.UUIDField(null=True, blank=True)
    asset = models.CharField(max_length=60)
    debit = models.CharField(max_length=120, help_text="the account that pays")
    credit = models.CharField(max_length=120, help_text="the account that is paid")
    hold_id = models.UUIDField(null=True, blank=True, help_text="the ledger's open hold")
    held_minor = models.BigIntegerField()
    agreed_minor = models.BigIntegerField(
        null=True, help_text="of instalments, what they come to; none where it is held at once"
    )
    captured_minor = models.BigIntegerField(default=0)
    returned_minor = models.BigIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "position"], name="funds_position_once"),
            models.CheckConstraint(
                condition=Q(held_minor__gt=0, captured_minor__gte=0, released_minor__gte=0)
                & Q(held_minor__gte=GONE_MINOR),
                name="funds_never_beyond_hold",
            ),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("captured_minor")),
                name="funds_return_what_was_captured",
            ),
            models.CheckConstraint(
                condition=Q(agreed_minor__isnull=True)
                | Q(agreed_minor__gte=F("held_minor"), voucher_id__isnull=True),
                name="funds_hold_no_more_than_agreed",
            ),
            models.CheckConstraint(
                condition=Q(hold_id__isnull=True) ^ Q(held_minor__gt=GONE_MINOR),
                name="funds_hold_open_while_money_is_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.held_minor}"


class ContractInstalment(models.Model):
    """What of a long contract's cash is held for one of its periods, and whether it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="instalments")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    part = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    due_at = models.DateTimeField(null=True, help_text="when it is held; none for the first")
    state = models.CharField(max_length=7, choices=InstalmentState.choices)
    next_at = models.DateTimeField(null=True, help_text="when it is looked at next")
    refusal_code = models.CharField(max_length=40, blank=True, help_text="why it is not held yet")
    decided_at = models.DateTimeField(null=True, help_text="when it was held, or given up")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "part"], name="instalment_part_once"),
            models.CheckConstraint(
                condition=Q(state__in=InstalmentState.values), name="instalment_state_known"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, part__gt=0, ends_at__gt=F("starts_at")),
                name="instalment_is_an_amount_for_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_INSTALMENTS, next_at__isnull=False, due_at__isnull=False)
                | ~Q(state__in=OPEN_INSTALMENTS) & Q(next_at__isnull=True),
                name="instalment_is_due_or_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                condition=Q(state__in=OPEN_INSTALMENTS),
                name="instalment_due",
            ),
            models.Index(
                fields=["buyer_id", "due_at"],
                condition=Q(state__in=OPEN_INSTALMENTS),
                name="instalment_of_buyer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.part}: {self.amount_minor} {self.state}"


class EarlyEnd(models.Model):
    """A running contract that its buyer ended early: by which rule, and from when on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="early_end")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    rule_version = models.CharField(
        max_length=20, help_text="by which it ended; `plan-1` where its plan says how"
    )
    fee_minor = models.BigIntegerField()
    notice_seconds = models.PositiveIntegerField(null=True, help_text="that its plan asked")
    gives_back = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        null=True,
        help_text="of the price of prepaid hours not used, as its plan said",
    )
    ended_before = models.DateTimeField(help_text="when it would have ended")
    ends_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField(null=True, help_text="the person; none where a key did")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("asked_at"), ended_before__gt=F("ends_at")),
                name="early_end_lies_between",
            ),
            models.CheckConstraint(condition=Q(fee_minor__gte=0), name="early_end_fee_is_a_fee"),
            models.CheckConstraint(
                condition=Q(
                    rule_version=rules.OF_PLAN,
                    notice_seconds__isnull=False,
                    gives_back__gte=0,
                    gives_back__lte=1,
                )
                | ~Q(rule_version=rules.OF_PLAN)
                & Q(notice_seconds__isnull=True, gives_back__isnull=True),
                name="early_end_says_what_its_plan_did",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.ends_at:%Y-%m-%d %H:%M}"

    @property
    def is_unheld(self) -> bool:
        """Whether it ends since an instalment was not held, and not as its buyer asked."""
        return self.rule_version in orders_rules.INSTALMENTS.versions

    @property
    def is_undelivered(self) -> bool:
        """Whether it ends since nothing is delivered any more, and not as its buyer asked."""
        return self.rule_version == rules.UNDELIVERED.name

    @property
    def is_agreed(self) -> bool:
        """Whether it ends as buyer and provider agreed."""
        return self.rule_version in rules.AGREED_VERSIONS


class ContractReduction(models.Model):
    """That a contract is of less from a moment on, as its buyer and its provider agreed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="reduction")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    change_id = models.UUIDField(unique=True, help_text="the request that both agreed on")
    starts_at = models.DateTimeField()
    units_milli = models.BigIntegerField(help_text="from then on")
    agreed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(units_milli__gt=0, starts_at__gt=F("agreed_at")),
                name="reduction_is_to_come",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.units_milli} {self.starts_at:%Y-%m-%d %H:%M}"


class Extension(models.Model):
    """An order that goes on where another one ends, at the same listing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    extends = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+")
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    buyer_id = models.UUIDField()
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} extends {self.extends_id}"
