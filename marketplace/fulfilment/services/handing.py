"""
Access: asked for by the buyer, handed over by the provider, taken once.

Endpoint and secret are sealed to a key of the buyer before they come here: the market can hold them
and cannot read them. It holds them until an hour after they were taken, until others take their
place, or until the delivery is over, whichever is first. In the open an endpoint comes only where
its buyer said so.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from marketplace.fulfilment import handover_keys, rules, scoped_keys, telling
from marketplace.fulfilment.contracts import DeliveryMove, FulfilmentState
from marketplace.fulfilment.endpoints import access_kind_of, read_endpoint
from marketplace.fulfilment.event_names import HandoverEvent
from marketplace.fulfilment.handover_contracts import (
    BARE_FORMAT,
    DOCUMENT_FORMAT,
    HANDOVERS_MAX,
    TAKEN_AGAIN_SECONDS,
    AccessKind,
    AccessWay,
    EndpointPlain,
    ErasedBecause,
    HandoverEmpty,
    HandoverKeyKind,
    HandoverKeyNotFound,
    HandoverNeedsKeys,
    HandoverNeedsSealing,
    HandoverRefused,
    NothingToTake,
    RenewalReason,
    ScopedKey,
    ScopedKeyInvalid,
    SealedFormatUnknown,
)
from marketplace.fulfilment.handover_selectors import is_interface
from marketplace.fulfilment.models import ComputeDelivery, Handover, HandoverKey, HandoverRequest
from marketplace.fulfilment.services.erasing import erase_held
from marketplace.fulfilment.services.key_waiting import key_named, locked_delivery
from marketplace.fulfilment.services.steps import take_step

ERASED_MAX: Final = 1_000
WAITING_MAX: Final = 500  # deliveries of a buyer that are asked for with its first sealing key


@dataclass(frozen=True, slots=True)
class _Given:
    """What a provider hands over, read and judged."""

    endpoint: str
    kind: str
    format: int
    secret: str | None
    key: ScopedKey | None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest() if self.secret else ""

    def is_said_by(self, row: Handover, asked: HandoverRequest, *, leaves_at: datetime) -> bool:
        """
        Return whether a row says the same, and answers the same request.

        Of a key whose end is not named that of its order was written down; it may be earlier now.
        """
        key = self.key or ScopedKey()
        ends = row.expires_at if row.expires_at is None or row.expires_at >= leaves_at else None
        said = ScopedKey(
            tuple(row.scopes), row.expires_at, row.requests_a_minute, row.key_hint, row.former_until
        )
        return (row.request_id, row.sealed_digest, row.format, said) == (
            asked.pk,
            self.digest,
            self.format,
            replace(
                key, scopes=tuple(dict.fromkeys(key.scopes)), expires_at=key.expires_at or ends
            ),
        ) and (row.endpoint == self.endpoint or row.erased_at is not None)


def ask_for_opened(deliveries: Sequence[ComputeDelivery], *, now: datetime) -> None:
    """
    Ask for access to deliveries that open, with the keys that their buyers have now.

    Whoever has no sealing key is asked for by nobody yet; who let SSH keys in so far is told.
    """
    owners = {delivery.buyer_id for delivery in deliveries}
    keys: dict[UUID, list[HandoverKey]] = {}
    held = HandoverKey.objects.filter(organization_id__in=owners, withdrawn_at__isnull=True)
    for key in held.order_by("added_at", "id"):
        keys.setdefault(key.organization_id, []).append(key)
    sealed = {owner for owner, given in keys.items() if _sealing(given)}
    HandoverRequest.objects.bulk_create(
        _request(delivery, keys[delivery.buyer_id], sequence=1, now=now)
        for delivery in deliveries
        if delivery.buyer_id in sealed
    )
    for delivery in deliveries:
        if delivery.buyer_id in keys and delivery.buyer_id not in sealed:
            telling.of_access(HandoverEvent.KEY_WANTED, delivery, sequence=0, at=now)


def ask_for_waiting(*, buyer_id: UUID, now: datetime, by_id: int | None) -> int:
    """
    Ask for access to what a buyer has open and named no key for yet; return how many.

    Whoever calls acts for the platform, inside a transaction.
    """
    found = ComputeDelivery.objects.filter(buyer_id=buyer_id, next_at__isnull=False)
    waiting = found.filter(access_requests__isnull=True).order_by("pk").values_list("pk", flat=True)
    rows = ComputeDelivery.objects.filter(pk__in=list(waiting[:WAITING_MAX])).order_by("pk")
    locked = list(rows.select_for_update(no_key=True))
    held = HandoverKey.objects.filter(organization_id=buyer_id, withdrawn_at__isnull=True)
    keys = list(held.order_by("added_at", "id"))
    for delivery in locked:
        if delivery.state not in rules.OVER and latest_request(delivery.pk) is None:
            _request(delivery, keys, sequence=1, now=now, by_id=by_id).save(force_insert=True)
            key_named(delivery, now=now)
            telling.of_access(HandoverEvent.ASKED, delivery, sequence=1, at=now)
    return len(locked)


@transaction.atomic
def ask_access(
    *,
    delivery_id: UUID,
    buyer_id: UUID,
    now: datetime,
    sealing_key_id: UUID | None = None,
    is_plain: bool = False,
    reason: RenewalReason = RenewalReason.NONE,
    by_id: int | None = None,
) -> HandoverRequest:
    """
    Ask the provider for access, or for other access: what was handed over before is withdrawn.

    All SSH keys of the buyer are named, and one sealing key: the one given, or the newest. With
    `is_plain` the endpoint may come in the open, without a sealing key, too.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises HandoverKeyNotFound: if the sealing key is not one of the buyer's
    :raises HandoverNeedsKeys: if the buyer has no key at all
    :raises HandoverNeedsSealing: if it has no sealing key, and does not want it in the open
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
        if not is_plain and not _sealing(keys):
            raise HandoverNeedsSealing
        last = latest_request(delivery.pk)
        if last is not None and last.sequence >= HANDOVERS_MAX:
            raise HandoverRefused(why=_("it was asked for too often."))
        made = _request(
            delivery, keys, sequence=last.sequence + 1 if last else 1, now=now, by_id=by_id
        )
        made.way = AccessWay.PLAIN if is_plain else AccessWay.SEALED
        made.reason = reason
        made.save(force_insert=True)
        if last is None:
            key_named(delivery, now=now)
        erase_held(delivery.pk, because=ErasedBecause.REPLACED, now=now)
        telling.of_access(HandoverEvent.ASKED, delivery, sequence=made.sequence, at=now)
        return made


