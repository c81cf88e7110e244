"""What buyers need, what became of it, and how it was decided."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from common import recorded
from common.checks import Sound
from common.ids import uuid7
from identity.contracts import ResourceClass
from marketplace.demands.contracts import KEY_MAX, DemandKind, DemandState

WAITING: Final = Q(state=DemandState.WAITING)


class PostedDemand(models.Model):
    """
    A buyer's need for capacity, by requirement: waiting until it is matched or its time is over.

    What fills it are orders (`DemandLot`). A waiting demand is itself the row that is due.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    key = models.CharField(max_length=KEY_MAX, help_text="the buyer's own name for the demand")
    buyer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    posted_by_id = models.BigIntegerField(null=True, help_text="the person, or who made the key")
    state = models.CharField(max_length=9, choices=DemandState.choices, default=DemandState.WAITING)
    kind = models.CharField(max_length=9, choices=DemandKind.choices)
    # Queues are by class: what a demand wants first says in which it stands.
    resource_class = models.CharField(max_length=8, choices=ResourceClass.choices)
    terms = models.JSONField(help_text="the frozen document of this revision")
    terms_hash = models.CharField(max_length=64)
    asked_hash = models.CharField(max_length=64, help_text="of what was posted under the key")
    revision = models.PositiveIntegerField(default=1)
    again_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField()
    queued_at = models.DateTimeField(help_text="its place in the queue")
    looked_at = models.DateTimeField(null=True, help_text="when it was last tried")
    expires_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    refusal_code = models.CharField(max_length=40, blank=True)
    tried = models.JSONField(default=list, help_text="what came of each option when last tried")
    option = models.PositiveSmallIntegerField(
        null=True, help_text="the alternative that was filled"
    )
    reopened_count = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="how often what filled it was not delivered"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["resource_class", "queued_at", "id"], condition=WAITING, name="demand_queue"
            ),
            models.Index(fields=["buyer", "-id"], name="demand_of_buyer"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["buyer", "key"], name="demand_key_once"),
            models.CheckConstraint(
                condition=Q(state__in=DemandState.values), name="demand_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=DemandKind.STANDING, expires_at__isnull=False)
                | Q(kind=DemandKind.IMMEDIATE, expires_at__isnull=True),
                name="demand_standing_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(state=DemandState.WAITING) ^ Q(closed_at__isnull=False),
                name="demand_closed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=DemandState.FILLED) ^ Q(option__isnull=True),
                name="demand_filled_names_its_option",
            ),
            models.CheckConstraint(
                condition=Q(state=DemandState.REFUSED, refusal_code__gt="")
                | (~Q(state=DemandState.REFUSED) & Q(refusal_code="")),
                name="demand_refused_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(queued_at__gte=F("posted_at")), name="demand_queued_after_posting"
            ),
            models.CheckConstraint(
                condition=Q(Sound(F("terms"), function="demands_terms_are_sound")),
                name="demand_terms_are_sound",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DemandLot(models.Model):
    """A part of a demand: the order that serves it, as it was matched."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    demand = models.ForeignKey(PostedDemand, on_delete=models.PROTECT, related_name="lots")
    buyer_id = models.UUIDField()
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey("catalog.Listing", on_delete=models.PROTECT, related_name="+")
    units_milli = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    path_minor = models.BigIntegerField()
    latency_ms = models.DecimalField(max_digits=7, decimal_places=1, null=True)
    watt_hours = models.BigIntegerField(null=True)
    carbon_g = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.demand_id} {self.order_id}"


class DemandReopening(models.Model):
    """A filled demand waits again, since nothing of what served it was delivered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    demand = models.ForeignKey(PostedDemand, on_delete=models.PROTECT, related_name="reopenings")
    buyer_id = models.UUIDField()
    sequence = models.PositiveSmallIntegerField()
    # An order fails once: whoever tells it again finds the demand reopened.
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey("catalog.Listing", on_delete=models.PROTECT, related_name="+")
    option = models.PositiveSmallIntegerField(help_text="the alternative that had been filled")
    reason = models.CharField(max_length=24, help_text="why nothing was delivered")
    reopened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["demand", "sequence"], name="demand_reopening_sequence_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="demand_reopening_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.sequence}"


class DemandDecision(models.Model):
    """How a demand was decided: the input of the pure rule and its output, each with its hash."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    demand = models.ForeignKey(PostedDemand, on_delete=models.PROTECT, related_name="decisions")
    revision = models.PositiveIntegerField()
    rule_version = models.CharField(max_length=20)
    seed = models.CharField(max_length=64)
    snapshot = models.JSONField()
    input_hash = models.CharField(max_length=64)
    result = models.JSONField()
    output_hash = models.CharField(max_length=64)
    late_code = models.CharField(
        max_length=40, blank=True, help_text="why clearing refused what was matched"
    )
    decided_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["demand", "-id"], name="decision_of_demand")]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.decided_at:%Y-%m-%d %H:%M}"


class SavedSearch(models.Model):
    """What an organisation looks for on the market, and is told of when it appears."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=80)
    need = models.JSONField(help_text="what a listing must be, as in a demand")
    price_max = models.DecimalField(
        max_digits=16, decimal_places=6, null=True, help_text="yuan by the unit-hour"
    )
    is_alerting = models.BooleanField(default=True)
    saved_at = models.DateTimeField()
    seen_seq = models.BigIntegerField(help_text="the newest listing that was looked at")
    seen_at = models.DateTimeField()
    found = models.PositiveIntegerField(default=0, help_text="listings that it was told of")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="saved_search_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_search_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
