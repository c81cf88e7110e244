"""Orders, what happened to them, the rounds that cleared them, the imports that made them."""

import json
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value

from common import recorded
from common.checks import Sound
from common.ids import uuid7
from common.reviews import NOT_SET_ASIDE, Reviewable, reviewed_since
from identity.contracts import Relation
from marketplace.orders import frozen
from marketplace.orders.contracts import (
    CHIPS_MAX,
    HALT_ALONE,
    HALT_REASON_MAX,
    RATE_MAX,
    SECONDS_MAX,
    UNITS_MILLI_MAX,
    VOUCHERS_MAX,
    ImportState,
    OrderState,
    PaceAct,
)

# What nobody decided yet, and what of it the market's own clearing looks for: orders of an import
# wait for nobody but it.
WAITING: Final = Q(state=OrderState.PLACED) & NOT_SET_ASIDE
DUE: Final = WAITING & Q(import_run__isnull=True)


class BookView(models.Model):
    """
    What a book offered and what its plans said, under the hash of its own text.

    Many rounds read the same: it is stored once, and they name it.
    """

    hash = models.CharField(primary_key=True, max_length=64)
    body = models.BinaryField(help_text="compressed by zlib: canonical JSON of cards and offers")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.hash


class ClearingRound(models.Model):
    """
    One clearing of one book, with everything that an auditor needs to compute it again.

    `whole_snapshot` is the input of the pure rule and `result` its output, each with its hash; what
    the database refused after the rule had run stands in `late_refusals`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    book = models.ForeignKey("catalog.Book", on_delete=models.PROTECT, related_name="+")
    rule_version = models.CharField(max_length=20)
    seed = models.CharField(max_length=64)
    snapshot = models.JSONField(help_text="where there is a view, without what the view says")
    view = models.ForeignKey(BookView, on_delete=models.PROTECT, null=True, related_name="+")
    input_hash = models.CharField(max_length=64)
    result = models.JSONField()
    output_hash = models.CharField(max_length=64)
    late_refusals = models.JSONField(default=list)
    order_count = models.PositiveIntegerField()
    cleared_count = models.PositiveIntegerField()
    rejected_count = models.PositiveIntegerField()
    steps = models.JSONField(help_text="[{step, microseconds}] in the order of the steps")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["book", "-id"], name="round_by_book"),
            models.Index(fields=["recorded_in", "id"], name="round_in_order"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(order_count=F("cleared_count") + F("rejected_count")),
                name="round_counts_every_order",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def whole_snapshot(self) -> dict[str, Any]:
        """Return the input of the rule as plain data, with what the round's view says."""
        if self.view is None:
            return dict(self.snapshot)
        return frozen.together(self.snapshot, json.loads(frozen.unpacked(self.view.body)))