@transaction.atomic
def hand_over(
    *,
    delivery_id: UUID,
    provider_id: UUID,
    request: int,
    now: datetime,
    sealed: str = "",
    sealed_format: int = BARE_FORMAT,
    kind: AccessKind | None = None,
    endpoint: str = "",
    key: ScopedKey | None = None,
    by_id: int | None = None,
) -> Handover:
    """
    Hand access over: endpoint and secret, sealed in one document of format 2, and its kind.

    Format 1 is a secret alone. In the open an endpoint comes only where the buyer asked for it so.
    Of what is sold as a programming interface `key` says what its key may, and until when. Sent
    again with the same words, it changes nothing; with others, it takes the earlier one's place.
    What was being prepared is connected by it.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises HandoverEmpty: if nothing is given
    :raises EndpointInvalid: if the endpoint is neither a host nor an address of SSH or HTTPS
    :raises EndpointPlain: if it comes in the open, and the buyer did not ask for that
    :raises SealedInvalid, SealedFormatUnknown: if it was not sealed, or in no format that there is
    :raises ScopedKeyInvalid: if what is said of a key breaks its limits, or nothing is a key
    :raises HandoverRefused: if it is over, or another request came meanwhile, or none
    """
    endpoint = read_endpoint(endpoint)
    secret = handover_keys.read_sealed(sealed) if sealed.strip() else None
    if sealed_format not in (BARE_FORMAT, DOCUMENT_FORMAT):
        raise SealedFormatUnknown(field="format")
    if secret is None and (not endpoint or sealed_format == DOCUMENT_FORMAT):
        raise HandoverEmpty(field="sealed")
    with tenancy.acting_as_platform():
        delivery = _open_delivery(delivery_id, provider_id=provider_id)
        asked = latest_request(delivery.pk)
        if asked is None or asked.sequence != request:
            raise HandoverRefused(why=_("the buyer asked for other access meanwhile."))
        if secret is not None and not asked.sealing_key:
            raise HandoverRefused(why=_("the buyer named no key to seal a secret to."))
        if endpoint and (asked.way == AccessWay.SEALED or sealed_format == DOCUMENT_FORMAT):
            raise EndpointPlain(field="endpoint")
        given = _Given(
            endpoint,
            kind or (access_kind_of(endpoint) if endpoint else AccessKind.OTHER),
            sealed_format,
            secret,
            key,
        )
        return _hand(delivery, asked, given, now=now, by_id=by_id)


