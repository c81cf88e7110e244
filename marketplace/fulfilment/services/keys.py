"""Keys of buyers: added, withdrawn."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.fulfilment import handover_keys, telling
from marketplace.fulfilment.event_names import HandoverKeyEvent
from marketplace.fulfilment.handover_contracts import (
    KEYS_MAX,
    HandoverKeyKind,
    HandoverKeyNotFound,
    HandoverKeyTaken,
    TooManyHandoverKeys,
)
from marketplace.fulfilment.models import HandoverKey
from marketplace.fulfilment.services.handing import ask_for_waiting
from marketplace.limits import take_turns


@transaction.atomic
def add_handover_key(
    *,
    organization_id: UUID,
    kind: HandoverKeyKind,
    name: str,
    public_key: str,
    now: datetime,
    by_id: int | None = None,
) -> HandoverKey:
    """
    Add a public key of a buyer: deliveries that open from now on are asked for with it.

    With a sealing key access is asked for at once to what waited for one.

    :raises HandoverKeyInvalid: if the text is no public key that can be used
    :raises HandoverKeyTaken: if the organisation has it already
    :raises TooManyHandoverKeys: if it has as many of the kind as it may
    """
    read = handover_keys.read_handover_key(kind, public_key)
    with tenancy.acting_as_platform():
        take_turns(f"fulfilment.keys.{organization_id}")
        held = HandoverKey.objects.filter(
            organization_id=organization_id, withdrawn_at__isnull=True
        )
        if held.filter(fingerprint=read.fingerprint).exists():
            raise HandoverKeyTaken(field="public_key")
        if held.filter(kind=kind).count() >= KEYS_MAX:
            raise TooManyHandoverKeys(most=KEYS_MAX)
        made = HandoverKey.objects.create(
            organization_id=organization_id,
            kind=kind,
            name=name,
            public_key=read.text,
            fingerprint=read.fingerprint,
            added_at=now,
            added_by_id=by_id,
        )
        telling.of_key(HandoverKeyEvent.ADDED, made, at=now)
        if kind == HandoverKeyKind.SEAL:
            ask_for_waiting(buyer_id=organization_id, now=now, by_id=by_id)
        return made


@transaction.atomic
def withdraw_handover_key(*, key_id: UUID, organization_id: UUID, now: datetime) -> HandoverKey:
    """
    Withdraw a key: it is asked for no longer; withdrawn again, nothing changes.

    Who was let in with it stays in until access is asked for anew.

    :raises HandoverKeyNotFound: if it does not exist or is someone else's (the two look alike)
    """
    with tenancy.acting_as_platform():
        found = (
            HandoverKey.objects.filter(pk=key_id, organization_id=organization_id)
            .select_for_update(no_key=True)
            .first()
        )
        if found is None:
            raise HandoverKeyNotFound
        if found.withdrawn_at is None:
            found.withdrawn_at = now
            found.save(update_fields=["withdrawn_at"])
            telling.of_key(HandoverKeyEvent.WITHDRAWN, found, at=now)
        return found
