"""Call rounds, the orders in them, their prices, and how they were decided."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.contracts import ResourceClass
from marketplace.rounds.contracts import KEY_MAX, PriceKind, RoundOrderState, RoundState

LIVE: Final = Q(
    state__in=[RoundState.SCHEDULED, RoundState.OPEN, RoundState.NO_CANCEL, RoundState.SOLVING]
)


class CallRound(models.Model):
    """A round of orders that are decided together, at one price; a live one is due by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    state = models.CharField(
        max_length=10, choices=RoundState.choices, default=RoundState.SCHEDULED
    )
    resource_class = models.CharField(max_length=8, choices=ResourceClass.choices)
    hubs = models.JSONField()
    chips = models.JSONField(default=list)
    delivers_from = models.DateTimeField()
    delivers_until = models.DateTimeField()
    opens_at = models.DateTimeField()
    first_at = models.DateTimeField(help_text="when the first indicative price is told")
    no_cancel_at = models.DateTimeField()
    second_at = models.DateTimeField(help_text="when the second indicative price is told")
    ends_at = models.DateTimeField()
    solve_seconds = models.PositiveSmallIntegerField()
    seed_hash = models.CharField(max_length=64, help_text="of the seed, told before the round")
    scheduled_by_id = models.BigIntegerField(null=True)
    scheduled_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    order_root = models.CharField(max_length=64, blank=True)
    input_hash = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True, help_text="published, or called off")
    reason = models.CharField(max_length=500, blank=True, help_text="why it was called off")
    price_minor = models.BigIntegerField(null=True, help_text="fen by the standard hour")
    volume_milli_hours = models.BigIntegerField(default=0, help_text="of unit-hours")
    order_count = models.PositiveIntegerField(default=0)
    filled_count = models.PositiveIntegerField(default=0)
    saved_minor = models.BigIntegerField(default=0, help_text="limits less price, summed")
    bound_permille = models.PositiveSmallIntegerField(
        null=True, help_text="of the best that is possible, proved, rounded down"
    )
    solved_ms = models.PositiveIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["ends_at", "id"], condition=LIVE, name="call_round_is_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=RoundState.values), name="call_round_state_known"
            ),
            models.CheckConstraint(
                condition=Q(first_at__gt=F("opens_at"), no_cancel_at__gte=F("first_at"))
                & Q(second_at__gt=F("no_cancel_at"), ends_at__gt=F("second_at")),
                name="call_round_phases_follow",
            ),
            models.CheckConstraint(
                condition=Q(delivers_from__gt=F("ends_at"))
                & Q(delivers_until__gt=F("delivers_from")),
                name="call_round_delivers_later",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[RoundState.PUBLISHED, RoundState.CALLED_OFF],
                    closed_at__isnull=False,
                )
                | (
                    ~Q(state__in=[RoundState.PUBLISHED, RoundState.CALLED_OFF])
                    & Q(closed_at__isnull=True)
                ),
                name="call_round_closed_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RoundState.SOLVING, RoundState.PUBLISHED])
                | Q(sealed_at__isnull=False, order_root__gt="", input_hash__gt=""),
                name="call_round_decided_is_sealed",
            ),
            models.CheckConstraint(
                condition=Q(filled_count__lte=F("order_count")), name="call_round_counts_add_up"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RoundSecret(models.Model):
    """The seed of a round, and what its decision starts from: told when it is published."""

    round = models.OneToOneField(
        CallRound, on_delete=models.PROTECT, primary_key=True, related_name="secret"
    )
    seed = models.CharField(max_length=64)
    sealed = models.JSONField(null=True, help_text="the puzzle and its orders, as they were sealed")
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.round_id}"


class RoundPrice(models.Model):
    """A price of a round that was told at a moment."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    round = models.ForeignKey(CallRound, on_delete=models.PROTECT, related_name="prices")
    kind = models.CharField(max_length=6, choices=PriceKind.choices)
    price_minor = models.BigIntegerField(null=True)
    volume_milli_hours = models.BigIntegerField()
    short_milli_hours = models.BigIntegerField(help_text="asked for at the price, and not there")
    order_count = models.PositiveIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "kind"], name="round_price_told_once")
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.kind}"


class RoundOrder(models.Model):
    """What a buyer asks for in a round."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    round = models.ForeignKey(CallRound, on_delete=models.PROTECT, related_name="orders")
    tag = models.PositiveIntegerField(help_text="by which everybody knows it, and nobody whose")
    key = models.CharField(max_length=KEY_MAX)
    buyer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    placed_by_id = models.BigIntegerField(null=True)
    state = models.CharField(
        max_length=9, choices=RoundOrderState.choices, default=RoundOrderState.STANDING
    )
    terms = models.JSONField()
    terms_hash = models.CharField(max_length=64)
    asked_hash = models.CharField(max_length=64, help_text="of what was placed under the key")
    limit_minor = models.BigIntegerField()
    revision = models.PositiveIntegerField(default=1)
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    is_likely = models.BooleanField(null=True, help_text="to fill, at the second indicative price")
    turn = models.PositiveIntegerField(null=True, help_text="in which it took its turn, from 1")
    why = models.CharField(max_length=40, blank=True)
    changes = models.JSONField(default=list, help_text="smallest ones that would have filled it")
    option = models.PositiveSmallIntegerField(null=True)
    starts_at = models.DateTimeField(null=True)
    got_milli = models.BigIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-id"], name="round_order_of_buyer"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "tag"], name="round_order_tag_once"),
            models.UniqueConstraint(fields=["round", "buyer", "key"], name="round_order_key_once"),
            models.CheckConstraint(
                condition=Q(state__in=RoundOrderState.values), name="round_order_state_known"
            ),
            models.CheckConstraint(
                condition=Q(limit_minor__gte=1, limit_minor__lte=10_000_000),
                name="round_order_has_a_limit",
            ),
            models.CheckConstraint(
                condition=Q(state=RoundOrderState.FILLED, got_milli__gt=0)
                | (~Q(state=RoundOrderState.FILLED) & Q(got_milli=0)),
                name="round_order_filled_got_something",
            ),
            models.CheckConstraint(
                condition=Q(state=RoundOrderState.STANDING) ^ Q(closed_at__isnull=False),
                name="round_order_closed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=RoundOrderState.STANDING) | Q(why__gt=""),
                name="round_order_ended_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.tag}"


class RoundLot(models.Model):
    """A part of a filled order: the order on the market that it became."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    round_order = models.ForeignKey(RoundOrder, on_delete=models.PROTECT, related_name="lots")
    buyer_id = models.UUIDField()
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey("catalog.Listing", on_delete=models.PROTECT, related_name="+")
    units_milli = models.BigIntegerField()
    amount_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.round_order_id} {self.order_id}"


class RoundResult(models.Model):
    """A published round, whole and without names: what anybody checks it with."""

    round = models.OneToOneField(
        CallRound, on_delete=models.PROTECT, primary_key=True, related_name="result"
    )
    document = models.JSONField()
    document_hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.round_id}"
