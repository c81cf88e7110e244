"""
Which kinds of proposals there are, and the service that carries each of them out.

This room names nobody above it. What the kinds are is installed from where all rooms are wired
together (`config.approvals`); pages and the API look a kind up by its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from django.utils.functional import Promise

from identity.approvals import selectors
from identity.approvals.contracts import ProposalChanged, UnknownKind
from identity.contracts import Actor


class Approve(Protocol):
    """
    The service of the owning room.

    In one transaction it asks `services.settle` for what was agreed, and acts.
    """

    def __call__(
        self, *, proposal_id: UUID, person_id: int, organization_id: UUID, note: str, now: datetime
    ) -> object:
        """Carry a proposal out, as this person approves it."""


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """One kind of act that takes two people."""

    name: str
    label: str | Promise
    consequence: str | Promise  # What happens at once when it is approved.
    approve: Approve
    has_limit: bool = False  # Whether an amount says from when on it takes two.


_kinds: Final[dict[str, ApprovalKind]] = {}


def install(kinds: Iterable[ApprovalKind]) -> None:
    """Make the kinds known, once, when the program starts."""
    _kinds.clear()
    _kinds.update({kind.name: kind for kind in kinds})


def installed() -> tuple[ApprovalKind, ...]:
    """Return every kind."""
    return tuple(_kinds.values())


def kind(name: str) -> ApprovalKind:
    """
    Return a kind by its name.

    :raises UnknownKind: if there is none
    """
    found = _kinds.get(name)
    if found is None:
        raise UnknownKind(field="kind", kind=name)
    return found


def approve(
    proposal_id: UUID, *, actor: Actor, content_hash: str, note: str, now: datetime
) -> object:
    """
    Have a proposal carried out by the service of its kind, for whoever approves it.

    :raises ProposalNotFound: if another role or organisation decides about it
    :raises ProposalChanged: if the content that was read is another one
    Otherwise whatever that service refuses.
    """
    found = selectors.proposal_of_desk(proposal_id, actor=actor)
    if found.content_hash != content_hash:
        raise ProposalChanged
    return kind(found.kind).approve(
        proposal_id=found.pk,
        person_id=actor.person_id,
        organization_id=actor.organization_id,
        note=note,
        now=now,
    )
