"""A finding that has effects: one operator proposes it, another approves, and it takes effect."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from marketplace.assurance import locks, selectors, telling
from marketplace.assurance.contracts import (
    CLOSING_KIND,
    CaseEffect,
    CaseFinding,
    CaseState,
    InvalidCase,
)
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import Case
from marketplace.assurance.services.cases import require_in_work, said
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import RATE_MAX


def propose_closing(
    *, case_id: UUID, explanation: str, effect: CaseEffect, by: Person, now: datetime
) -> Proposed:
    """
    Propose to close a case as confirmed; approved, its organisations order at the rate it says.

    :raises CaseNotFound: if there is none
    :raises CaseStateRefused: if nobody took it, or it is closed
    :raises InvalidCase: if it isn't said why, or the rate is none
    :raises ProposalWaits: if that was proposed already
    """
    explanation = said(explanation, "explanation")
    rate = {
        "placed_per_minute": effect.placed_per_minute,
        "cancelled_per_minute": effect.cancelled_per_minute,
    }
    for field, number in rate.items():
        if not 1 <= number <= RATE_MAX:
            told = _("%(least)s to %(most)s are allowed") % {"least": 1, "most": RATE_MAX}
            raise InvalidCase(field=field, problem=told)
    with tenancy.acting_as_platform():
        case = selectors.case(case_id)
    require_in_work(case)
    draft = Draft(
        kind=CLOSING_KIND,
        reference=case.number,
        label=case.number,
        content={"case_id": str(case.pk), "explanation": explanation, **rate},
        reason=explanation[:500],
        role=Role.OPERATOR,
        by=by,
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def confirm_closing(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Case:
    """
    Close a case as another operator proposed, and let the organisations order at its rate.

    :raises CaseStateRefused: if it was closed meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=CLOSING_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    content = agreed.content
    with tenancy.acting_as_platform():
        case = locks.case(UUID(content["case_id"]))
        require_in_work(case)
        case.state, case.finding = CaseState.CLOSED, CaseFinding.CONFIRMED
        case.explanation, case.closed_at = content["explanation"], now
        case.closed_by_id, case.agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        case.proposal_id = agreed.id
        case.save()
        for party in sorted(case.organization_ids):
            orders_services.set_order_rate(
                organization_id=party,
                placed_per_minute=content["placed_per_minute"],
                cancelled_per_minute=content["cancelled_per_minute"],
                reason=_("Case %(number)s") % {"number": case.number},
                by=Person(agreed.decided_by_id, organization_id),
                now=now,
            )
        telling.of_cases(AssuranceEvent.CASE_CLOSED, [case], finding=CaseFinding.CONFIRMED)
    return case
