"""How this room tells the record of events."""

from collections.abc import Iterable
from datetime import datetime

from identity.events import services as events
from marketplace.drivers.contracts import DRIVER
from marketplace.drivers.event_names import DriverCallEvent, DriverEvent
from marketplace.drivers.models import DriverCall, ProviderDriver
from marketplace.fulfilment.contracts import DELIVERY


def of_driver(name: DriverEvent, driver: ProviderDriver, *, at: datetime) -> None:
    """Record what happened to a driver, for its provider."""
    events.record(
        [
            events.Event(
                name=name,
                object_kind=DRIVER,
                object_id=driver.pk,
                object_label=driver.kind,
                concerns=[driver.provider_id],
                facts={"kind": driver.kind},
                at=at,
            )
        ]
    )


def of_dead(calls: Iterable[DriverCall], *, at: datetime) -> None:
    """Record that calls were given up, for their providers: people have to see to it."""
    events.record(
        events.Event(
            name=DriverCallEvent.DEAD,
            object_kind=DELIVERY,
            object_id=each.delivery_id,
            object_label=each.delivery.order_number,
            concerns=[each.provider_id],
            facts={"step": each.step, "error": each.error, "attempts": each.attempts},
            at=at,
        )
        for each in calls
    )
