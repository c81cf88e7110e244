"""A provider waits for a key of the buyer: its clock stands still, and the buyer is asked."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.fulfilment import rules, telling
from marketplace.fulfilment.contracts import ComputeDeliveryNotFound, FulfilmentState
from marketplace.fulfilment.event_names import HandoverEvent
from marketplace.fulfilment.handover_contracts import AccessNotAsked, AccessNotHanded, KeyNotMissing
from marketplace.fulfilment.models import ComputeDelivery, Handover, HandoverRequest


@transaction.atomic
def want_key(*, delivery_id: UUID, provider_id: UUID, now: datetime) -> ComputeDelivery:
    """
    Say that access waits for a key of the buyer; said again, it changes nothing.

    It counts as an answer. Once the buyer has named a key, the provider has its whole time to be
    ready from then on; named none in time, the delivery fails without a fault of its provider.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises KeyNotMissing: if the buyer named a key, or the delivery was ready or is over
    """
    with tenancy.acting_as_platform():
        delivery = locked_delivery(delivery_id, provider_id=provider_id)
        if delivery.state not in rules.BEFORE_READY or _has_asked(delivery):
            raise KeyNotMissing
        if delivery.key_wanted_at is None:
            delivery.key_wanted_at = now
            _save(delivery)
            telling.of_access(HandoverEvent.KEY_WANTED, delivery, sequence=0, at=now)
        return delivery


def key_named(delivery: ComputeDelivery, *, now: datetime) -> None:
    """Let the time to be ready of a locked delivery begin anew, where it waited for a key."""
    if delivery.key_wanted_at is None or delivery.state not in rules.BEFORE_READY:
        return
    terms = rules.DELIVERIES.rule(delivery.rule)
    ready = rules.ready_by(
        terms,
        opened_at=max(now, delivery.opened_at),
        starts_at=delivery.starts_at,
        ends_at=delivery.ends_at,
    )
    delivery.ready_by = max(delivery.ready_by, min(ready, delivery.ends_at))
    _save(delivery)


def is_key_missing(delivery: ComputeDelivery) -> bool:
    """Return whether a provider waits for a key that its buyer has not named."""
    return delivery.key_wanted_at is not None and not _has_asked(delivery)


def require_access(delivery: ComputeDelivery, *, lets_in: bool) -> None:
    """
    Refuse that a locked delivery is ready to which nobody can come in.

    Where its provider waits for a key, that is refused always; else where somebody is let in.

    :raises AccessNotAsked: if its buyer named no key
    :raises AccessNotHanded: if what was asked for last was not handed over
    """
    if not lets_in and delivery.key_wanted_at is None:
        return
    last = HandoverRequest.objects.filter(delivery=delivery).order_by("-sequence").first()
    if last is None:
        raise AccessNotAsked(field="move")
    if lets_in and not Handover.objects.filter(request=last).exists():
        raise AccessNotHanded(field="move")


def locked_delivery(delivery_id: UUID, **party: UUID) -> ComputeDelivery:
    """
    Return a delivery of a party, locked until the transaction ends.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = ComputeDelivery.objects.filter(pk=delivery_id, **party)
    row = found.select_for_update(no_key=True).first()
    if row is None:
        raise ComputeDeliveryNotFound
    return row


def _has_asked(delivery: ComputeDelivery) -> bool:
    return HandoverRequest.objects.filter(delivery=delivery).exists()


def _save(delivery: ComputeDelivery) -> None:
    delivery.next_at = rules.next_at(
        FulfilmentState(delivery.state),
        rules.DELIVERIES.rule(delivery.rule),
        since=delivery.changed_at,
        opened_at=delivery.opened_at,
        starts_at=delivery.starts_at,
        ends_at=delivery.ends_at,
        leaves_at=delivery.leaves_at,
        ready_until=delivery.ready_by,
        waits_for_key=True,
    )
    delivery.save(update_fields=["key_wanted_at", "ready_by", "next_at"])
