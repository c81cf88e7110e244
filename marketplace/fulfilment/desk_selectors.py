"""What waits for a provider of its deliveries: messages, requests, and what is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from marketplace.fulfilment import rules, talk_rules
from marketplace.fulfilment.contracts import FulfilmentState
from marketplace.fulfilment.models import (
    ComputeDelivery,
    DeliveryChange,
    DeliveryMessage,
    Handover,
    HandoverRequest,
)
from marketplace.fulfilment.talk_contracts import DeliveryChangeState, TalkSide


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """What a provider has to do about a delivery, since when, and by when."""

    delivery: ComputeDelivery
    what: str  # answer, ready, restore, access or wipe
    since: datetime
    due_at: datetime


def unanswered_messages(provider_id: UUID, *, now: datetime) -> QuerySet[DeliveryMessage]:
    """
    Return the last words of buyers that a provider did not answer, the longest waiting first.

    What was wiped asks for nothing any more, nor does a conversation that takes no answer.
    """
    last = DeliveryMessage.objects.filter(order_id=OuterRef("order_id")).order_by("-sequence")
    wiped = ComputeDelivery.objects.filter(order_id=OuterRef("order_id"), wiped_at__isnull=False)
    found = DeliveryMessage.objects.filter(
        ~Exists(wiped),
        Q(order__closed_at__isnull=True) | Q(order__closed_at__gt=talk_rules.closed_since(now)),
        provider_id=provider_id,
        pk=Subquery(last.values("pk")[:1]),
        side=TalkSide.BUYER,
    )
    return found.order_by("sent_at", "id")


def changes_waiting(provider_id: UUID) -> QuerySet[DeliveryChange]:
    """Return what buyers asked a provider to change and nobody answered, what expires first."""
    found = DeliveryChange.objects.filter(
        provider_id=provider_id,
        side=TalkSide.BUYER,
        state=DeliveryChangeState.OPEN,
    )
    return found.order_by("expires_at", "id")


def to_make_ready(provider_id: UUID, *, until: datetime) -> QuerySet[ComputeDelivery]:
    """Return what a provider has to make ready until a moment, what is due first first."""
    found = ComputeDelivery.objects.filter(provider_id=provider_id, ready_by__lte=until)
    # Of what is to be answered first it is not ready yet that is due.
    found = found.exclude(
        state=FulfilmentState.PREPARING, answer_by__isnull=False, key_wanted_at__isnull=True
    )
    found = found.exclude(key_wanted_at__isnull=False, access_requests__isnull=True)
    return found.filter(state__in=rules.BEFORE_READY).order_by("ready_by")


def to_answer(provider_id: UUID) -> QuerySet[ComputeDelivery]:
    """Return of what a provider has said nothing yet that it has to answer, due first first."""
    found = ComputeDelivery.objects.filter(
        provider_id=provider_id, answer_by__isnull=False, key_wanted_at__isnull=True
    )
    return found.filter(state=FulfilmentState.PREPARING).order_by("answer_by")


def to_restore(provider_id: UUID) -> QuerySet[ComputeDelivery]:
    """Return what of a provider is interrupted, what fails first first."""
    found = ComputeDelivery.objects.filter(provider_id=provider_id)
    return found.filter(state=FulfilmentState.INTERRUPTED).order_by("next_at")


def to_renew_access(provider_id: UUID) -> QuerySet[HandoverRequest]:
    """Return what buyers asked a provider anew for and was not handed over, the longest first."""
    later = HandoverRequest.objects.filter(
        delivery=OuterRef("delivery"), sequence__gt=OuterRef("sequence")
    )
    found = HandoverRequest.objects.filter(
        provider_id=provider_id, sequence__gt=1, delivery__next_at__isnull=False
    )
    found = found.exclude(Exists(later))
    return found.exclude(Exists(Handover.objects.filter(request=OuterRef("pk")))).order_by(
        "asked_at", "id"
    )


def to_wipe(provider_id: UUID) -> QuerySet[ComputeDelivery]:
    """Return of what its provider has to confirm that data is wiped, the longest first."""
    found = ComputeDelivery.objects.filter(provider_id=provider_id, wiped_at__isnull=True)
    return found.filter(state=FulfilmentState.EXITED).order_by("exited_at")


def deliveries_due(provider_id: UUID, *, until: datetime, limit: int) -> Iterator[DueDelivery]:
    """Yield what a provider has to answer, to make ready, to restore, to let in anew, to wipe."""
    for each in to_answer(provider_id)[:limit]:
        if each.answer_by is not None:
            yield DueDelivery(each, "answer", each.opened_at, each.answer_by)
    for each in to_make_ready(provider_id, until=until)[:limit]:
        yield DueDelivery(each, "ready", each.opened_at, each.ready_by)
    for each in to_restore(provider_id)[:limit]:
        if each.next_at is not None:
            yield DueDelivery(each, "restore", each.changed_at, each.next_at)
    renewed = to_renew_access(provider_id).select_related("delivery")[:limit]
    yield from (DueDelivery(r.delivery, "access", r.asked_at, _renewed_by(r)) for r in renewed)
    for each in to_wipe(provider_id)[:limit]:
        if each.exited_at is not None:
            within = timedelta(seconds=rules.DELIVERIES.rule(each.rule).wipe_seconds)
            yield DueDelivery(each, "wipe", each.exited_at, each.exited_at + within)


def _renewed_by(asked: HandoverRequest) -> datetime:
    """Return when access is to be there again: in the time in which an interruption is restored."""
    delivery = asked.delivery
    terms = rules.DELIVERIES.rule(delivery.rule)
    within = terms.bounded(
        terms.restore_seconds, starts_at=delivery.starts_at, ends_at=delivery.ends_at
    )
    return asked.asked_at + within
