"""
What takes effect only when a second person confirms it: the table's columns, and the rules.

Small on purpose: a general mechanism for approvals can take the place of these tables, while what
was confirmed stays where it is (deposits, fundings), with both names on it.
"""

from datetime import datetime
from typing import ClassVar, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.errors import Forbidden, InvalidInput, NotFound, Refusal
from common.ids import uuid7
from identity.contracts import SecondPersonRequired


class ProposalState(models.TextChoices):
    """Where a proposal stands."""

    PROPOSED = "PROPOSED", _("Waits for a second person")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class ProposalNotFound(NotFound):
    """No such proposal, or another organisation's."""


class ProposalDecided(Refusal):
    """A proposal is decided once."""

    code = "proposal_already_decided"
    sentence = _("This proposal was already decided.")


class OthersProposal(Forbidden):
    """A proposal is taken back by whoever made it."""

    code = "not_your_proposal"
    sentence = _("Only who proposed this can withdraw it; others refuse it.")


class ReasonMissing(InvalidInput):
    """Who says no says why."""

    code = "reason_missing"
    sentence = _("Say why.")


class Proposal(models.Model):
    """An amount that one person recorded and that another has to confirm."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    amount_minor = models.BigIntegerField()
    reference = models.CharField(max_length=80)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="%(class)s_is_positive"),
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values), name="%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ProposalState.PROPOSED, decided_by__isnull=True, decided_at__isnull=True
                )
                | (
                    ~Q(state=ProposalState.PROPOSED)
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="%(class)s_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.PROPOSED)
                | (Q(state=ProposalState.WITHDRAWN) & Q(decided_by=F("proposed_by")))
                | (
                    Q(state__in=[ProposalState.CONFIRMED, ProposalState.REFUSED])
                    & ~Q(decided_by=F("proposed_by"))
                ),
                name="%(class)s_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ProposalState.PROPOSED, ProposalState.CONFIRMED])
                | ~Q(reason=""),
                name="%(class)s_refused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount_minor}"

    @property
    def is_open(self) -> bool:
        """Return whether it still waits."""
        return self.state == ProposalState.PROPOSED


ProposalT = TypeVar("ProposalT", bound=Proposal)


def locked(found: models.QuerySet[ProposalT], proposal_id: UUID) -> ProposalT:
    """
    Lock a proposal that waits, so that two decisions take turns.

    :raises ProposalNotFound: if it is not among those that may be decided
    :raises ProposalDecided: if somebody was quicker
    """
    proposal = found.filter(pk=proposal_id).select_for_update(of=("self",), no_key=True).first()
    if proposal is None:
        raise ProposalNotFound
    if not proposal.is_open:
        raise ProposalDecided
    return proposal


def require_another(proposal: Proposal, by: int) -> None:
    """
    Let nobody decide about what they proposed.

    :raises SecondPersonRequired: if it is the same person, in whatever session
    """
    if proposal.proposed_by_id == by:
        raise SecondPersonRequired


def confirm(proposal: Proposal, *, by: int, at: datetime) -> None:
    """Write down that a second person confirmed; what it brought about is noted by the caller."""
    _decide(proposal, ProposalState.CONFIRMED, by=by, at=at, reason="")


def refuse(proposal: Proposal, *, by: int, at: datetime, reason: str) -> None:
    """
    Write down that a second person refused.

    :raises SecondPersonRequired: if it is who proposed; they withdraw instead
    :raises ReasonMissing: without a reason
    """
    require_another(proposal, by)
    _decide(proposal, ProposalState.REFUSED, by=by, at=at, reason=_said(reason))


def withdraw(proposal: Proposal, *, by: int, at: datetime, reason: str) -> None:
    """
    Write down that who proposed took it back.

    :raises OthersProposal: if somebody else tries to
    :raises ReasonMissing: without a reason
    """
    if proposal.proposed_by_id != by:
        raise OthersProposal
    _decide(proposal, ProposalState.WITHDRAWN, by=by, at=at, reason=_said(reason))


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason


def _decide(
    proposal: Proposal, state: ProposalState, *, by: int, at: datetime, reason: str
) -> None:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, by, at
    proposal.reason = reason
    proposal.save()
