"""What may happen to a delivery, and by when; pure."""

from datetime import datetime
from typing import Final

from common.rulebooks import Rulebook
from marketplace.fulfilment import delivery_1, delivery_2, delivery_3, delivery_4
from marketplace.fulfilment.contracts import (
    DeliveryMove,
    DeliveryTerms,
    FulfilmentState,
    PolicyMode,
)

# By which version a delivery is timed stands on it.
DELIVERIES: Final[Rulebook[DeliveryTerms]] = Rulebook(
    "delivery",
    {
        each.name: each
        for each in (delivery_1.RULE, delivery_2.RULE, delivery_3.RULE, delivery_4.RULE)
    },
)
# Those of them under which a delivery does not run while its provider's agent says that it is down.
FOLLOWING: Final = tuple(name for name, terms in DELIVERIES.versions.items() if terms.follows_agent)
BEFORE_READY: Final = (
    FulfilmentState.PREPARING,
    FulfilmentState.CONNECTED,
    FulfilmentState.SCHEDULED,
)
OVER: Final = (FulfilmentState.EXITED, FulfilmentState.FAILED, FulfilmentState.CALLED_OFF)
TRANSITIONS: Final[dict[tuple[FulfilmentState, DeliveryMove], FulfilmentState]] = {
    (FulfilmentState.PREPARING, DeliveryMove.CONNECT): FulfilmentState.CONNECTED,
    (FulfilmentState.PREPARING, DeliveryMove.SCHEDULE): FulfilmentState.SCHEDULED,
    (FulfilmentState.CONNECTED, DeliveryMove.SCHEDULE): FulfilmentState.SCHEDULED,
    **{(state, DeliveryMove.READY): FulfilmentState.RUNNING for state in BEFORE_READY},
    **{(state, DeliveryMove.FAIL): FulfilmentState.FAILED for state in BEFORE_READY},
    **{(state, DeliveryMove.CALL_OFF): FulfilmentState.CALLED_OFF for state in BEFORE_READY},
    (FulfilmentState.RUNNING, DeliveryMove.INTERRUPT): FulfilmentState.INTERRUPTED,
    (FulfilmentState.RUNNING, DeliveryMove.EXIT): FulfilmentState.EXITED,
    (FulfilmentState.INTERRUPTED, DeliveryMove.READY): FulfilmentState.RUNNING,
    (FulfilmentState.INTERRUPTED, DeliveryMove.EXIT): FulfilmentState.EXITED,
    (FulfilmentState.INTERRUPTED, DeliveryMove.FAIL): FulfilmentState.FAILED,
    (FulfilmentState.EXITED, DeliveryMove.WIPE): FulfilmentState.EXITED,
}
# Said again, these change nothing: a driver that lost its answer may repeat itself.
REPEATED: Final = {
    (FulfilmentState.CONNECTED, DeliveryMove.CONNECT),
    (FulfilmentState.SCHEDULED, DeliveryMove.SCHEDULE),
    (FulfilmentState.RUNNING, DeliveryMove.READY),
    (FulfilmentState.INTERRUPTED, DeliveryMove.INTERRUPT),
    (FulfilmentState.EXITED, DeliveryMove.EXIT),
    (FulfilmentState.FAILED, DeliveryMove.FAIL),
}


def possible(state: FulfilmentState) -> list[DeliveryMove]:
    """Return what may happen to a delivery that stands somewhere."""
    return [move for (start, move) in TRANSITIONS if start == state]


def ready_by(
    terms: DeliveryTerms, *, opened_at: datetime, starts_at: datetime, ends_at: datetime
) -> datetime:
    """Return when a delivery has to be ready: never behind the end of its order."""
    within = terms.bounded(terms.ready_seconds, starts_at=starts_at, ends_at=ends_at)
    ready = max(opened_at, starts_at) + within
    return min(ready, ends_at) if terms.parts_of_order else ready


def answer_bounds(
    terms: DeliveryTerms, *, opened_at: datetime, starts_at: datetime
) -> tuple[datetime, datetime] | None:
    """Return from when on a provider's silence is late, and when it fails; nothing if never."""
    if terms.answer is None:
        return None
    return terms.answer.bounds(opened_at=opened_at, starts_at=starts_at)


def next_at(
    state: FulfilmentState,
    terms: DeliveryTerms,
    *,
    since: datetime,
    opened_at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    leaves_at: datetime,
    ready_until: datetime | None = None,
    waits_for_key: bool = False,
) -> datetime | None:
    """
    Return when the market looks at a delivery again if nobody says anything; none if never.

    `ready_until` is when it has to be ready as it stands, if that is not by its terms alone; who
    said that it waits for a key of the buyer has answered.
    """
    if state in BEFORE_READY:
        ready = ready_until or ready_by(
            terms, opened_at=opened_at, starts_at=starts_at, ends_at=ends_at
        )
        answer = answer_bounds(terms, opened_at=opened_at, starts_at=starts_at)
        if state == FulfilmentState.PREPARING and answer is not None and not waits_for_key:
            return min(ready, leaves_at, answer[1])
        return min(ready, leaves_at)
    if state == FulfilmentState.RUNNING:
        return leaves_at
    if state == FulfilmentState.INTERRUPTED:
        within = terms.bounded(terms.restore_seconds, starts_at=starts_at, ends_at=ends_at)
        return min(since + within, leaves_at)
    return None


def is_worse(before: tuple[PolicyMode, str], after: tuple[PolicyMode, str]) -> bool:
    """
    Return whether a policy is worse for somebody: any other one, for buyers or providers.

    Each is told by its mode and the name of its rule of deliveries.
    """
    return before != after
