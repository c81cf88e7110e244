"""Organisations that two operators suspend and reinstate, as the market does it."""

from datetime import datetime

from identity import suspensions
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from identity.models import Organization, User
from marketplace.orders import services
from tests import cast
from tests.cast import NOW


def operators() -> tuple[Person, User]:
    """Return one operator who proposes and another one who approves."""
    office = cast.organization("Office")
    first, second = (cast.member(office, Role.OPERATOR) for _each in range(2))
    return Person(first.pk, office.pk), second


def agree(proposed: Proposed, by: Person, second: User, *, at: datetime, act: object) -> object:
    return act(  # type: ignore[operator]
        proposal_id=proposed.id,
        person_id=second.pk,
        organization_id=by.organization_id,
        now=at,
    )


def suspend(
    organization: Organization,
    *,
    by: Person,
    second: User,
    at: datetime = NOW,
    reason: str = "bills unpaid",
) -> None:
    proposed = suspensions.propose_suspension(
        organization_id=organization.pk, reason=reason, by=by, now=at
    )
    agree(proposed, by, second, at=at, act=services.confirm_suspension)


def reinstate(
    organization: Organization,
    *,
    by: Person,
    second: User,
    at: datetime = NOW,
    reason: str = "all is paid",
) -> None:
    proposed = suspensions.propose_reinstatement(
        organization_id=organization.pk, reason=reason, by=by, now=at
    )
    agree(proposed, by, second, at=at, act=services.confirm_reinstatement)
