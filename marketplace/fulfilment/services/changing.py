"""
Requests of one party of an order that the other agrees to, or refuses.

An end, or less, that is agreed on is carried out by settlement, which stands above. Whatever else
is agreed on is an agreement and no more (see `talk_contracts.TO_DO`). An agreed end is the last
word: nothing else is asked for, or agreed to, after it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from marketplace.fulfilment import locks, talk_rules, talk_selectors, telling
from marketplace.fulfilment.event_names import DeliveryChangeEvent
from marketplace.fulfilment.models import DeliveryChange
from marketplace.fulfilment.services.talking import locked_party
from marketplace.fulfilment.talk_contracts import (
    CHANGES_MAX,
    AskedChange,
    ChangeReasonMissing,
    ChangeVerdict,
    DeliveryChangeClosed,
    DeliveryChangeInvalid,
    DeliveryChangeKind,
    DeliveryChangeNotFound,
    DeliveryChangeOpen,
    DeliveryChangeState,
    TalkSide,
    TalkSubject,
)

EXPIRED_MAX: Final = 500


@transaction.atomic
def ask_change(
    *,
    order_id: UUID,
    organization_id: UUID,
    kind: DeliveryChangeKind,
    by_id: int,
    now: datetime,
    moment: datetime | None = None,
    words: str = "",
    units_milli: int | None = None,
) -> DeliveryChange:
    """
    Ask the other side for a change; one of a kind waits at a time, until it expires.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryChangeInvalid: if it lacks its moment, amount or words, these do not suit
        the kind, or the order has not cleared or is over
    :raises DeliveryChangeOpen: if one of the kind waits already
    :raises DeliveryChangeClosed: if its end is agreed on, or it was asked about too often
    """
    with tenancy.acting_as_platform():
        subject, side = locked_party(order_id, organization_id=organization_id)
        if not subject.is_running or subject.leaves_at <= now:
            raise DeliveryChangeInvalid(why=_("the order is not running, or to run."))
        asked = AskedChange(kind, moment, units_milli, words.strip())
        talk_rules.require_sound(asked, subject, now=now)
        earlier = list(talk_selectors.changes_of(order_id).order_by("sequence"))
        _require_no_end(earlier)
        for each in earlier:
            if each.state == DeliveryChangeState.OPEN and each.expires_at <= now:
                _close(subject, each, DeliveryChangeState.EXPIRED, by=each.side, now=now)
        if any(each.state == DeliveryChangeState.OPEN and each.kind == kind for each in earlier):
            raise DeliveryChangeOpen(field="kind")
        if len(earlier) >= CHANGES_MAX:
            raise DeliveryChangeClosed(why=_("it was asked for too often."))
        made = DeliveryChange.objects.create(
            order_id=order_id,
            order_number=subject.order_number,
            buyer_id=subject.buyer_id,
            provider_id=subject.provider_id,
            sequence=len(earlier) + 1,
            kind=kind,
            side=side,
            moment=moment,
            units_milli=units_milli,
            words=asked.words,
            asked_at=now,
            asked_by_id=by_id,
            expires_at=talk_rules.expires_at(
                kind, moment=moment, leaves_at=subject.leaves_at, now=now
            ),
            state=DeliveryChangeState.OPEN,
        )
        telling.of_change(DeliveryChangeEvent.ASKED, subject, made, by=side, at=now)
        return made


@transaction.atomic
def answer_change(
    *,
    order_id: UUID,
    change_id: UUID,
    organization_id: UUID,
    verdict: ChangeVerdict,
    by_id: int,
    now: datetime,
    reason: str = "",
) -> DeliveryChange:
    """
    Agree to what the other side asks for, or refuse it with a reason; said again, nothing changes.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryChangeNotFound: if the order has no such request
    :raises ChangeReasonMissing: if it is refused without a reason
    :raises DeliveryChangeClosed: if it is the side's own, was answered otherwise, or is over
    """
    text = reason.strip()
    if verdict == ChangeVerdict.REFUSE and not text:
        raise ChangeReasonMissing(field="reason")
    state = {
        ChangeVerdict.ACCEPT: DeliveryChangeState.ACCEPTED,
        ChangeVerdict.REFUSE: DeliveryChangeState.REFUSED,
    }[verdict]
    with tenancy.acting_as_platform():
        subject, side = locked_party(order_id, organization_id=organization_id)
        found = _change(subject, change_id)
        if found.side == side:
            raise DeliveryChangeClosed(why=_("only the other side answers it."))
        if found.state == state:
            return found
        _require_open(subject, found, now=now)
        if verdict == ChangeVerdict.ACCEPT:
            _require_no_end(DeliveryChange.objects.filter(order_id=subject.order_id))
        return _close(subject, found, state, by=side, now=now, by_id=by_id, answer=text)


@transaction.atomic
def withdraw_change(
    *, order_id: UUID, change_id: UUID, organization_id: UUID, by_id: int, now: datetime
) -> DeliveryChange:
    """
    Withdraw a request of one's own that nobody answered yet; done again, nothing changes.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryChangeNotFound: if the order has no such request
    :raises DeliveryChangeClosed: if it is the other side's, was answered, or is over
    """
    with tenancy.acting_as_platform():
        subject, side = locked_party(order_id, organization_id=organization_id)
        found = _change(subject, change_id)
        if found.side != side:
            raise DeliveryChangeClosed(why=_("only the side that asked withdraws it."))
        withdrawn = DeliveryChangeState.WITHDRAWN
        if found.state == withdrawn:
            return found
        if found.state != DeliveryChangeState.OPEN:
            raise DeliveryChangeClosed(why=_("it is closed."))
        return _close(subject, found, withdrawn, by=side, now=now, by_id=by_id)


@transaction.atomic
def expire_changes(*, now: datetime, limit: int = EXPIRED_MAX) -> int:
    """Close requests that nobody answered in time; return how many."""
    with tenancy.acting_as_platform():
        due = DeliveryChange.objects.filter(state=DeliveryChangeState.OPEN, expires_at__lte=now)
        ids = list(due.order_by("expires_at", "id").values_list("order_id", flat=True)[:limit])
        # Conversations are taken before their requests, here as everywhere; who has one is faster.
        free = [each for each in sorted(set(ids)) if locks.free_conversation(each)]
        closed = 0
        for each in due.filter(order_id__in=free).order_by("expires_at", "id"):
            subject, _side = talk_selectors.subject_of(each.order_id, organization_id=each.buyer_id)
            _close(subject, each, DeliveryChangeState.EXPIRED, by=each.side, now=now)
            closed += 1
        return closed


def _change(subject: TalkSubject, change_id: UUID) -> DeliveryChange:
    found = DeliveryChange.objects.filter(pk=change_id, order_id=subject.order_id).first()
    if found is None:
        raise DeliveryChangeNotFound
    return found


def _require_no_end(changes: Iterable[DeliveryChange]) -> None:
    """Refuse what comes after an end that was agreed on: it would contradict it."""
    if talk_rules.has_end(changes):
        raise DeliveryChangeClosed(why=_("its end is agreed on already."))


def _require_open(subject: TalkSubject, found: DeliveryChange, *, now: datetime) -> None:
    if found.state != DeliveryChangeState.OPEN:
        raise DeliveryChangeClosed(why=_("it is closed."))
    if found.expires_at <= now:
        raise DeliveryChangeClosed(why=_("it was not answered in time."))
    if not subject.is_running:
        raise DeliveryChangeClosed(why=_("the order is over."))


def _close(
    subject: TalkSubject,
    found: DeliveryChange,
    state: DeliveryChangeState,
    *,
    by: str,
    now: datetime,
    by_id: int | None = None,
    answer: str = "",
) -> DeliveryChange:
    """Close a request of a locked conversation; what was over by itself nobody closed."""
    found.state, found.answer = state, answer
    found.closed_at, found.closed_by_id = now, by_id
    found.save(update_fields=["state", "answer", "closed_at", "closed_by_id"])
    # Of what expired, the side that asked is told.
    told_by = by if state != DeliveryChangeState.EXPIRED else _other(found.side)
    telling.of_change(telling.CLOSED[state], subject, found, by=told_by, at=now)
    return found


def _other(side: str) -> TalkSide:
    return TalkSide.PROVIDER if side == TalkSide.BUYER else TalkSide.BUYER
