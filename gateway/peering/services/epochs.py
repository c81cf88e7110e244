"""The epoch of this node: the copy that takes over raises it, and the others are heard no more."""

from datetime import datetime

from django.db import transaction

from common import tenancy
from gateway import services as gateway_services
from gateway.contracts import own_code
from gateway.peering.event_names import PeerEvent
from identity.events import services as events


@transaction.atomic
def raise_epoch(*, now: datetime) -> int:
    """
    Raise this node's epoch, and publish its keys under it; return the new one.

    :raises KeyUnusable: if the root key is not here
    """
    with tenancy.acting_as_platform():
        epoch = gateway_services.raise_own_epoch(now=now)
        gateway_services.publish_keyset(now=now)
        events.record(
            [
                events.Event(
                    name=PeerEvent.EPOCH_RAISED,
                    object_kind="node",
                    object_id=own_code(),
                    object_label=own_code(),
                    facts={"epoch": epoch},
                )
            ]
        )
    return epoch
