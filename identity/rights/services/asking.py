"""A person asks to be erased; operators erase, or say why not."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from identity.events import services as events
from identity.rights.contracts import (
    ASKED_AGAIN_DAYS,
    REASON_MAX,
    ErasureAskedAgain,
    ErasureRequestNotFound,
    ErasureRequestOver,
    ErasureRequestState,
    RightsReasonMissing,
)
from identity.rights.event_names import RightsEvent
from identity.rights.models import ErasureRequest


@transaction.atomic
def ask_erasure(*, person_id: int, words: str, now: datetime) -> ErasureRequest:
    """
    Ask to be erased, in words of one's own or in none; a request that waits is the same.

    :raises ErasureAskedAgain: if one was refused a short while ago
    """
    with tenancy.acting_as_platform():
        mine = ErasureRequest.objects.filter(user_id=person_id)
        waiting = mine.filter(state=ErasureRequestState.WAITING).first()
        if waiting is not None:
            return waiting
        lately = now - timedelta(days=ASKED_AGAIN_DAYS)
        if mine.filter(state=ErasureRequestState.REFUSED, over_at__gt=lately).exists():
            raise ErasureAskedAgain(days=ASKED_AGAIN_DAYS)
        try:
            with transaction.atomic():
                made = ErasureRequest.objects.create(
                    user_id=person_id, words=words.strip()[:REASON_MAX], asked_at=now
                )
        except IntegrityError:  # Asked twice at once.
            return mine.get(state=ErasureRequestState.WAITING)
        _record(RightsEvent.ERASURE_ASKED, person_id)
    return made


@transaction.atomic
def withdraw_erasure(*, person_id: int, now: datetime) -> ErasureRequest:
    """
    Take back what one asked for.

    :raises ErasureRequestNotFound: if nothing of the person waits
    """
    with tenancy.acting_as_platform():
        waiting = ErasureRequest.objects.filter(
            user_id=person_id, state=ErasureRequestState.WAITING
        )
        found = waiting.select_for_update(no_key=True).first()
        if found is None:
            raise ErasureRequestNotFound
        _close(found, ErasureRequestState.WITHDRAWN, now=now)
        _record(RightsEvent.ERASURE_WITHDRAWN, person_id)
    return found


@transaction.atomic
def refuse_erasure(
    *, request_id: UUID, reason: str, person_id: int, now: datetime
) -> ErasureRequest:
    """
    Tell a person why they are not erased; an operator does, and never of their own request.

    :raises RightsReasonMissing: if it isn't said why
    :raises ErasureRequestNotFound: if there is none, or it is one's own
    :raises ErasureRequestOver: if it was answered
    """
    said = reason.strip()
    if not 1 <= len(said) <= REASON_MAX:
        raise RightsReasonMissing(field="reason", most=REASON_MAX)
    with tenancy.acting_as_platform():
        rows = ErasureRequest.objects.filter(pk=request_id).exclude(user_id=person_id)
        found = rows.select_for_update(no_key=True).first()
        if found is None:
            raise ErasureRequestNotFound
        if found.state != ErasureRequestState.WAITING:
            raise ErasureRequestOver
        found.answer, found.answered_by_id = said, person_id
        _close(found, ErasureRequestState.REFUSED, now=now)
        _record(RightsEvent.ERASURE_REFUSED, found.user_id)
    return found


def settle_requests(*, person_id: int, now: datetime) -> int:
    """Close what an erased person asked, and forget their words; return how many requests."""
    mine = ErasureRequest.objects.filter(user_id=person_id)
    mine.filter(state=ErasureRequestState.WAITING).update(
        state=ErasureRequestState.DONE, over_at=now
    )
    return mine.update(words="", answer="erased")


def _close(found: ErasureRequest, state: ErasureRequestState, *, now: datetime) -> None:
    found.state, found.over_at = state, now
    found.save(update_fields=["state", "over_at", "answer", "answered_by"])


def _record(name: RightsEvent, person_id: int) -> None:
    events.record([events.Event(name=name, object_kind="person", object_id=person_id)])
