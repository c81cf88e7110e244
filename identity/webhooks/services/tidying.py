"""What must not grow for ever, and what waits for a person."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from common import tenancy, vault
from common.reviews import Closing, returned
from identity.events import services as events
from identity.webhooks.contracts import (
    DeliveryNotFound,
    DeliveryState,
    Disabled,
    EndpointState,
)
from identity.webhooks.event_names import WebhookEvent
from identity.webhooks.models import Delivery, Endpoint, Secret
from identity.webhooks.selectors import waiting_of
from identity.webhooks.services.endpoints import belongs_to, disable


def tidy(*, now: datetime) -> int:
    """Forget what is long over, disable who lets too much wait, and lock secrets anew."""
    _disable_backlogs(now=now)
    _lock_anew(now=now)
    return _forget(before=now - timedelta(days=settings.WEBHOOKS_DELIVERY_DAYS))


@transaction.atomic
def _disable_backlogs(*, now: datetime) -> None:
    """Bound what waits; the record of events keeps all of it, and can be told again."""
    most = settings.WEBHOOKS_WAITING_MAX
    with tenancy.acting_as_platform():
        listening = Endpoint.objects.filter(removed_at=None).exclude(state=EndpointState.DISABLED)
        for endpoint in listening.select_for_update(of=("self",), no_key=True).order_by("pk"):
            if waiting_of(endpoint.pk, limit=most + 1) > most:
                disable(endpoint, reason=Disabled.BACKLOG, at=now)


@transaction.atomic
def _lock_anew(*, now: datetime) -> None:
    """Lock with the key in use what a former key locked; then the former key can go."""
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    with tenancy.acting_as_platform():
        for secret in Secret.objects.filter(valid).order_by("pk"):
            name = belongs_to(secret.endpoint_id)
            if vault.is_current(secret.locked, belongs_to=name):
                continue
            try:
                plain = vault.unlock(secret.locked, belongs_to=name)
            except vault.VaultLockedError:
                continue  # Sending says so, for each delivery.
            locked = vault.lock(plain, belongs_to=name)
            Secret.objects.filter(pk=secret.pk).update(locked=locked)


@transaction.atomic
def _forget(*, before: datetime) -> int:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT webhooks_forget(%s)", [before])
        return int(cursor.fetchone()[0])


@transaction.atomic
def retry_delivery(*, delivery_id: UUID, now: datetime) -> None:
    """
    Let a delivery that was set aside be tried again.

    :raises DeliveryNotFound: if there is none that was set aside
    """
    if not _set_aside(delivery_id).update(attempts=0, next_attempt_at=now, **returned()):
        raise DeliveryNotFound


@transaction.atomic
def close_delivery(*, delivery_id: UUID, closing: Closing) -> None:
    """
    Give up a delivery that was set aside; its organisation is told why.

    :raises DeliveryNotFound: if there is none that was set aside
    """
    found = _set_aside(delivery_id).select_for_update(of=("self",), no_key=True).first()
    if found is None:
        raise DeliveryNotFound
    ended = {"state": DeliveryState.GIVEN_UP, "ended_at": closing.now}
    Delivery.objects.filter(pk=found.pk).update(**ended, **returned())
    events.record(
        [
            events.Event(
                name=WebhookEvent.DELIVERY_CLOSED,
                object_kind="webhook_delivery",
                object_id=found.pk,
                object_label=found.number,
                concerns=[found.organization_id],
                facts=closing.facts,
                at=closing.now,
            )
        ]
    )


def _set_aside(delivery_id: UUID) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=delivery_id, claim=None).exclude(review_code="")
