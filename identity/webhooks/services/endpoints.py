"""Endpoints: registered, changed, paused, removed; and their secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from common import outbound, vault
from identity.events import registry
from identity.events import services as events
from identity.webhooks import rules
from identity.webhooks.contracts import (
    PREFIXES_MAX,
    SECRETS_MAX,
    DeliveryState,
    Disabled,
    EndpointNotFound,
    EndpointState,
    TooManyEndpoints,
    UnknownEventPrefix,
    Wish,
)
from identity.webhooks.event_names import WebhookEvent
from identity.webhooks.models import Delivery, Endpoint, Secret
from identity.webhooks.selectors import endpoints_of


@dataclass(frozen=True, slots=True)
class IssuedEndpoint:
    """An endpoint with the only copy of a new secret."""

    endpoint: Endpoint
    secret: str


@transaction.atomic
def create_endpoint(
    *, organization_id: UUID, person_id: int, wish: Wish, now: datetime
) -> IssuedEndpoint:
    """
    Register an address that is told what concerns an organisation from now on.

    :raises OutboundRefused: if it is no address, or leads where requests must not go
    :raises UnknownEventPrefix: if no event has such a name
    :raises TooManyEndpoints: if the organisation has as many as it may
    """
    outbound.check_address(wish.url)
    _require_known(wish.event_prefixes)
    with connection.cursor() as cursor:  # Two who register at once are counted one by one.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 9))", [str(organization_id)]
        )
    if endpoints_of(organization_id).count() >= settings.WEBHOOKS_ENDPOINTS_MAX:
        raise TooManyEndpoints(limit=settings.WEBHOOKS_ENDPOINTS_MAX)
    endpoint = Endpoint.objects.create(
        organization_id=organization_id,
        url=wish.url,
        description=wish.description,
        event_prefixes=list(wish.event_prefixes),
        created_by_id=person_id,
        created_at=now,
    )
    secret = _new_secret(endpoint, now=now)
    tell_of_endpoint(endpoint, WebhookEvent.ENDPOINT_CREATED, at=now)
    return IssuedEndpoint(endpoint, secret)


@transaction.atomic
def change_endpoint(
    *, organization_id: UUID, endpoint_id: UUID, wish: Wish, now: datetime
) -> Endpoint:
    """
    Change where and what an endpoint is told; what waits goes to the new address.

    :raises EndpointNotFound: if there is none, or it is someone else's
    :raises OutboundRefused: if it is no address, or leads where requests must not go
    :raises UnknownEventPrefix: if no event has such a name
    """
    endpoint = locked_endpoint(organization_id, endpoint_id)
    outbound.check_address(wish.url)
    _require_known(wish.event_prefixes)
    endpoint.url, endpoint.description = wish.url, wish.description
    endpoint.event_prefixes = list(wish.event_prefixes)
    endpoint.resting_until = None
    endpoint.save(update_fields=["url", "description", "event_prefixes", "resting_until"])
    tell_of_endpoint(endpoint, WebhookEvent.ENDPOINT_CHANGED, at=now)
    return endpoint


def _require_known(prefixes: Iterable[str]) -> None:
    asked = list(prefixes)
    names = registry.labels()
    for each in asked[: PREFIXES_MAX + 1]:
        is_known = rules.PREFIX_SHAPE.fullmatch(each) and any(
            rules.wants([each], name) for name in names
        )
        if not is_known or len(asked) > PREFIXES_MAX:
            raise UnknownEventPrefix(field="event_prefixes", prefix=each)


@transaction.atomic
def pause_endpoint(*, organization_id: UUID, endpoint_id: UUID, now: datetime) -> Endpoint:
    """
    Send nothing to an endpoint until it is enabled again; what happens meanwhile waits.

    :raises EndpointNotFound: if there is none, or it is someone else's
    """
    endpoint = locked_endpoint(organization_id, endpoint_id)
    if endpoint.state == EndpointState.ENABLED:
        _set_state(endpoint, EndpointState.PAUSED, at=now)
        tell_of_endpoint(endpoint, WebhookEvent.ENDPOINT_CHANGED, at=now)
    return endpoint


def pause_all(*, organization_id: UUID, now: datetime) -> int:
    """Send nothing more to any endpoint of an organisation; return how many it had."""
    found = Endpoint.objects.filter(organization_id=organization_id, removed_at=None)
    ids = list(found.values_list("pk", flat=True))
    for endpoint_id in ids:
        pause_endpoint(organization_id=organization_id, endpoint_id=endpoint_id, now=now)
    return len(ids)


@transaction.atomic
def enable_endpoint(*, organization_id: UUID, endpoint_id: UUID, now: datetime) -> Endpoint:
    """
    Send to an endpoint again, at once, and forget that it failed.

    :raises EndpointNotFound: if there is none, or it is someone else's
    """
    endpoint = locked_endpoint(organization_id, endpoint_id)
    if endpoint.state != EndpointState.ENABLED:
        _set_state(endpoint, EndpointState.ENABLED, at=now)
        _waiting(endpoint).update(next_attempt_at=now)
        tell_of_endpoint(endpoint, WebhookEvent.ENDPOINT_CHANGED, at=now)
    return endpoint


def disable(endpoint: Endpoint, *, reason: Disabled, at: datetime) -> None:
    """Stop telling an endpoint anything; the caller has locked it. Its organisation is told."""
    _set_state(endpoint, EndpointState.DISABLED, at=at, reason=reason)
    tell_of_endpoint(endpoint, WebhookEvent.ENDPOINT_DISABLED, at=at, reason=str(reason))


def _set_state(endpoint: Endpoint, state: EndpointState, *, at: datetime, reason: str = "") -> None:
    endpoint.state, endpoint.disabled_for = state, reason
    endpoint.disabled_at = at if state == EndpointState.DISABLED else None
    endpoint.failures, endpoint.failing_since, endpoint.resting_until = 0, None, None
    endpoint.save(
        update_fields=[
            "state",
            "disabled_for",
            "disabled_at",
            "failures",
            "failing_since",
            "resting_until",
        ]
    )


@transaction.atomic
def remove_endpoint(*, organization_id: UUID, endpoint_id: UUID, now: datetime) -> None:
    """
    Remove an endpoint; what waits for it is given up.

    :raises EndpointNotFound: if there is none, or it is someone else's
    """
    endpoint = locked_endpoint(organization_id, endpoint_id)
    endpoint.removed_at, endpoint.replay_after, endpoint.replay_before = now, None, None
    endpoint.save(update_fields=["removed_at", "replay_after", "replay_before"])
    _waiting(endpoint).update(
        state=DeliveryState.GIVEN_UP, ended_at=now, claim=None, claimed_until=None
    )
    tell_of_endpoint(endpoint, WebhookEvent.ENDPOINT_REMOVED, at=now)


@transaction.atomic
def rotate_secret(*, organization_id: UUID, endpoint_id: UUID, now: datetime) -> IssuedEndpoint:
    """
    Give an endpoint a new secret. The former one signs beside it for a while, then no more.

    :raises EndpointNotFound: if there is none, or it is someone else's
    """
    endpoint = locked_endpoint(organization_id, endpoint_id)
    overlap = timedelta(hours=settings.WEBHOOKS_SECRET_OVERLAP_HOURS)
    Secret.objects.filter(endpoint=endpoint, expires_at=None).update(expires_at=now + overlap)
    # However often one rotates, no more than a few sign at once: the oldest end now.
    former = Secret.objects.filter(endpoint=endpoint, expires_at__gt=now).order_by("-created_at")
    too_many = [each.pk for each in former[SECRETS_MAX - 1 :]]
    Secret.objects.filter(pk__in=too_many).update(expires_at=now)
    secret = _new_secret(endpoint, now=now)
    tell_of_endpoint(endpoint, WebhookEvent.SECRET_ROTATED, at=now)
    return IssuedEndpoint(endpoint, secret)


def _new_secret(endpoint: Endpoint, *, now: datetime) -> str:
    secret = rules.new_secret()
    Secret.objects.create(
        endpoint=endpoint,
        organization_id=endpoint.organization_id,
        locked=vault.lock(secret.encode(), belongs_to=belongs_to(endpoint.pk)),
        created_at=now,
    )
    return secret


def belongs_to(endpoint_id: UUID) -> str:
    """Return what binds a locked secret to its endpoint."""
    return f"webhook endpoint {endpoint_id}"


def locked_endpoint(organization_id: UUID, endpoint_id: UUID) -> Endpoint:
    """
    Return an organisation's endpoint, locked.

    :raises EndpointNotFound: if there is none, or it is someone else's
    """
    owned = endpoints_of(organization_id).filter(pk=endpoint_id)
    endpoint = owned.select_for_update(of=("self",), no_key=True).first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def _waiting(endpoint: Endpoint) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING)


def tell_of_endpoint(endpoint: Endpoint, name: WebhookEvent, *, at: datetime, **facts: str) -> None:
    """Record what happened to an endpoint."""
    events.record(
        [
            events.Event(
                name=name,
                object_kind="webhook_endpoint",
                object_id=endpoint.pk,
                object_label=endpoint.description,
                concerns=[endpoint.organization_id],
                facts=facts,
                at=at,
            )
        ]
    )