def _hand(
    delivery: ComputeDelivery,
    asked: HandoverRequest,
    given: _Given,
    *,
    now: datetime,
    by_id: int | None,
) -> Handover:
    earlier = Handover.objects.filter(delivery=delivery).order_by("-sequence").first()
    if earlier is not None and given.is_said_by(earlier, asked, leaves_at=delivery.leaves_at):
        return earlier
    key = _key_of(delivery, asked, given.key, now=now) or ScopedKey()
    if earlier is not None and earlier.sequence >= HANDOVERS_MAX:
        raise HandoverRefused(why=_("it was handed over too often."))
    erase_held(delivery.pk, because=ErasedBecause.REPLACED, now=now)
    made = Handover.objects.create(
        delivery=delivery,
        request=asked,
        buyer_id=delivery.buyer_id,
        provider_id=delivery.provider_id,
        sequence=earlier.sequence + 1 if earlier else 1,
        endpoint=given.endpoint,
        kind=given.kind,
        format=given.format,
        has_secret=given.secret is not None,
        sealed=given.secret,
        sealed_digest=given.digest,
        scopes=list(key.scopes),
        expires_at=key.expires_at,
        requests_a_minute=key.requests_a_minute,
        key_hint=key.hint,
        former_until=key.former_until,
        tell_at=key.expires_at
        and scoped_keys.tell_at(key.expires_at, leaves_at=delivery.leaves_at, now=now),
        handed_at=now,
        handed_by_id=by_id,
    )
    telling.of_access(HandoverEvent.HANDED, delivery, sequence=asked.sequence, at=now)
    if delivery.state == FulfilmentState.PREPARING:
        take_step(delivery, DeliveryMove.CONNECT, now=now, by_id=by_id)
    return made


def _key_of(
    delivery: ComputeDelivery, asked: HandoverRequest, key: ScopedKey | None, *, now: datetime
) -> ScopedKey | None:
    """Return what is said of the key for an interface; nothing of what is no interface."""
    if not is_interface(delivery):
        if key is not None:
            raise ScopedKeyInvalid(field="key", why=_("this is not sold as an interface."))
        return None
    wiped = timedelta(seconds=rules.DELIVERIES.rule(delivery.rule).wipe_seconds)
    return scoped_keys.checked(
        key or ScopedKey(),
        leaves_at=delivery.leaves_at,
        latest=delivery.ends_at + wiped,
        now=now,
        is_leaked=asked.reason == RenewalReason.LEAKED,
    )


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
        delivery = locked_delivery(delivery_id, buyer_id=buyer_id)
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
        delivery = locked_delivery(delivery_id, buyer_id=buyer_id)
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


@transaction.atomic
def tell_expiring(*, now: datetime, limit: int = ERASED_MAX) -> int:
    """Tell both parties of keys that expire before their order ends; return how many."""
    with tenancy.acting_as_platform():
        due = Handover.objects.filter(tell_at__lte=now).order_by("tell_at", "id")
        chosen = due.select_for_update(of=("self",), no_key=True, skip_locked=True)
        found = list(chosen.select_related("delivery", "request")[:limit])
        Handover.objects.filter(pk__in=[each.pk for each in found]).update(tell_at=None)
        for each in found:
            latest = latest_request(each.delivery_id)
            is_replaced = Handover.objects.filter(
                delivery_id=each.delivery_id, sequence__gt=each.sequence
            ).exists()
            ends_first = each.expires_at is not None and each.expires_at >= each.delivery.leaves_at
            is_over = ends_first or each.delivery.state in rules.OVER
            if is_replaced or is_over or latest != each.request:
                continue
            telling.of_access(
                HandoverEvent.EXPIRING,
                each.delivery,
                sequence=each.request.sequence,
                at=now,
                expires_at=each.expires_at,
            )
        return len(found)


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
    sealing = _sealing(given)
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


def _sealing(keys: Iterable[HandoverKey]) -> list[HandoverKey]:
    return [key for key in keys if key.kind == HandoverKeyKind.SEAL]


def _open_delivery(delivery_id: UUID, **party: UUID) -> ComputeDelivery:
    row = locked_delivery(delivery_id, **party)
    if row.state in rules.OVER:
        raise HandoverRefused(why=_("the delivery is over."))
    return row
