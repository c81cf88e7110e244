"""Opening, confirming and ending an onboarding."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from common.errors import InvalidInput
from common.ids import uuid7
from common.moments import market_date
from identity import selectors as identity
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import ROLES_ASKED_FOR, Role
from identity.events import services as events
from identity.models import Organization
from identity.onboarding import rules, selectors
from identity.onboarding.contracts import (
    ACTIVATION_KIND,
    NOTE_MAX,
    ChecklistOpen,
    LineBy,
    LineConfirmed,
    NotOnboarding,
    UnknownLine,
)
from identity.onboarding.event_names import OnboardingEvent
from identity.onboarding.models import ConfirmedLine, Onboarding
from identity.services import organizations
from identity.services.persons import require_outsider


@transaction.atomic
def open_onboarding(*, organization_id: UUID, role: Role, by: Person, now: datetime) -> Onboarding:
    """Begin the onboarding of a new organisation: until it ends, it begins no trade."""
    with tenancy.acting_as_platform():
        case = Onboarding.objects.create(
            organization_id=organization_id,
            role=role,
            checklist=rules.NEWEST,
            opened_at=now,
            opened_by_id=by.id,
        )
        _record(OnboardingEvent.OPENED, organization_id, role=str(role))
    return case


@transaction.atomic
def enter_organization(*, role: Role, by: Person, now: datetime, **facts: str) -> Organization:
    """
    Enter a legal entity that is onboarded in a role before it trades.

    `facts` are those of `create_organization`: code, names, region, industry.

    :raises InvalidInput: if nobody is onboarded in the role
    :raises OrganizationExists, InvalidUscc, InvalidRegion, InvalidIndustry: as it does
    """
    if role not in ROLES_ASKED_FOR:
        raise InvalidInput(field="role")
    made = organizations.create_organization(on=market_date(now), **facts)
    open_onboarding(organization_id=made.pk, role=role, by=by, now=now)
    return made


@transaction.atomic
def confirm_line(
    *, organization_id: UUID, line: str, note: str, by: Person, now: datetime
) -> ConfirmedLine:
    """
    Confirm a line that an operator does; how it was checked is kept.

    :raises NotOnboarding: if there is no open case
    :raises UnknownLine: if it is no line of an operator
    :raises SecondPersonRequired: if the operator belongs to the organisation
    :raises LineConfirmed: if somebody was faster
    """
    said = note.strip()
    if not 1 <= len(said) <= NOTE_MAX:
        raise InvalidInput(field="note")
    with tenancy.acting_as_platform():
        case = _open_case(organization_id)
        asked = selectors.lines_of_case(case, now=now)
        if line not in {each.code for each in asked if each.by == LineBy.OPERATOR}:
            raise UnknownLine(field="line")
        require_outsider(person_id=by.id, organization_id=organization_id)
        try:
            with transaction.atomic():
                made = ConfirmedLine.objects.create(
                    organization_id=organization_id,
                    line=line,
                    note=said,
                    confirmed_by_id=by.id,
                    confirmed_at=now,
                )
        except IntegrityError as error:
            raise LineConfirmed(field="line") from error
        _record(OnboardingEvent.CONFIRMED, organization_id, line=line)
    return made


def propose_activation(
    *, organization_id: UUID, reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose that an organisation trades from now on; another operator approves.

    :raises NotOnboarding: if there is no open case
    :raises ChecklistOpen: if a line is not done
    :raises SecondPersonRequired: if who proposes belongs to it
    """
    organization = identity.organization(organization_id)
    require_outsider(person_id=by.id, organization_id=organization_id)
    with tenancy.acting_as_platform():
        _require_done(_open_case(organization_id), now=now)
    draft = Draft(
        kind=ACTIVATION_KIND,
        reference=str(organization.pk),
        label=organization.name,
        content={"organization_id": str(organization.pk), "reason": reason.strip()},
        reason=reason.strip(),
        role=Role.OPERATOR,
        barred_organization_id=organization.pk,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def activate(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Onboarding:
    """
    Let an organisation trade, as another operator proposed; the checklist is asked once more.

    :raises NotOnboarding, ChecklistOpen: if that changed meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=ACTIVATION_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    subject = UUID(agreed.content["organization_id"])
    with tenancy.acting_as_platform():
        case = _open_case(subject)
        _require_done(case, now=now)
        case.activated_at = now
        case.proposed_by_id, case.agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        case.proposal_id = agreed.id
        case.save()
        _record(OnboardingEvent.ACTIVATED, subject)
    return case


def _open_case(organization_id: UUID) -> Onboarding:
    waiting = Onboarding.objects.filter(organization_id=organization_id, activated_at=None)
    case = waiting.select_for_update(no_key=True).first()
    if case is None:
        raise NotOnboarding
    return case


def _require_done(case: Onboarding, *, now: datetime) -> None:
    left = [each.label for each in selectors.lines_of_case(case, now=now) if not each.is_done]
    if left:
        raise ChecklistOpen(lines="; ".join(left))


def _record(name: OnboardingEvent, organization_id: UUID, **facts: object) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="organization",
                object_id=organization_id,
                object_label=identity.organization(organization_id).name,
                concerns=[organization_id],
                facts=facts,
            )
        ]
    )
