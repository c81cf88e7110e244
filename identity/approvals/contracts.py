"""What other rooms see of proposals, and what is refused about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import Forbidden, InvalidInput, NotFound, Refusal
from common.money import InvalidAmount
from identity.contracts import PLATFORM_ROLES, Role

LIMIT: Final = "approvals.limit"
# Who decides about something; buyers, about what their own organisation wants.
READERS: Final = PLATFORM_ROLES | {Role.BUYER}
KIND_LENGTH_MAX: Final = 60
REFERENCE_LENGTH_MAX: Final = 200
REASON_LENGTH_MAX: Final = 500
CONTENT_BYTES_MAX: Final = 262_144


class ProposalState(TextChoices):
    """Where a proposal stands."""

    PROPOSED = "PROPOSED", _("Waits for a second person")
    APPROVED = "APPROVED", _("Approved")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    EXPIRED = "EXPIRED", _("Expired")
    VOID = "VOID", _("Fell away")


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, and for which organisation."""

    id: int
    organization_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    What somebody proposes, before it is written down.

    One proposal of a kind waits under a reference. Who has `role` decides, of the organisation
    `desk_id` where one is named, and neither a member of `barred_organization_id` nor the person
    `barred_person_id`: whoever gets what is proposed does not decide about it.
    """

    kind: str
    reference: str
    label: str
    content: Mapping[str, Any]
    role: Role
    by: Person
    reason: str = ""
    amount_minor: int | None = None
    desk_id: UUID | None = None
    barred_organization_id: UUID | None = None
    barred_person_id: int | None = None
    lapses_at: datetime | None = None  # When it could not be carried out any more.
    lapses_field: str = ""  # The input that says so.


@dataclass(frozen=True, slots=True)
class Proposed:
    """What waits for a second person."""

    id: UUID
    kind: str
    reference: str
    content: Mapping[str, Any]
    content_hash: str
    proposed_by_id: int
    proposed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What two people agreed on: the caller carries out exactly this content."""

    id: UUID
    content: Mapping[str, Any]
    proposed_by_id: int
    decided_by_id: int


class ProposalNotFound(NotFound):
    """No such proposal, or somebody else's to decide."""


class ProposalDecided(Refusal):
    """A proposal is decided once."""

    code = "proposal_already_decided"
    sentence = _("This proposal was already decided.")


class ProposalExpired(Refusal):
    """Nobody decided in time."""

    code = "proposal_expired"
    sentence = _("This proposal has expired; it can be made anew.")


class ProposalTooLate(Refusal):
    """What is proposed could not begin in time, as another person has to approve it before."""

    code = "proposal_too_late"
    status = 422
    sentence = _(
        "Another person has to approve this before it begins, or before its notice does: choose"
        " a later moment."
    )


class ProposalChanged(Refusal):
    """What is to be carried out is not what was proposed, or not what the approver read."""

    code = "proposal_changed"
    sentence = _("The content of this proposal is not the one that was read.")


class ProposalWaits(Refusal):
    """Another proposal about the same thing waits."""

    code = "proposal_waits"
    sentence = _("Another proposal about this waits for a decision already.")


class TooManyProposals(Refusal):
    """A person may have only so many proposals that wait."""

    code = "too_many_proposals"
    sentence = _("%(most)s of your proposals wait already; withdraw some or wait.")


class ProposalTooLong(InvalidInput):
    """What is proposed is longer than can be frozen."""

    code = "proposal_too_long"
    sentence = _("A proposal may hold %(most)s bytes at most.")


class OthersProposal(Forbidden):
    """A proposal is taken back by whoever made it."""

    code = "not_your_proposal"
    sentence = _("Only who proposed this can withdraw it; others refuse it.")


class ReasonMissing(InvalidInput):
    """Who says no says why."""

    code = "reason_missing"
    sentence = _("Say why.")


class UnknownKind(InvalidInput):
    """No such kind of proposal, or one without an amount."""

    code = "unknown_kind"
    sentence = _("There is no limit for %(kind)s.")


class NegativeLimit(InvalidAmount):
    """A limit below nothing."""

    sentence = _("The amount must not be negative.")


class LimitUnchanged(Refusal):
    """The limit is what it is to become."""

    code = "limit_unchanged"
    sentence = _("This is the limit already.")
