"""What waits for a second person or was decided, and from which amount on it is needed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.approvals.contracts import (
    KIND_LENGTH_MAX,
    REASON_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    ProposalState,
)
from identity.contracts import Role
from identity.models import Organization, User

_WAITS = Q(state=ProposalState.PROPOSED)
_BY_ANOTHER = Q(state__in=[ProposalState.APPROVED, ProposalState.REFUSED])
_WITH_A_REASON = Q(state__in=[ProposalState.REFUSED, ProposalState.WITHDRAWN])


class Proposal(models.Model):
    """
    What one person proposed and another decides.

    What was proposed never changes; who decided what, and when, is written once (trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=KIND_LENGTH_MAX)
    reference = models.CharField(
        max_length=REFERENCE_LENGTH_MAX, help_text="one proposal of a kind waits under it"
    )
    label = models.CharField(max_length=REFERENCE_LENGTH_MAX, help_text="as people call it")
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_for = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Who decides, and who does not.
    role = models.CharField(max_length=10, choices=Role.choices)
    desk = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: any"
    )
    barred_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+"
    )
    barred_person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # What became of it.
    state = models.CharField(
        max_length=9, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_for = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    result_id = models.UUIDField(null=True, help_text="what it brought about")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="proposal_by_state"),
            models.Index(fields=["expires_at"], condition=_WAITS, name="proposal_by_expiry"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "reference"], condition=_WAITS, name="proposal_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values), name="proposal_state_known"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="proposal_role_known"),
            models.CheckConstraint(
                condition=Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="proposal_is_hashed"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True) | Q(amount_minor__gt=0),
                name="proposal_amount_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("proposed_at")), name="proposal_has_time"
            ),
            models.CheckConstraint(
                condition=Q(_WAITS, decided_at=None, decided_by=None, decided_for=None)
                | Q(
                    state=ProposalState.EXPIRED,
                    decided_at__gte=F("expires_at"),
                    decided_by=None,
                    decided_for=None,
                )
                | Q(
                    state=ProposalState.VOID,
                    decided_at__gte=F("proposed_at"),
                    decided_by=None,
                    decided_for=None,
                )
                | Q(
                    ~_WAITS,
                    ~Q(state__in=[ProposalState.EXPIRED, ProposalState.VOID]),
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    decided_for__isnull=False,
                ),
                name="proposal_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=~_BY_ANOTHER
                | (
                    ~Q(decided_by=F("proposed_by"))
                    & (Q(barred_person=None) | ~Q(decided_by=F("barred_person")))
                ),
                name="proposal_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProposalState.WITHDRAWN) | Q(decided_by=F("proposed_by")),
                name="proposal_withdrawn_by_its_own",
            ),
            models.CheckConstraint(
                condition=~_WITH_A_REASON | ~Q(note=""), name="proposal_refused_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ProposalState.APPROVED,
                    result_id__isnull=False,
                    decided_at__lt=F("expires_at"),
                )
                | Q(~Q(state=ProposalState.APPROVED), result_id=None),
                name="proposal_approved_is_carried_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


class Limit(models.Model):
    """From which amount on a kind of act takes two people; the newest row of a kind counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=KIND_LENGTH_MAX)
    from_minor = models.BigIntegerField()
    set_at = models.DateTimeField()
    proposal = models.OneToOneField(
        Proposal,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="empty for what the market is installed with",
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "-id"], name="limit_by_kind")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(from_minor__gte=0), name="limit_is_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_minor}"
