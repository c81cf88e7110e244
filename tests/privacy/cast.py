"""Who holds and looks in the tests of retention and personal data."""

from datetime import datetime
from typing import Any

from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from identity.privacy import services
from identity.privacy.contracts import HeldKind
from identity.privacy.models import LegalHold
from tests import cast
from tests.cast import NOW


def operators() -> tuple[Person, Person]:
    """Return one operator who proposes and another one who approves."""
    office = cast.organization("Office")
    first, second = (cast.member(office, Role.OPERATOR) for _each in range(2))
    return Person(first.pk, office.pk), Person(second.pk, office.pk)


def propose(
    kind: HeldKind, object_id: Any, *, by: Person, at: datetime = NOW, reason: str = ""
) -> Proposed:
    return services.propose_hold(
        kind=kind,
        object_id=str(object_id),
        reason=reason or "a court asks for it",
        by=by,
        now=at,
    )


def agreed(proposed: Proposed, second: Person, act: Any, *, at: datetime = NOW) -> Any:
    return act(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=at,
    )


def held(kind: HeldKind, object_id: Any, *, at: datetime = NOW) -> LegalHold:
    """Let two operators hold something."""
    first, second = operators()
    proposed = propose(kind, object_id, by=first, at=at)
    hold: LegalHold = agreed(proposed, second, services.confirm_hold, at=at)
    return hold


def lift(hold: LegalHold, *, at: datetime = NOW) -> None:
    """Let two operators lift a hold."""
    first, second = operators()
    proposed = services.propose_lift(hold_id=hold.pk, reason="it is over", by=first, now=at)
    agreed(proposed, second, services.confirm_lift, at=at)
