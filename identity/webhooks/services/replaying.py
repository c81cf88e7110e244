"""Telling again: one delivery, everything since a time, or a test."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from common.reviews import returned
from identity.events import selectors as record
from identity.events.contracts import NIL
from identity.webhooks import rules
from identity.webhooks.contracts import (
    REPLAY_AGE_MAX,
    DeliveryNotFound,
    DeliveryState,
    EndpointNotEnabled,
    EndpointState,
    InvalidReplayTime,
    ReplayRunning,
)
from identity.webhooks.event_names import WebhookEvent
from identity.webhooks.models import Delivery, Endpoint
from identity.webhooks.services.endpoints import locked_endpoint, tell_of_endpoint
from identity.webhooks.services.spreading import insert_deliveries

EVENTS_MAX: Final = 500  # told again in one transaction


@transaction.atomic
def replay_delivery(*, organization_id: UUID, delivery_id: UUID, now: datetime) -> Delivery:
    """
    Send a delivery again under its old name; one that still waits is sent at once.

    :raises DeliveryNotFound: if there is none, it is someone else's, or its endpoint is gone
    """
    owned = Delivery.objects.filter(
        organization_id=organization_id, pk=delivery_id, endpoint__removed_at=None
    )
    found = owned.select_for_update(of=("self",), no_key=True).first()
    if found is None:
        raise DeliveryNotFound
    if found.claim is None:
        _wait_again([found.pk], now=now)
        found.refresh_from_db()
    return found


def _wait_again(delivery_ids: list[UUID], *, now: datetime) -> None:
    Delivery.objects.filter(pk__in=delivery_ids, claim=None).update(
        state=DeliveryState.WAITING, ended_at=None, attempts=0, next_attempt_at=now, **returned()
    )


@transaction.atomic
def replay_since(
    *, organization_id: UUID, endpoint_id: UUID, since: datetime, now: datetime
) -> Endpoint:
    """
    Tell an endpoint again what happened since a time, also what it was never told.

    It is read from the record of events in the background.

    :raises EndpointNotFound: if there is none, or it is someone else's
    :raises InvalidReplayTime: if the time is not past, or too long ago
    :raises EndpointNotEnabled: if the endpoint is told nothing now
    :raises ReplayRunning: if an earlier replay is still at work
    """
    endpoint = locked_endpoint(organization_id, endpoint_id)
    if not now - REPLAY_AGE_MAX <= since < now:
        raise InvalidReplayTime(field="since", days=REPLAY_AGE_MAX.days)
    if endpoint.state == EndpointState.DISABLED:
        raise EndpointNotEnabled
    if endpoint.replay_after is not None:
        raise ReplayRunning
    endpoint.replay_after = record.first_id(since)
    endpoint.replay_before = now
    endpoint.save(update_fields=["replay_after", "replay_before"])
    tell_of_endpoint(endpoint, WebhookEvent.ENDPOINT_REPLAYED, at=now, since=since.isoformat())
    return endpoint


@transaction.atomic
def continue_replays(*, now: datetime) -> bool:
    """Go on with one replay; return whether one was found."""
    with tenancy.acting_as_platform():
        asked = Endpoint.objects.filter(replay_after__isnull=False, removed_at=None)
        endpoint = (
            asked.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("replay_before", "pk")
            .first()
        )
        if endpoint is None:
            return False
        until = endpoint.replay_before
        rows = list(
            record.recorded(endpoint.organization_id)
            .filter(record.recorded_between(None, until), id__gt=endpoint.replay_after or NIL)
            .order_by("id")[:EVENTS_MAX]
        )
        told = [each for each in rows if rules.wants(endpoint.event_prefixes, each.name)]
        earlier = Delivery.objects.filter(
            endpoint=endpoint, event_id__in=[each.id for each in told], ended_at__isnull=False
        )
        _wait_again(list(earlier.values_list("pk", flat=True)), now=now)
        insert_deliveries(((endpoint, each) for each in told), now=now)
        is_over = len(rows) < EVENTS_MAX
        endpoint.replay_after = None if is_over else rows[-1].id
        endpoint.replay_before = None if is_over else until
        endpoint.save(update_fields=["replay_after", "replay_before"])
    return True


@transaction.atomic
def send_test(*, organization_id: UUID, endpoint_id: UUID, now: datetime) -> Delivery:
    """
    Send an endpoint a delivery that means nothing.

    :raises EndpointNotFound: if there is none, or it is someone else's
    :raises EndpointNotEnabled: if nothing is sent to the endpoint now
    """
    endpoint = locked_endpoint(organization_id, endpoint_id)
    if endpoint.state != EndpointState.ENABLED:
        raise EndpointNotEnabled
    event_id, name = uuid7(), WebhookEvent.ENDPOINT_TESTED
    body = rules.body_of(
        name=name,
        at=now,
        event_id=event_id,
        kind="webhook_endpoint",
        object_id=str(endpoint.pk),
        label=endpoint.description,
        facts={},
    )
    # A test waits for nothing else: it is about itself.
    return Delivery.objects.create(
        endpoint=endpoint,
        organization_id=organization_id,
        event_id=event_id,
        event_name=name,
        object_kind="webhook_test",
        object_id=str(event_id),
        object_label=endpoint.description,
        body=body,
        next_attempt_at=now,
        created_at=now,
    )
