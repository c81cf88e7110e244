"""Reads of onboarding: whose case is open, and what is left to do."""

from datetime import datetime
from uuid import UUID

from common import tenancy
from identity import selectors as identity
from identity import standings
from identity.contracts import Actor, Role
from identity.onboarding import facts, rules
from identity.onboarding.contracts import ChecklistLine, Life
from identity.onboarding.models import Closure, ConfirmedLine, Onboarding


def case_of(organization_id: UUID) -> Onboarding | None:
    """Return an organisation's case; asked for the market, or by a member."""
    return Onboarding.objects.filter(organization_id=organization_id).first()


def case_for(actor: Actor, organization_id: UUID) -> Onboarding | None:
    """
    Return the case of an organisation for its members and for duties.

    :raises NotFound: if the organisation is someone else's
    """
    return case_of(identity.organization_for(actor, organization_id).pk)


def life_of(organization_id: UUID) -> Life:
    """Return where an organisation of the register stands."""
    return Life(standings.standing_of_organization(identity.organization(organization_id)).value)


def lines_of_case(case: Onboarding, *, now: datetime) -> list[ChecklistLine]:
    """Return the checklist of a case as it is now."""
    with tenancy.acting_as_platform():
        confirmed = dict(
            ConfirmedLine.objects.filter(organization_id=case.organization_id).values_list(
                "line", "note"
            )
        )
        holds = facts.hold_for(case.organization_id, now=now)
    return rules.lines_of(Role(case.role), case.checklist, facts=holds, confirmed=confirmed)


def closure_of(organization_id: UUID) -> Closure | None:
    """Return how an organisation was closed, if it was; asked for the market, or by a member."""
    return Closure.objects.filter(organization_id=organization_id).first()
