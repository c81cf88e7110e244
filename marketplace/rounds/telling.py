"""How this room tells the record of events."""

from collections.abc import Iterable

from identity.events import services as events
from marketplace.rounds.event_names import ROUND, ROUND_ORDER, CallRoundEvent, RoundOrderEvent
from marketplace.rounds.models import CallRound, RoundOrder


def of_round(name: CallRoundEvent, row: CallRound, **facts: object) -> None:
    """Record what happened to a round, for everybody."""
    event = events.Event(
        name=name, object_kind=ROUND, object_id=row.pk, object_label=row.number, facts=facts
    )
    events.record([event])


def of_orders(
    name: RoundOrderEvent, rows: Iterable[RoundOrder], *, number: str, **facts: object
) -> None:
    """Record what happened to orders of a round, for their buyers."""
    events.record(
        [
            events.Event(
                name=name,
                object_kind=ROUND_ORDER,
                object_id=row.pk,
                object_label=f"{number}/{row.tag}",
                concerns=[row.buyer_id],
                facts={"round": number, "limit_minor": row.limit_minor, "why": row.why} | facts,
            )
            for row in rows
        ]
    )
