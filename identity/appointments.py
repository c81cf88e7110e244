"""
Roles that take two people: duties of the market, and whoever first acts for an organisation.

Members hand on the roles of trade among themselves. What an operator gives to others, another
operator approves: whoever appoints the people who decide could otherwise decide alone.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common.errors import Forbidden
from identity import selectors
from identity import services as identity_services
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Actor, Role
from identity.entry import services as entry_services
from identity.models import Membership, User

ROLE_KIND: Final = "identity.role"
TRADERS: Final = frozenset({Role.PROVIDER, Role.BUYER})


def takes_two(actor: Actor, *, organization_id: UUID, role: Role) -> bool:
    """Return whether a role is more than what members of an organisation hand on themselves."""
    is_own = actor.organization_id == organization_id and actor.has_role(*TRADERS)
    return not (is_own and role in TRADERS)


def require_may_grant(actor: Actor, role: Role) -> None:
    """
    Let members hand on the roles of trade; a duty of the market is given by its operator.

    :raises Forbidden: otherwise
    """
    if role not in TRADERS and not actor.has_role(Role.OPERATOR):
        raise Forbidden(field="role")


@transaction.atomic
def propose_role(
    *, organization_id: UUID, email: str, role: Role, by: Person, now: datetime, reason: str = ""
) -> Proposed:
    """
    Propose a role for the person with an e-mail address; nobody is told before it is approved.

    Someone new is entered without a password and without a role. The answer is the same for
    everyone: it tells nobody who is known.

    :raises NotFound: if there is no such organisation
    :raises OrganizationClosed: if it was closed
    """
    identity_services.require_open(organization_id)
    organization = selectors.organization(organization_id)
    address = email.strip().lower()
    person = User.objects.filter(email=address).first() or User.objects.create_user(address)
    draft = Draft(
        kind=ROLE_KIND,
        reference=f"{organization.pk} {person.pk} {role}",
        label=organization.name,
        content={"organization_id": organization.pk, "person_id": person.pk, "role": str(role)},
        role=Role.OPERATOR,
        barred_person_id=person.pk,
        by=by,
        reason=reason,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def give_role(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Membership:
    """
    Give a role that another operator proposed, and tell the person by a letter.

    :raises OrganizationClosed: if it was closed meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=ROLE_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    return entry_services.invite(
        organization_id=UUID(agreed.content["organization_id"]),
        email=User.objects.get(pk=agreed.content["person_id"]).email,
        role=Role(agreed.content["role"]),
        now=now,
    )
