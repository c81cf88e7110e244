"""What became of a try: written down with what follows from it, if the claim is still one's own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from common import tenancy
from common.isolation import TRIES_MAX, detail
from common.reviews import set_aside as put_aside
from identity.webhooks import rules
from identity.webhooks.contracts import DeliveryState, Disabled, EndpointState
from identity.webhooks.models import Attempt, Delivery, Endpoint
from identity.webhooks.services.claiming import Claimed
from identity.webhooks.services.endpoints import disable

logger = structlog.get_logger(__name__)
REVIEW_CODE: Final = "webhook_cannot_be_sent"
UNEXPECTED: Final = "unexpected"


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """How a try ended."""

    status: int | None = None
    error: str = ""
    reply: str = ""
    retry_after: str = ""
    duration_ms: int = 0
    is_nobodys: bool = False  # Nothing was sent, and no receiver is to blame.


@transaction.atomic
def record_outcome(
    claimed: Claimed, outcome: AttemptOutcome, *, started_at: datetime, now: datetime
) -> None:
    """Write down a try. If the lease is over somebody else tries; this answer changes nothing."""
    with tenancy.acting_as_platform():
        # First the endpoint, then the delivery: everybody locks in this order.
        endpoints = Endpoint.objects.filter(pk=claimed.endpoint_id)
        endpoint = endpoints.select_for_update(of=("self",), no_key=True).get()
        delivery = _held(claimed)
        if delivery is None:
            return
        if outcome.is_nobodys:
            _release(delivery, next_attempt_at=now)
            return
        _note(delivery, outcome, started_at)
        if outcome.error:
            _failed(delivery, endpoint, outcome, now=now)
        else:
            _end(delivery, DeliveryState.DELIVERED, at=now)
            _succeeded(endpoint, now=now)


def _held(claimed: Claimed) -> Delivery | None:
    held = Delivery.objects.filter(
        pk=claimed.id, claim=claimed.claim, state=DeliveryState.WAITING, review_code=""
    )
    return held.select_for_update(of=("self",), no_key=True).first()


def _note(delivery: Delivery, outcome: AttemptOutcome, started_at: datetime) -> None:
    Attempt.objects.create(
        delivery=delivery,
        organization_id=delivery.organization_id,
        started_at=started_at,
        duration_ms=outcome.duration_ms,
        status=outcome.status,
        error=outcome.error,
        reply=outcome.reply,
    )


def _succeeded(endpoint: Endpoint, *, now: datetime) -> None:
    endpoint.delivered_at = now
    endpoint.failures, endpoint.failing_since, endpoint.resting_until = 0, None, None
    endpoint.save(update_fields=["delivered_at", "failures", "failing_since", "resting_until"])


def _failed(
    delivery: Delivery, endpoint: Endpoint, outcome: AttemptOutcome, *, now: datetime
) -> None:
    tries = delivery.attempts + 1
    again = rules.next_try(tries, now=now, retry_after=outcome.retry_after)
    if again is None:
        _end(delivery, DeliveryState.GIVEN_UP, at=now, attempts=tries)
        logger.warning("webhooks.delivery.given_up", delivery=str(delivery.pk))
    else:
        _release(delivery, next_attempt_at=again, attempts=tries)
    if not rules.is_about_the_message(outcome.status):
        _blame(endpoint, outcome, now=now)


def _blame(endpoint: Endpoint, outcome: AttemptOutcome, *, now: datetime) -> None:
    """Note that a receiver is ill; leave it alone for a while, or for good."""
    if endpoint.state != EndpointState.ENABLED:
        return
    since = endpoint.failing_since or now
    if outcome.status == rules.GONE:
        disable(endpoint, reason=Disabled.GONE, at=now)
    elif (now - since).days >= settings.WEBHOOKS_FAILING_DAYS_MAX:
        disable(endpoint, reason=Disabled.FAILING, at=now)
    else:
        endpoint.failures, endpoint.failing_since = endpoint.failures + 1, since
        endpoint.resting_until = rules.rest(endpoint.failures, now=now)
        endpoint.save(update_fields=["failures", "failing_since", "resting_until"])


def _release(delivery: Delivery, **changes: object) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(claim=None, claimed_until=None, **changes)


def _end(delivery: Delivery, state: DeliveryState, *, at: datetime, **changes: object) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        state=state, ended_at=at, claim=None, claimed_until=None, **changes
    )


@transaction.atomic
def set_delivery_aside(claimed: Claimed, error: BaseException, *, now: datetime) -> None:
    """
    Count that a delivery failed for a reason of ours; the second time it waits for a person.

    What happened later to the same object is told meanwhile: one delivery never stops the others.
    """
    logger.error("webhooks.delivery.failed", delivery=str(claimed.id), error=detail(error))
    with tenancy.acting_as_platform():
        delivery = _held(claimed)
        if delivery is None:
            return
        _note(delivery, AttemptOutcome(error=UNEXPECTED), now)
        tries = delivery.attempts + 1
        if tries < TRIES_MAX:
            again = rules.next_try(tries, now=now)
            _release(delivery, next_attempt_at=again, attempts=tries)
        else:
            aside = put_aside(REVIEW_CODE, detail(error), at=now)
            _release(delivery, attempts=tries, **aside)
