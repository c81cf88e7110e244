"""How applications move: under their lock, as their table of states says, with a step each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common import reminders
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import Role, SecondPersonRequired
from marketplace.vouchers import life, telling
from marketplace.vouchers.contracts import ApplicationState, LifeStep, NoteMissing
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Application, ApplicationStep

EVENTS: Final = {
    LifeStep.SUBMIT: VoucherEvent.APPLICATION_MADE,
    LifeStep.ASK: VoucherEvent.EVIDENCE_ASKED,
    LifeStep.ANSWER: VoucherEvent.EVIDENCE_GIVEN,
    LifeStep.REVIEW: VoucherEvent.APPLICATION_REVIEWED,
    LifeStep.RETURN: VoucherEvent.APPLICATION_RETURNED,
    LifeStep.PUBLISH: VoucherEvent.APPLICATION_PUBLISHED,
    LifeStep.APPROVE: VoucherEvent.APPLICATION_APPROVED,
    LifeStep.REJECT: VoucherEvent.APPLICATION_REJECTED,
    LifeStep.WITHDRAW: VoucherEvent.APPLICATION_WITHDRAWN,
    LifeStep.EXPIRE: VoucherEvent.APPLICATION_EXPIRED,
    LifeStep.REVOKE: VoucherEvent.APPLICATION_REVOKED,
}
WRITTEN_BY_ISSUE: Final = (
    "state",
    "ends_at",
    "reminded_days",
    "issued_by",
    "facts",
    "beneficiary",
    "checks",
)
NOTE_LENGTH_MAX: Final = 500
# The steps whose reason the applicant reads; what officers write to each other stays with them.
TOLD: Final = frozenset(
    {LifeStep.ASK, LifeStep.PUBLISH, LifeStep.APPROVE, LifeStep.REJECT, LifeStep.REVOKE}
)


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who acts for the issuer of a programme."""

    person_id: int
    issuer_id: UUID


def move(
    application: Application,
    step: LifeStep,
    *,
    person_id: int | None,
    now: datetime,
    note: str = "",
    **changes: Any,
) -> Application:
    """
    Take a step with an application that is locked.

    :raises AlreadyDecided: if the step leads nowhere from where it stands
    """
    was_draft = application.state == ApplicationState.DRAFT
    stand_after(application, step, now=now, note=note, **changes)
    application.save()
    _step(application, step, person_id=person_id, now=now, note=note).save(force_insert=True)
    if step in EVENTS:
        is_private = was_draft and step != LifeStep.SUBMIT
        issuer_id = application.programme_version.programme.issuer_id
        telling.of_application(EVENTS[step], application, None if is_private else issuer_id)
    return application


def stand_after(
    application: Application, step: LifeStep, *, now: datetime, note: str = "", **changes: Any
) -> None:
    """
    Let an application stand where a step leads, without writing it.

    :raises AlreadyDecided: if the step leads nowhere from where it stands
    """
    application.state = life.state_after(application.state, step)
    time_left = life.time_in(ApplicationState(application.state))
    application.ends_at = now + time_left if time_left else None
    # Who is told a time just now is not reminded of it at once.
    is_near = time_left is not None and time_left.days <= reminders.STEPS[-1]
    application.reminded_days = reminders.STEPS[-1] if is_near else None
    if step in TOLD:
        application.note = note
    for name, value in changes.items():
        setattr(application, name, value)


def write_issues(applications: Collection[Application], *, person_id: int, now: datetime) -> None:
    """Write that locked applications stand as issued: in two statements, however many they are."""
    Application.objects.bulk_update(applications, WRITTEN_BY_ISSUE)
    ApplicationStep.objects.bulk_create(
        _step(each, LifeStep.ISSUE, person_id=person_id, now=now, note="") for each in applications
    )


def _step(
    application: Application, step: LifeStep, *, person_id: int | None, now: datetime, note: str
) -> ApplicationStep:
    return ApplicationStep(
        application=application,
        applicant_id=application.applicant_id,
        step=step,
        state=application.state,
        person_id=person_id,
        at=now,
        note=note,
    )


def decided(officer: Officer, *, now: datetime) -> Mapping[str, Any]:
    """Return what is written of a decision."""
    return {
        "decided_by_id": officer.person_id,
        "decided_by_organization_id": officer.issuer_id,
        "decided_at": now,
    }


def require_officer(application: Application, officer: Officer) -> None:
    """
    Let nobody judge their own application, and keep the role until the commit.

    :raises SecondPersonRequired: if the officer applied, or belongs to the applicant
    :raises Forbidden: if the officer has lost the role meanwhile
    """
    is_own = application.applicant_id == officer.issuer_id
    if is_own or officer.person_id == application.applied_by_id:
        raise SecondPersonRequired
    identity_services.require_outsider(
        person_id=officer.person_id, organization_id=application.applicant_id
    )
    identity_services.hold_role(
        person_id=officer.person_id, organization_id=officer.issuer_id, role=Role.ISSUER
    )


def judged_by_their_own(applications: Collection[Application], officer: Officer) -> set[UUID]:
    """Return which applications an officer made, or belongs to who did; in one statement."""
    belongs = identity_selectors.belonging_to(
        person_id=officer.person_id,
        organization_ids={each.applicant_id for each in applications},
    )
    return {
        each.pk
        for each in applications
        if each.applicant_id in belongs | {officer.issuer_id}
        or each.applied_by_id == officer.person_id
    }


def require_another(officer: Officer, first_id: int | None) -> None:
    """
    Let nobody check what they decided themselves.

    :raises SecondPersonRequired: if it is the same person
    """
    if officer.person_id == first_id:
        raise SecondPersonRequired


def require_note(note: str) -> str:
    """
    Return a reason without what surrounds it.

    :raises NoteMissing: if there is none, or too much of it
    """
    said = note.strip()
    if not 1 <= len(said) <= NOTE_LENGTH_MAX:
        raise NoteMissing(field="note")
    return said
