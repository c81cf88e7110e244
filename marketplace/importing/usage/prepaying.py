"""The money that an import's buyer pays in before the first order."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from common import clock, tenancy
from common.moments import market_date
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.importing.usage.contracts import ImportPlan
from marketplace.payments import services as payments_services

# The made-up desk that books for the made-up buyer. Its clerks have no password: nobody signs in.
SAMPLE_DESK: Final[Mapping[str, str]] = {
    "uscc": "91640500MA0000003J",
    "name": "样例导入财务",
    "name_en": "Sample import desk",
}
SAMPLE_CLERK: Final = "import-clerk@sample.example"
SAMPLE_SECOND: Final = "import-second-clerk@sample.example"


def prepay(plan: ImportPlan) -> None:
    """
    Pay in for the buyer, once for a source; a large amount is confirmed by the second person named.

    :raises ValueError: if a second person is needed and none is named
    """
    if not plan.deposit_minor:
        return
    source = plan.file.source
    name = source if len(source) <= 32 else f"{source[:15]}…{source[-16:]}"
    made = payments_services.record_deposit(
        organization_id=plan.buyer_id,
        amount_minor=plan.deposit_minor,
        reference=f"import {name} {plan.buyer_id}",
        by=_clerk_of(plan),
        now=plan.now,
    )
    if not isinstance(made, Proposed):
        return
    if plan.confirmer is None:
        message = "so large a --deposit needs a second person: name one with --confirmed-by"
        raise ValueError(message)
    payments_services.confirm_deposit(
        proposal_id=made.id,
        person_id=plan.confirmer.id,
        organization_id=plan.confirmer.organization_id,
        now=plan.now,
    )


def _clerk_of(plan: ImportPlan) -> Person:
    """Return who asked for the import, for the desk they work for; else for the buyer."""
    with tenancy.acting_as_platform():
        desk_id = identity_selectors.desk_of(plan.person_id, Role.FINANCE)
    return Person(plan.person_id, desk_id or plan.buyer_id)


def person(email: str) -> int:
    """
    Return who is called by an e-mail address.

    :raises ValueError: if nobody is
    """
    with tenancy.acting_as_platform():
        found = identity_selectors.person_by_email(email)
    if found is None or not found.is_active:
        message = f"nobody has the e-mail address {email}"
        raise ValueError(message)
    return found.pk


def confirmer(email: str) -> Person:
    """
    Return who confirms as a second person, with the desk that they work for.

    :raises ValueError: if nobody is called so, or they have no finance role
    """
    person_id = person(email)
    with tenancy.acting_as_platform():
        desk_id = identity_selectors.desk_of(person_id, Role.FINANCE)
    if desk_id is None:
        message = f"{email} has no finance role"
        raise ValueError(message)
    return Person(person_id, desk_id)


def sample_clerks() -> tuple[int, Person]:
    """Return the made-up clerks who book and confirm for the made-up buyer."""
    with tenancy.acting_as_platform():
        desk = identity_selectors.organization_by_uscc(
            SAMPLE_DESK["uscc"]
        ) or identity_services.create_organization(on=market_date(clock.now()), **SAMPLE_DESK)
        first, second = (_clerk(email, desk.pk) for email in (SAMPLE_CLERK, SAMPLE_SECOND))
    return first, Person(second, desk.pk)


def _clerk(email: str, desk_id: UUID) -> int:
    clerk = identity_selectors.person_by_email(email) or identity_services.create_person(
        email=email, name="样例导入 / Sample import"
    )
    identity_services.add_member(organization_id=desk_id, user_id=clerk.pk, role=Role.FINANCE)
    return clerk.pk
