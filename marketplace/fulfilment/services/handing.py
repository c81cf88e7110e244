"""
Access: asked for by the buyer, handed over by the provider, taken once.

A secret is sealed to a key of the buyer before it comes here: the market can hold it and cannot
read it. It holds it until an hour after it was taken, until another one takes its place, or until
the delivery is over, whichever is first.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from marketplace.fulfilment import handover_keys, rules, telling
from marketplace.fulfilment.contracts import ComputeDeliveryNotFound, DeliveryMove, FulfilmentState
from marketplace.fulfilment.endpoints import read_endpoint
from marketplace.fulfilment.event_names import HandoverEvent
from marketplace.fulfilment.handover_contracts import (
    HANDOVERS_MAX,
    TAKEN_AGAIN_SECONDS,
    ErasedBecause,
    HandoverEmpty,
    HandoverKeyKind,
    HandoverKeyNotFound,
    HandoverNeedsKeys,
    HandoverRefused,
    NothingToTake,
)
from marketplace.fulfilment.models import ComputeDelivery, Handover, HandoverKey, HandoverRequest
from marketplace.fulfilment.services.steps import take_step

ERASED_MAX: Final = 1_000


def ask_for_opened(deliveries: Sequence[ComputeDelivery], *, now: datetime) -> None:
    """Ask for access to deliveries that open, with the keys that their buyers have now."""
    owners = {delivery.buyer_id for delivery in deliveries}
    keys: dict[UUID, list[HandoverKey]] = {}
    held = HandoverKey.objects.filter(organization_id__in=owners, withdrawn_at__isnull=True)
    for key in held.order_by("added_at", "id"):
        keys.setdefault(key.organization_id, []).append(key)
    HandoverRequest.objects.bulk_create(
        _request(delivery, keys[delivery.buyer_id], sequence=1, now=now)
        for delivery in deliveries
        if delivery.buyer_id in keys
    )


@transaction.atomic
def ask_access(
    *,
    delivery_id: UUID,
    buyer_id: UUID,
    now: datetime,
    sealing_key_id: UUID | None = None,
    by_id: int | None = None,
) -> HandoverRequest:
    """
    Ask the provider for access, or for other access: what was handed over before is withdrawn.

    All SSH keys of the buyer are named, and one sealing key: the one given, or the newest.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises HandoverKeyNotFound: if the sealing key is not one of the buyer's
    :raises HandoverNeedsKeys: if the buyer has no key at all
    :raises HandoverRefused: if the delivery is over, or was asked for too often
    """
    with tenancy.acting_as_platform():
        delivery = _open_delivery(delivery_id, buyer_id=buyer_id)
        held = HandoverKey.objects.filter(organization_id=buyer_id, withdrawn_at__isnull=True)
        keys = list(held.order_by("added_at", "id"))
        if sealing_key_id is not None:
            if not any(k.pk == sealing_key_id and k.kind == HandoverKeyKind.SEAL for k in keys):
                raise HandoverKeyNotFound(field="sealing_key")
            keys = [k for k in keys if k.kind == HandoverKeyKind.SSH or k.pk == sealing_key_id]
        if not keys:
            raise HandoverNeedsKeys
        last = latest_request(delivery.pk)
        if last is not None and last.sequence >= HANDOVERS_MAX:
            raise HandoverRefused(why=_("it was asked for too often."))
        made = _request(
            delivery, keys, sequence=last.sequence + 1 if last else 1, now=now, by_id=by_id
        )
        made.save(force_insert=True)
        _erase(delivery.pk, because=ErasedBecause.REPLACED, now=now)
        telling.of_access(HandoverEvent.ASKED, delivery, sequence=made.sequence, at=now)
        return made


@transaction.atomic
def hand_over(
    *,
    delivery_id: UUID,
    provider_id: UUID,
    request: int,
    now: datetime,
    endpoint: str = "",
    sealed: str = "",
    by_id: int | None = None,
) -> Handover:
    """
    Hand access over: an endpoint that both sides may read, a secret for the buyer alone, or both.

    Sent again with the same words, it changes nothing; with others, it takes the earlier one's
    place. What was being prepared is connected by it.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises HandoverEmpty: if neither is given
    :raises EndpointInvalid: if the endpoint is neither a host nor an address of SSH or HTTPS
    :raises SealedInvalid: if the secret was not sealed
    :raises HandoverRefused: if it is over, or another request came meanwhile, or none
    """
    endpoint = read_endpoint(endpoint)
    secret = handover_keys.read_sealed(sealed) if sealed.strip() else None
    if not endpoint and secret is None:
        raise HandoverEmpty(field="endpoint")
    with tenancy.acting_as_platform():
        delivery = _open_delivery(delivery_id, provider_id=provider_id)
        asked = latest_request(delivery.pk)
        if asked is None or asked.sequence != request:
            raise HandoverRefused(why=_("the buyer asked for other access meanwhile."))
        if secret is not None and not asked.sealing_key:
            raise HandoverRefused(why=_("the buyer named no key to seal a secret to."))
        digest = hashlib.sha256(secret.encode()).hexdigest() if secret else ""
        earlier = Handover.objects.filter(delivery=delivery).order_by("-sequence").first()
        said = (asked.pk, endpoint, digest)
        if earlier and (earlier.request_id, earlier.endpoint, earlier.sealed_digest) == said:
            return earlier
        if earlier is not None and earlier.sequence >= HANDOVERS_MAX:
            raise HandoverRefused(why=_("it was handed over too often."))
        _erase(delivery.pk, because=ErasedBecause.REPLACED, now=now)
        made = Handover.objects.create(
            delivery=delivery,
            request=asked,
            buyer_id=delivery.buyer_id,
            provider_id=delivery.provider_id,
            sequence=earlier.sequence + 1 if earlier else 1,
            endpoint=endpoint,
            has_secret=secret is not None,
            sealed=secret,
            sealed_digest=digest,
            handed_at=now,
            handed_by_id=by_id,
        )
        telling.of_access(HandoverEvent.HANDED, delivery, sequence=asked.sequence, at=now)
        if delivery.state == FulfilmentState.PREPARING:
            take_step(delivery, DeliveryMove.CONNECT, now=now, by_id=by_id)
        return made


@transaction.atomic
def take_over(
    *, delivery_id: UUID, buyer_id: UUID, now: datetime, by_id: int | None = None
) -> Handover:
    """
    Take what was handed over; for an hour it may be taken again, then the secret is gone.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises NothingToTake: if no secret is held
    """
    with tenancy.acting_as_platform():
        delivery = _locked_delivery(delivery_id, buyer_id=buyer_id)
        found = Handover.objects.filter(delivery=delivery, sealed__isnull=False).first()
        if found is None or (found.erase_at is not None and found.erase_at <= now):
            raise NothingToTake
        if found.taken_at is None:
            found.taken_at, found.taken_by_id = now, by_id
            found.erase_at = now + timedelta(seconds=TAKEN_AGAIN_SECONDS)
            found.save(update_fields=["taken_at", "taken_by_id", "erase_at"])
            request = found.request.sequence
            telling.of_access(HandoverEvent.TAKEN, delivery, sequence=request, at=now)
        return found


@transaction.atomic
def forget_secret(*, delivery_id: UUID, buyer_id: UUID, now: datetime) -> None:
    """
    Erase a secret that the buyer has taken; done again, nothing changes.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    """
    with tenancy.acting_as_platform():
        delivery = _locked_delivery(delivery_id, buyer_id=buyer_id)
        held = Handover.objects.filter(delivery=delivery, sealed__isnull=False)
        held.filter(taken_at__isnull=False).update(
            sealed=None, erased_at=now, erased_because=ErasedBecause.TAKEN
        )


@transaction.atomic
def erase_taken(*, now: datetime, limit: int = ERASED_MAX) -> int:
    """Erase secrets an hour after they were taken; return how many."""
    with tenancy.acting_as_platform():
        due = Handover.objects.filter(sealed__isnull=False, erase_at__lte=now)
        chosen = due.order_by("erase_at", "id").select_for_update(no_key=True, skip_locked=True)
        found = list(chosen.values_list("pk", flat=True)[:limit])
        return Handover.objects.filter(pk__in=found).update(
            sealed=None, erased_at=now, erased_because=ErasedBecause.TAKEN
        )


def latest_request(delivery_id: UUID) -> HandoverRequest | None:
    """Return the request that counts; none where no key was named."""
    found = HandoverRequest.objects.filter(delivery_id=delivery_id)
    return found.order_by("-sequence").first()


def _request(
    delivery: ComputeDelivery,
    keys: Iterable[HandoverKey],
    *,
    sequence: int,
    now: datetime,
    by_id: int | None = None,
) -> HandoverRequest:
    """Return a request that names all SSH keys, and the newest of the sealing keys."""
    given = list(keys)
    sealing = [key for key in given if key.kind == HandoverKeyKind.SEAL]
    return HandoverRequest(
        delivery=delivery,
        buyer_id=delivery.buyer_id,
        provider_id=delivery.provider_id,
        sequence=sequence,
        sealing_key=sealing[-1].public_key if sealing else "",
        sealing_fingerprint=sealing[-1].fingerprint if sealing else "",
        ssh_keys=[key.public_key for key in given if key.kind == HandoverKeyKind.SSH],
        asked_at=now,
        asked_by_id=by_id,
    )


def _erase(delivery_id: UUID, *, because: ErasedBecause, now: datetime) -> None:
    held = Handover.objects.filter(delivery_id=delivery_id, sealed__isnull=False)
    held.update(sealed=None, erased_at=now, erased_because=because)


def _locked_delivery(delivery_id: UUID, **party: UUID) -> ComputeDelivery:
    found = ComputeDelivery.objects.filter(pk=delivery_id, **party)
    row = found.select_for_update(no_key=True).first()
    if row is None:
        raise ComputeDeliveryNotFound
    return row


def _open_delivery(delivery_id: UUID, **party: UUID) -> ComputeDelivery:
    row = _locked_delivery(delivery_id, **party)
    if row.state in rules.OVER:
        raise HandoverRefused(why=_("the delivery is over."))
    return row
