"""How this room tells the record of events."""

from collections.abc import Iterable

from identity.events import services as events
from marketplace.payments.event_names import MOVEMENT, MovementEvent
from marketplace.payments.models import Movement


def of_movements(movements: Iterable[Movement]) -> None:
    """Record that movements reached the state that they are in, for whose money they are."""
    events.record(
        events.Event(
            name=MovementEvent[movement.state],
            object_kind=MOVEMENT,
            object_id=movement.pk,
            object_label=movement.number,
            concerns=[movement.organization_id],
            facts={
                "kind": movement.kind,
                "channel": movement.channel,
                "amount_minor": movement.amount_minor,
                **({"failure": movement.failure} if movement.failure else {}),
            },
            at=movement.moved_at,
        )
        for movement in movements
    )
