"""
Strangers who ask to be let in, and what an operator answers.

What is asked is a row and nothing more: nobody is entered, invited or given a role by asking. An
operator who accepts enters the organisation, if it is new, and proposes the role, which another
operator approves.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, NotFound, Refusal
from common.ids import uuid7
from identity import appointments, letters
from identity.approvals.contracts import Person
from identity.contracts import ROLES_ASKED_FOR, AccessState, OrganizationClosed, Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.models import AccessRequest, Organization
from identity.onboarding import services as onboarding_services
from identity.uscc import require_uscc

DAY_MAX: Final = 500
ASKED, WAITS = "asked", "waits"
_ASK: Final = "SELECT identity_ask_access(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


class AccessRequestNotFound(NotFound):
    """There is no such request."""

    code = "access_request_not_found"
    sentence = _("There is no such request for access.")


class AccessAnswered(Refusal):
    """Somebody was faster."""

    code = "access_answered"
    sentence = _("This request was answered already.")


class AnswerNeeded(InvalidInput):
    """Who is declined is told why."""

    code = "answer_needed"
    sentence = _("Say why: the applicant is told.")


class AccessClosedToday(Refusal):
    """The market takes no more requests today."""

    code = "access_closed_today"
    status = 429
    sentence = _("There were too many requests for access today. Please come again tomorrow.")


@transaction.atomic
def ask(
    *,
    uscc: str,
    organization_name: str,
    person_name: str,
    email: str,
    role: Role,
    message: str,
    language: str,
    now: datetime,
) -> None:
    """
    Write down that somebody asks to be let in, and confirm it by a letter.

    The same request that waits already is told nothing else, and nobody gets a second letter.

    :raises InvalidUscc: if the code is wrong
    :raises AccessClosedToday: if the day is full
    """
    require_uscc(uscc)
    if role not in ROLES_ASKED_FOR:
        raise InvalidInput(field="role")
    address, request_id = email.strip().lower(), uuid7()
    given: list[Any] = [request_id, uscc, organization_name, person_name, address, str(role)]
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [*given, message, language, now, DAY_MAX])
        (outcome,) = cursor.fetchone()
    if outcome == ASKED:
        _record(IdentityEvent.ACCESS_ASKED, request_id, organization_name, role=str(role))
        letters.access_asked(email=address, language=language)
    elif outcome != WAITS:
        raise AccessClosedToday


def requests() -> QuerySet[AccessRequest]:
    """Return every request, the newest first; those who may see all of the market see them."""
    return AccessRequest.objects.select_related("answered_by").order_by("-id")


def waiting_sums() -> dict[str, Any]:
    """Return how many requests wait (`count`), and since when the oldest does (`oldest`)."""
    waiting = requests().filter(state=AccessState.WAITING).order_by()
    return waiting.aggregate(count=Count("id"), oldest=Min("asked_at"))


def request_of(request_id: UUID) -> AccessRequest:
    """
    Return a request.

    :raises AccessRequestNotFound: if there is none
    """
    found = requests().filter(pk=request_id).first()
    if found is None:
        raise AccessRequestNotFound
    return found


def organization_of(request: AccessRequest) -> Organization | None:
    """Return the organisation of the register that has the code of a request, if one has."""
    return Organization.objects.filter(uscc=request.uscc).first()


@transaction.atomic
def accept(*, request_id: UUID, by: Person, now: datetime, answer: str = "") -> AccessRequest:
    """
    Enter the organisation, if it is new, and propose the role that was asked for.

    :raises AccessRequestNotFound: if there is none
    :raises AccessAnswered: if it was answered
    :raises OrganizationClosed: if the organisation of this code was closed
    """
    with tenancy.acting_as_platform():
        request = _open(request_id)
        known = organization_of(request)
        if known is not None and known.closed_at is not None:
            raise OrganizationClosed
        organization = known or _entered(request, by=by, now=now)
        appointments.propose_role(
            organization_id=organization.pk,
            email=request.email,
            role=Role(request.role),
            by=by,
            now=now,
            reason=answer,
        )
        return _answer(request, AccessState.ACCEPTED, by=by, now=now, answer=answer)


@transaction.atomic
def decline(*, request_id: UUID, by: Person, now: datetime, answer: str) -> AccessRequest:
    """
    Say no to a request, and why.

    :raises AccessRequestNotFound: if there is none
    :raises AccessAnswered: if it was answered
    :raises AnswerNeeded: if no reason is given
    """
    if not answer.strip():
        raise AnswerNeeded(field="answer")
    with tenancy.acting_as_platform():
        request = _open(request_id)
        return _answer(request, AccessState.DECLINED, by=by, now=now, answer=answer)


def _entered(request: AccessRequest, *, by: Person, now: datetime) -> Organization:
    """Enter a new organisation, which is onboarded before it trades."""
    return onboarding_services.enter_organization(
        uscc=request.uscc,
        name=request.organization_name,
        role=Role(request.role),
        by=by,
        now=now,
    )


def _open(request_id: UUID) -> AccessRequest:
    """Return a request that waits, locked: of two operators the second finds it answered."""
    found = AccessRequest.objects.select_for_update(no_key=True).filter(pk=request_id).first()
    if found is None:
        raise AccessRequestNotFound
    if found.state != AccessState.WAITING:
        raise AccessAnswered
    return found


def _answer(
    request: AccessRequest, state: AccessState, *, by: Person, now: datetime, answer: str
) -> AccessRequest:
    request.state, request.answer = state, answer.strip()
    request.answered_at, request.answered_by_id = now, by.id
    request.save(update_fields=["state", "answer", "answered_at", "answered_by"])
    name = IdentityEvent.ACCESS_ANSWERED
    _record(name, request.pk, request.organization_name, state=str(state), role=request.role)
    letters.access_answered(
        email=request.email,
        language=request.language,
        is_accepted=state == AccessState.ACCEPTED,
        answer=request.answer,
    )
    return request


def _record(name: IdentityEvent, request_id: UUID, label: str, **facts: str) -> None:
    """Record what happened, without who asked: that may be taken away one day."""
    event = events.Event(
        name=name,
        object_kind="access_request",
        object_id=request_id,
        object_label=label,
        facts=facts,
    )
    events.record([event])
