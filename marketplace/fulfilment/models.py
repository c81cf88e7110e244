"""Deliveries of cleared orders, what happened to them, and the market's policy."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.fulfilment.contracts import (
    DETAIL_LENGTH_MAX,
    EXIT_CODE_MAX,
    LOG_TAIL_MAX,
    RESULT_LENGTH_MAX,
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
    PolicyMode,
)
from marketplace.fulfilment.ending_models import EmergencyStop, PreemptionNotice
from marketplace.fulfilment.handover_models import Handover, HandoverKey, HandoverRequest
from marketplace.fulfilment.maintenance_models import MaintainedListing, MaintenanceWork
from marketplace.fulfilment.rules import BEFORE_READY, OVER
from marketplace.fulfilment.talk_models import DeliveryChange, DeliveryMessage, TalkRead

__all__ = [
    "ComputeDelivery",
    "DeliveryChange",
    "DeliveryMessage",
    "DeliveryPolicy",
    "DeliveryStep",
    "EmergencyStop",
    "Handover",
    "HandoverKey",
    "HandoverRequest",
    "MaintainedListing",
    "MaintenanceWork",
    "PreemptionNotice",
    "RunningTime",
    "TalkRead",
]


class DeliveryPolicy(models.Model):
    """From when on orders are charged that clear from a moment on; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(unique=True)
    mode = models.CharField(max_length=16, choices=PolicyMode.choices)
    rule = models.CharField(max_length=20, help_text="how long each part may take, by version")
    starts_at = models.DateTimeField(unique=True)
    source = models.TextField()
    content_hash = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(mode__in=PolicyMode.values), name="delivery_policy_mode_known"
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("published_by")),
                name="delivery_policy_is_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version} {self.mode}"


class ComputeDelivery(models.Model):
    """What a provider owes of a cleared order, and where that stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    order_number = models.CharField(max_length=24)
    buyer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    policy = models.ForeignKey(DeliveryPolicy, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20)
    preemption_rule = models.CharField(
        max_length=20,
        default="",
        db_default="",
        blank=True,
        help_text="by which it may be taken back, as its listing says; empty: never",
    )
    preemption_minutes = models.PositiveSmallIntegerField(
        null=True, help_text="of notice before it is taken back"
    )
    state = models.CharField(max_length=12, choices=FulfilmentState.choices)
    reason = models.CharField(
        max_length=24, choices=DeliveryReason.choices, default="", db_default="", blank=True
    )
    starts_at = models.DateTimeField(help_text="of the order")
    ends_at = models.DateTimeField(help_text="of the order")
    leaves_at = models.DateTimeField(help_text="when it exits; earlier if its contract ends early")
    opened_at = models.DateTimeField()
    ready_by = models.DateTimeField()
    answer_by = models.DateTimeField(
        null=True, help_text="from when on its provider's silence is late; none: never"
    )
    key_wanted_at = models.DateTimeField(
        null=True, help_text="since when its provider waits for a key of the buyer"
    )
    changed_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, help_text="when the market looks at it again")
    ready_at = models.DateTimeField(null=True, help_text="when it was first in operation")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=8, default="", db_default="", blank=True)
    exited_at = models.DateTimeField(null=True)
    wiped_at = models.DateTimeField(null=True)
    steps_count = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=FulfilmentState.values), name="delivery_state_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=DeliveryReason.values), name="delivery_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(ready_at__isnull=True) | ~Q(state__in=BEFORE_READY),
                name="delivery_ready_is_past_its_beginning",
            ),
            models.CheckConstraint(
                condition=Q(next_at__isnull=True, state__in=OVER)
                | (Q(next_at__isnull=False) & ~Q(state__in=OVER)),
                name="delivery_is_looked_at_until_it_is_over",
            ),
            models.CheckConstraint(
                condition=Q(wiped_at__isnull=True) | Q(exited_at__isnull=False),
                name="delivery_is_wiped_after_its_exit",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at", "id"],
                condition=Q(next_at__isnull=False),
                name="delivery_next",
            ),
            models.Index(
                fields=["id"], condition=Q(state="INTERRUPTED"), name="delivery_interrupted"
            ),
            models.Index(
                fields=["changed_at", "id"],
                condition=Q(state="FAILED", ready_at__isnull=True),
                name="delivery_never_ran",
            ),
            models.Index(fields=["provider", "-opened_at", "-id"], name="delivery_of_provider"),
            models.Index(fields=["buyer", "-opened_at", "-id"], name="delivery_of_buyer"),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} {self.state}"


class DeliveryStep(models.Model):
    """One thing that happened to a delivery: who said it, when, and why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(ComputeDelivery, on_delete=models.PROTECT, related_name="steps")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    move = models.CharField(max_length=10, choices=DeliveryMove.choices)
    state = models.CharField(max_length=12, choices=FulfilmentState.choices, help_text="after it")
    reason = models.CharField(
        max_length=24, choices=DeliveryReason.choices, default="", db_default="", blank=True
    )
    detail = models.CharField(max_length=DETAIL_LENGTH_MAX, default="", db_default="", blank=True)
    by_id = models.BigIntegerField(null=True, help_text="the person; none where the market did")
    at = models.DateTimeField()
    exit_code = models.PositiveSmallIntegerField(null=True, help_text="of a job, at its exit")
    result_reference = models.CharField(
        max_length=RESULT_LENGTH_MAX,
        default="",
        db_default="",
        blank=True,
        help_text="where the result of a job is, at its exit",
    )
    log_tail = models.CharField(
        max_length=LOG_TAIL_MAX,
        default="",
        db_default="",
        blank=True,
        help_text="the end of what a job wrote, at its exit",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["delivery", "sequence"], name="delivery_step_sequence_once"
            ),
            models.CheckConstraint(
                condition=Q(exit_code__isnull=True, result_reference="", log_tail="")
                | Q(move=DeliveryMove.EXIT)
                & (Q(exit_code__isnull=True) | Q(exit_code__lte=EXIT_CODE_MAX)),
                name="delivery_step_leaves_at_exit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.move}"


class RunningTime(models.Model):
    """A time in which a delivery was in operation; the last one of it may be open."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(ComputeDelivery, on_delete=models.PROTECT, related_name="runs")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["delivery"],
                condition=Q(ends_at__isnull=True),
                name="delivery_runs_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="running_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} {self.ends_at}"
