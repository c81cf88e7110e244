"""How this room tells the record of events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from identity.events import services as events
from marketplace.fulfilment.contracts import DELIVERY, DeliveryMove
from marketplace.fulfilment.event_names import DeliveryEvent
from marketplace.fulfilment.models import ComputeDelivery

MOVED: Final = {
    DeliveryMove.CONNECT: DeliveryEvent.CONNECTED,
    DeliveryMove.SCHEDULE: DeliveryEvent.SCHEDULED,
    DeliveryMove.READY: DeliveryEvent.READY,
    DeliveryMove.INTERRUPT: DeliveryEvent.INTERRUPTED,
    DeliveryMove.EXIT: DeliveryEvent.EXITED,
    DeliveryMove.FAIL: DeliveryEvent.FAILED,
    DeliveryMove.CALL_OFF: DeliveryEvent.CALLED_OFF,
    DeliveryMove.WIPE: DeliveryEvent.WIPED,
}


def of_deliveries(
    name: DeliveryEvent, deliveries: Iterable[ComputeDelivery], *, at: datetime
) -> None:
    """Record that the same happened to deliveries, for both parties."""
    events.record(
        events.Event(
            name=name,
            object_kind=DELIVERY,
            object_id=each.pk,
            object_label=each.order_number,
            concerns=[each.buyer_id, each.provider_id],
            facts={"order_id": each.order_id, "state": each.state}
            | ({"reason": each.reason} if each.reason else {}),
            at=at,
        )
        for each in deliveries
    )
