"""Deliveries that end early: taken back with the notice of their listing, or stopped by two."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.fulfilment.ending_contracts import (
    PREEMPTION_NOTE_LENGTH_MAX,
    STOP_EVIDENCE_LENGTH_MAX,
    STOP_REASON_LENGTH_MAX,
)


class PreemptionNotice(models.Model):
    """That a provider takes back what it delivers, and when; once a delivery, never altered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.OneToOneField(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, related_name="preemption"
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    rule = models.CharField(max_length=20, help_text="of preemption, as its listing says")
    notice_minutes = models.PositiveSmallIntegerField(help_text="that the listing promised")
    noticed_at = models.DateTimeField()
    takes_back_at = models.DateTimeField()
    note = models.CharField(
        max_length=PREEMPTION_NOTE_LENGTH_MAX, default="", db_default="", blank=True
    )
    by_id = models.BigIntegerField(null=True, help_text="the person; none where a driver said so")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["takes_back_at"], name="preemption_by_moment")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.takes_back_at}"


class EmergencyStop(models.Model):
    """That two operators stopped a delivery, why, and what showed it; once, never altered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.OneToOneField(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, related_name="emergency_stop"
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    reason = models.CharField(max_length=STOP_REASON_LENGTH_MAX)
    evidence = models.CharField(max_length=STOP_EVIDENCE_LENGTH_MAX)
    stopped_at = models.DateTimeField()
    proposed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(approved_by=F("proposed_by")),
                name="emergency_stop_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(reason__gt="", evidence__gt=""),
                name="emergency_stop_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.stopped_at}"
