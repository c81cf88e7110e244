"""Disputes about money that a contract took: claim, answer, decision, appeals, outcome."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.assurance.dispute_contracts import (
    CLAIM_MAX,
    ENDED,
    DisputeState,
    DisputeSubject,
)


def _person(*, null: bool = True) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=null, related_name="+"
    )


def _party() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )


class TradeDispute(models.Model):
    """
    What a buyer wants back of a contract, and how it goes on until money moves or does not.

    What is frozen is held on the provider's payable, so that no payout takes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    rule = models.CharField(max_length=20, help_text="whose clocks it goes by")
    contract = models.ForeignKey(
        "settlement.Contract", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    buyer = _party()
    provider = _party()
    subject = models.CharField(max_length=11, choices=DisputeSubject.choices)
    subject_reference = models.CharField(max_length=120, help_text="which charge, certificate…")
    subject_id = models.UUIDField(null=True, help_text="of the charge, certificate, voucher…")
    asset = models.CharField(
        max_length=60, default="CNY", db_default="CNY", help_text="a voucher's: it goes back to it"
    )
    state = models.CharField(max_length=9, choices=DisputeState.choices, default=DisputeState.OPEN)
    claim = models.CharField(max_length=CLAIM_MAX)
    claimed_minor = models.BigIntegerField()
    frozen_minor = models.BigIntegerField()
    hold_id = models.UUIDField(null=True)
    files = models.JSONField(default=list, help_text="name, bytes and id of each file of evidence")
    opened_at = models.DateTimeField()
    opened_by = _person(null=False)
    answer_due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True, help_text="when whose turn it is is reminded")
    answer = models.CharField(max_length=CLAIM_MAX, blank=True)
    answer_files = models.JSONField(default=list)
    answered_at = models.DateTimeField(null=True)
    answered_by = _person()
    awarded_minor = models.BigIntegerField(null=True, help_text="what the buyer gets back")
    decision = models.CharField(max_length=CLAIM_MAX, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = _person()
    agreed_by = _person()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    appeal_until = models.DateTimeField(null=True)
    buyer_appeal = models.CharField(max_length=CLAIM_MAX, blank=True)
    buyer_appealed_at = models.DateTimeField(null=True)
    provider_appeal = models.CharField(max_length=CLAIM_MAX, blank=True)
    provider_appealed_at = models.DateTimeField(null=True)
    agreed_adjustment_id = models.UUIDField(null=True, help_text="what two people agreed to move")
    adjustment = models.OneToOneField(
        "settlement.Adjustment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-id"], name="dispute_by_buyer"),
            models.Index(fields=["provider", "-id"], name="dispute_by_provider"),
            models.Index(fields=["opened_at"], name="dispute_by_opening"),
            models.Index(
                fields=["answer_due_at"],
                condition=Q(state=DisputeState.OPEN),
                name="dispute_by_answer_due",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="dispute_by_reminder",
            ),
            models.Index(
                fields=["appeal_until"],
                condition=Q(state=DisputeState.DECIDED),
                name="dispute_by_appeal_end",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contract", "subject", "subject_id"],
                condition=~Q(state__in=ENDED),
                nulls_distinct=False,
                name="dispute_under_way_once",
            ),
            models.CheckConstraint(
                condition=Q(claimed_minor__gt=0, frozen_minor__gte=0)
                & Q(frozen_minor__lte=F("claimed_minor"))
                & ~Q(claim=""),
                name="dispute_claims_something",
            ),
            models.CheckConstraint(
                condition=Q(frozen_minor=0, hold_id=None)
                | Q(frozen_minor__gt=0, hold_id__isnull=False),
                name="dispute_freezes_by_a_hold",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="dispute_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(awarded_minor=None)
                | Q(awarded_minor__gte=0, awarded_minor__lte=F("claimed_minor")),
                name="dispute_awards_what_was_claimed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[DisputeState.DECIDED, DisputeState.CLOSED])
                | Q(
                    awarded_minor__isnull=False,
                    decision__gt="",
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    agreed_by__isnull=False,
                    proposal__isnull=False,
                    appeal_until__isnull=False,
                ),
                name="dispute_decided_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, closed_at__isnull=False)
                | Q(~Q(state__in=ENDED), closed_at=None),
                name="dispute_ended_says_when",
            ),
            models.CheckConstraint(
                condition=Q(asset="CNY")
                | Q(subject=DisputeSubject.COVER, subject_id__isnull=False),
                name="dispute_of_a_cover_is_in_its_asset",
            ),
            models.CheckConstraint(
                condition=~Q(state=DisputeState.CLOSED)
                | Q(awarded_minor=0, adjustment=None)
                | Q(awarded_minor__gt=0, adjustment__isnull=False),
                name="dispute_closed_paid_its_award",
            ),
        ]

    def __str__(self) -> str:
        return self.number