class ImportRun(models.Model):
    """
    One import of a usage file for one organisation.

    While it is RUNNING, the sweepers of the market leave its orders and contracts to it: they live
    in the present, and it replays the past.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    source = models.CharField(max_length=120, help_text="whose file it is: part of every key")
    file_name = models.CharField(max_length=255)
    content_hash = models.CharField(max_length=64)
    usage_format = models.CharField(max_length=20)
    zone = models.CharField(max_length=64, help_text="of times that name none")
    requested_by = models.CharField(max_length=80, help_text="the login that ran the command")
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.RUNNING
    )
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(state=ImportState.RUNNING), name="import_running"
            ),
            models.Index(fields=["organization", "source", "-id"], name="import_by_source"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="import_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ImportState.RUNNING) ^ Q(finished_at__isnull=False),
                name="import_finished_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.file_name} {self.state}"


class Order(Reviewable):
    """
    A buyer's wish for capacity over a period, filled wholly or not at all.

    A placed order is itself the row that is due: whoever clears a book looks for PLACED orders.
    Those of an import are due to the import alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    key = models.CharField(max_length=255, help_text="the buyer's own name for the order")
    # Buyer, book and provider lead indexes of their own below.
    buyer = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    book = models.ForeignKey(
        "catalog.Book", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # What was asked: one listing at a frozen price, or a requirement that any listing may meet.
    wanted_listing = models.ForeignKey(
        "catalog.Listing", on_delete=models.PROTECT, null=True, related_name="+"
    )
    chips = models.JSONField(default=list)
    quote_id = models.UUIDField(null=True)
    units_milli = models.BigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    use_vouchers = models.BooleanField(default=True)
    voucher_ids = models.JSONField(default=list)
    project = models.ForeignKey(  # An index of its own below.
        "projects.Project", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    placed_by_id = models.BigIntegerField(null=True, help_text="the person behind the order")
    beside = models.ForeignKey(  # An index of its own below.
        "self", on_delete=models.PROTECT, null=True, related_name="companions", db_index=False,
        help_text="the order of compute that it was ordered with",
    )  # fmt: skip
    # What came of it; the price is known from the start where a listing was named.
    listing = models.ForeignKey(
        "catalog.Listing", on_delete=models.PROTECT, null=True, related_name="+"
    )
    provider = models.ForeignKey(
        "identity.Organization",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    plan_version_id = models.UUIDField(null=True)
    rule_version_id = models.UUIDField(null=True)
    lines = models.JSONField(null=True)
    unit_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    gross_minor = models.BigIntegerField(null=True)
    token_mix = models.JSONField(
        null=True, help_text="in what shares kinds of tokens are committed, where they have prices"
    )
    voucher_minor = models.BigIntegerField(null=True)
    cash_minor = models.BigIntegerField(null=True)
    cash_hold_id = models.UUIDField(null=True, unique=True)
    held_minor = models.BigIntegerField(
        null=True, help_text="of the cash, what was held when it cleared"
    )
    instalment_rule = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="by which the rest is held; empty where everything was held at once",
    )
    import_run = models.ForeignKey(
        ImportRun, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    relation = models.CharField(
        max_length=11,
        choices=Relation.choices,
        blank=True,
        default="",
        db_default="",
        help_text="how buyer and provider are not strangers, frozen when it cleared",
    )
    state = models.CharField(max_length=9, choices=OrderState.choices, default=OrderState.PLACED)
    refusal_code = models.CharField(max_length=40, blank=True)
    round = models.ForeignKey(
        ClearingRound, on_delete=models.PROTECT, null=True, related_name="orders"
    )
    position = models.PositiveIntegerField(null=True, help_text="its turn in the round, from 1")
    placed_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    provisioned_at = models.DateTimeField(
        null=True, help_text="when its start was noted: from then on it cannot be cancelled"
    )
    metered_at = models.DateTimeField(null=True, help_text="when use was first charged")
    community_month = models.DateField(
        null=True, help_text="whose quota of community capacity it takes from; by the database"
    )
    closed_at = models.DateTimeField(
        null=True, help_text="when it was settled, rejected or cancelled"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["book", "placed_at", "id"],
                condition=DUE,
                name="order_due_by_book",
            ),
            models.Index(
                fields=["review_since"], condition=~NOT_SET_ASIDE, name="order_needs_review"
            ),
            models.Index(
                fields=["import_run", "id"],
                condition=Q(import_run__isnull=False),
                name="order_by_import",
            ),
            models.Index(fields=["beside"], condition=Q(beside__isnull=False), name="order_in_set"),
            models.Index(fields=["buyer", "-id"], name="order_by_buyer"),
            models.Index(fields=["provider", "-id"], name="order_by_provider"),
            models.Index(
                fields=["project", "-id"],
                condition=Q(project__isnull=False),
                name="order_by_project",
            ),
            models.Index(
                fields=["community_month", "buyer"],
                condition=Q(community_month__isnull=False),
                name="order_of_community",
            ),
            models.Index(fields=["state", "-id"], name="order_by_state"),
            # Lists of all orders are sorted by these.
            models.Index(fields=["starts_at", "id"], name="order_by_start"),
            models.Index(fields=["gross_minor", "id"], name="order_by_amount"),
            models.Index(
                fields=["id"], condition=Q(state=OrderState.CLEARED), name="order_cleared"
            ),
            models.Index(
                fields=["starts_at"],
                condition=Q(state=OrderState.CLEARED, provisioned_at__isnull=True),
                name="order_to_provision",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["buyer", "key"], name="order_key_once"),
            models.CheckConstraint(condition=Q(units_milli__gt=0), name="order_units_are_positive"),
            models.CheckConstraint(
                condition=Q(units_milli__lte=UNITS_MILLI_MAX), name="order_units_are_bounded"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="order_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + timedelta(seconds=SECONDS_MAX)),
                name="order_length_is_bounded",
            ),
            models.CheckConstraint(
                condition=Q(gross_minor__isnull=True) | Q(gross_minor__gte=0),
                name="order_price_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(lines__isnull=True)
                | Q(Sound(F("lines"), F("gross_minor"), function="orders_lines_are_sound")),
                name="order_lines_are_sound",
            ),
            models.CheckConstraint(
                condition=Sound(F("chips"), Value(CHIPS_MAX), function="orders_chips_are_sound"),
                name="order_chips_are_sound",
            ),
            models.CheckConstraint(
                condition=Sound(
                    F("voucher_ids"), Value(VOUCHERS_MAX), function="orders_vouchers_are_sound"
                ),
                name="order_vouchers_are_sound",
            ),
            models.CheckConstraint(
                condition=Q(wanted_listing__isnull=True)
                | Q(
                    lines__isnull=False,
                    gross_minor__isnull=False,
                    plan_version_id__isnull=False,
                    rule_version_id__isnull=False,
                ),
                name="order_named_is_priced",
            ),
            reviewed_since("order_reviewed_since"),
            models.CheckConstraint(
                condition=Q(state__in=OrderState.values), name="order_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[OrderState.CLEARED, OrderState.SETTLED])
                | (
                    Q(listing__isnull=False, provider__isnull=False, round__isnull=False)
                    & Q(cleared_at__isnull=False)
                    & Q(gross_minor=F("voucher_minor") + F("cash_minor"))
                    & Q(gross_minor__gte=0, voucher_minor__gte=0, cash_minor__gte=0)
                ),
                name="order_cleared_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[OrderState.CLEARED, OrderState.SETTLED])
                | Q(instalment_rule="", held_minor=F("cash_minor"))
                | Q(instalment_rule__gt="", held_minor__gt=0, held_minor__lt=F("cash_minor")),
                name="order_holds_its_cash",
            ),
            models.CheckConstraint(
                condition=Q(state=OrderState.REJECTED, refusal_code__gt="")
                | (~Q(state=OrderState.REJECTED) & Q(refusal_code="")),
                name="order_rejected_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def pays_with_vouchers(self) -> bool:
        """Whether the buyer wants vouchers to pay a part."""
        return bool(self.use_vouchers or self.voucher_ids)


class ImportedRow(models.Model):
    """Which line of an import an order was made of, and what it said."""

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, primary_key=True, related_name="imported"
    )
    import_run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.order_id} line {self.line}"


class ClearingTry(models.Model):
    """
    Tries of a book that came to nothing since its last round.

    Committed before each try and gone with the round that succeeds. Each try that never ended
    halves the next one, because a worker was killed while it cleared; an order with which workers
    die alone is set aside.
    """

    book = models.OneToOneField(
        "catalog.Book", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    orders = models.PositiveIntegerField(help_text="how many orders a try takes")
    unfinished = models.PositiveSmallIntegerField(help_text="tries of that many that began")
    failed = models.PositiveSmallIntegerField(
        default=0, help_text="tries that ended with nothing but failures"
    )
    began_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(orders__gt=0), name="clearing_try_takes_orders"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id}: {self.unfinished} of {self.orders}"


class OrderCover(models.Model):
    """What one voucher pays of an order: the hold, why it is that much, what was charged of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="covers")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="+")
    voucher_number = models.CharField(max_length=24)
    programme_code = models.CharField(max_length=24)
    programme_version = models.PositiveIntegerField()
    hold_id = models.UUIDField(unique=True)
    amount_minor = models.BigIntegerField()
    rate = models.DecimalField(max_digits=10, decimal_places=9)
    base_minor = models.BigIntegerField()
    limited_by = models.CharField(max_length=16)
    entity_year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField(help_text="of the year in which it was held")
    # What still counts against the yearly cap: the hold at first, in the end what was charged.
    counted_minor = models.BigIntegerField()
    explained = models.JSONField(default=dict, help_text="its lines and cuts, with clauses")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["buyer_id", "entity_year", "programme_code"], name="cover_by_entity_year"
            ),
            models.Index(
                fields=["programme_code", "entity_year", "quarter"],
                include=["counted_minor", "voucher"],
                name="cover_by_programme_period",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "voucher"], name="order_cover_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) & Q(base_minor__gte=F("amount_minor")),
                name="order_cover_within_base",
            ),
            models.CheckConstraint(
                condition=Q(counted_minor__gte=0, counted_minor__lte=F("amount_minor")),
                name="order_cover_counts_at_most_its_hold",
            ),
            models.CheckConstraint(
                condition=Q(quarter__range=(1, 4)), name="order_cover_quarter_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_number} {self.amount_minor}"


class BookHalt(models.Model):
    """
    A time in which nothing of a book clears and nobody orders in it.

    One operator halts it for an hour at most; what two agreed on stays until two resume it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    book = models.ForeignKey("catalog.Book", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=HALT_REASON_MAX)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="of one person's halt; it ends by itself")
    halted_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, help_text="when it was resumed, or made longer")
    end_reason = models.CharField(max_length=HALT_REASON_MAX, blank=True)
    resumed_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    resume_agreed_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    resume_proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="halt_has_a_reason"),
            models.CheckConstraint(
                condition=Q(until__isnull=True, agreed_by__isnull=False, proposal__isnull=False)
                | Q(
                    until__gt=F("since"),
                    until__lte=F("since") + HALT_ALONE,
                    agreed_by=None,
                    proposal=None,
                ),
                name="halt_of_one_is_short",
            ),
            models.CheckConstraint(
                condition=Q(resumed_by=None, resume_agreed_by=None, resume_proposal=None)
                | Q(
                    ended_at__isnull=False,
                    resumed_by__isnull=False,
                    resume_agreed_by__isnull=False,
                    resume_proposal__isnull=False,
                ),
                name="halt_resumed_by_two",
            ),
            models.UniqueConstraint(
                fields=["book"],
                condition=Q(ended_at=None, until=None),
                name="book_halted_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["book", "-id"], name="halt_of_book"),
            models.Index(fields=["book"], condition=Q(ended_at=None), name="halt_open"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} {self.since:%Y-%m-%d %H:%M}"


class OrderRate(models.Model):
    """How often an organisation may order and cancel, as an operator said; the latest holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    placed_per_minute = models.PositiveIntegerField()
    cancelled_per_minute = models.PositiveIntegerField()
    reason = models.CharField(max_length=HALT_REASON_MAX)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="rate_of_organization")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    placed_per_minute__range=(1, RATE_MAX),
                    cancelled_per_minute__range=(1, RATE_MAX),
                )
                & ~Q(reason=""),
                name="rate_is_a_rate",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.placed_per_minute} {self.cancelled_per_minute}"


class OrderPace(models.Model):
    """Until when an organisation has used up what it may do, if it did nothing more."""

    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    act = models.CharField(max_length=9, choices=PaceAct.choices)
    free_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "act"], name="pace_once"),
            models.CheckConstraint(condition=Q(act__in=PaceAct.values), name="pace_act_known"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.act} {self.free_at}"
