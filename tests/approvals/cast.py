"""Something that takes two people: an act of no room, which only says that it was carried out."""

from typing import Any

from common.ids import uuid7
from identity.approvals import services
from identity.approvals.contracts import Draft, Person, Proposed, Settled
from identity.contracts import Role
from identity.models import Organization, User
from tests import cast as people
from tests.cast import NOW

KIND = "tests.act"


def person(user: User, organization: Organization) -> Person:
    return Person(user.pk, organization.pk)


def propose(user: User, organization: Organization, **facts: Any) -> Proposed:
    facts.setdefault("reference", "A-1")
    draft: dict[str, Any] = {
        "kind": KIND,
        "label": facts["reference"],
        "content": {"what": "something"},
        "role": Role.FINANCE,
        "by": person(user, organization),
    }
    now = facts.pop("now", NOW)
    return services.propose(Draft(**(draft | facts)), now=now)


def settle(proposed: Proposed, user: User, organization: Organization, **facts: Any) -> Settled:
    return services.settle(
        **(
            {
                "proposal_id": proposed.id,
                "kind": KIND,
                "by": person(user, organization),
                "result_id": uuid7(),
                "now": NOW,
            }
            | facts
        )
    )


def set_limit(kind: str, from_minor: int) -> None:
    """Have two operators agree from which amount on a kind of act takes two people."""
    office = people.organization("Office")
    first, second = (people.member(office, Role.OPERATOR) for _n in range(2))
    proposed = services.propose_limit(
        kind=kind, from_minor=from_minor, by=person(first, office), reason="tried", now=NOW
    )
    services.change_limit(
        proposal_id=proposed.id,
        person_id=second.pk,
        organization_id=office.pk,
        note="",
        now=NOW,
    )
