"""What people do with a case: take it, note what they find, close what has no effects."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from identity.approvals.contracts import Person
from marketplace.assurance import locks, telling
from marketplace.assurance.contracts import (
    NOTES_MAX,
    TEXT_MAX,
    CaseFinding,
    CaseState,
    CaseStateRefused,
    InvalidCase,
)
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import Case, CaseNote

WITHOUT_EFFECTS: Final = (CaseFinding.UNFOUNDED, CaseFinding.EXPLAINED)


@transaction.atomic
def take_case(*, case_id: UUID, by: Person) -> Case:
    """
    Take a case into one's own hands, from nobody or from a colleague.

    :raises CaseNotFound: if there is none
    :raises CaseStateRefused: if it is closed, or one's own already
    """
    with tenancy.acting_as_platform():
        case = locks.case(case_id)
        if case.state == CaseState.CLOSED or case.assigned_to_id == by.id:
            raise CaseStateRefused(state=case.get_state_display())
        case.state, case.assigned_to_id = CaseState.IN_WORK, by.id
        case.save(update_fields=["state", "assigned_to"])
        telling.of_cases(AssuranceEvent.CASE_TAKEN, [case], person_id=by.id)
    return case


@transaction.atomic
def add_note(*, case_id: UUID, text: str, by: Person, now: datetime) -> CaseNote:
    """
    Write down what was found out about a case.

    :raises CaseNotFound: if there is none
    :raises CaseStateRefused: if it is closed
    :raises InvalidCase: if it says nothing, too much, or is one too many
    """
    text = said(text, "text")
    with tenancy.acting_as_platform():
        case = locks.case(case_id)
        if case.state == CaseState.CLOSED:
            raise CaseStateRefused(state=case.get_state_display())
        if CaseNote.objects.filter(case=case).count() >= NOTES_MAX:
            told = _("a case holds %(most)s notes at most") % {"most": NOTES_MAX}
            raise InvalidCase(field="text", problem=told)
        note = CaseNote.objects.create(case=case, text=text, written_by_id=by.id, written_at=now)
        telling.of_cases(AssuranceEvent.CASE_NOTED, [case])
    return note


@transaction.atomic
def close_case(*, case_id: UUID, finding: str, explanation: str, by: Person, now: datetime) -> Case:
    """
    Close a case that comes to nothing: one person is enough.

    :raises CaseNotFound: if there is none
    :raises CaseStateRefused: if nobody took it, or it is closed
    :raises InvalidCase: if it isn't said why, or the finding has effects
    """
    explanation = said(explanation, "explanation")
    if finding not in WITHOUT_EFFECTS:
        told = _("a finding with effects is proposed, and another operator approves it")
        raise InvalidCase(field="finding", problem=told)
    with tenancy.acting_as_platform():
        case = locks.case(case_id)
        require_in_work(case)
        case.state, case.finding, case.explanation = CaseState.CLOSED, finding, explanation
        case.closed_at, case.closed_by_id = now, by.id
        case.save()
        telling.of_cases(AssuranceEvent.CASE_CLOSED, [case], finding=finding)
    return case


def require_in_work(case: Case) -> None:
    """
    Check that somebody has taken a case, and that it is not over.

    :raises CaseStateRefused: otherwise
    """
    if case.state != CaseState.IN_WORK:
        raise CaseStateRefused(state=case.get_state_display())


def said(text: str, field: str) -> str:
    """
    Return a text without blanks around it.

    :raises InvalidCase: if nothing is left, or too much
    """
    text = text.strip()
    if not 1 <= len(text) <= TEXT_MAX:
        told = _("write 1 to %(most)s characters") % {"most": TEXT_MAX}
        raise InvalidCase(field=field, problem=told)
    return text
