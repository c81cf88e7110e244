"""The path of seven steps that an order walks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity.events.rows import EventRow
from marketplace.orders.contracts import OrderEventKind, OrderState, RefusalCode, StepState
from marketplace.orders.event_names import OrderEvent
from marketplace.orders.models import Order, OrderCover

# The seven steps, each reached by one real event; a round matches and reserves before it holds.
PATH: Final[tuple[tuple[OrderEventKind, str | Promise], ...]] = (
    (OrderEventKind.PLACED, _("Submitted")),
    (OrderEventKind.MATCHED, _("Matched")),
    (OrderEventKind.VOUCHER_HELD, _("Voucher held")),
    (OrderEventKind.CLEARED, _("Clearing")),
    (OrderEventKind.PROVISIONED, _("Provisioned")),
    (OrderEventKind.METERED, _("Metering")),
    (OrderEventKind.SETTLED, _("Settled")),
)

# What an order went through when something was recorded of it.
_KINDS: Final[dict[str, OrderEventKind]] = {
    OrderEvent.PLACED: OrderEventKind.PLACED,
    OrderEvent.CLEARED: OrderEventKind.CLEARED,
    OrderEvent.REFUSED: OrderEventKind.REFUSED,
    OrderEvent.CANCELLED: OrderEventKind.CANCELLED,
    OrderEvent.PROVISIONED: OrderEventKind.PROVISIONED,
    OrderEvent.METERED: OrderEventKind.METERED,
    OrderEvent.SETTLED: OrderEventKind.SETTLED,
}
# Where an order that clearing refused came to its end; what came before was undone or not reached.
FAILED_AT: Final[dict[str, OrderEventKind]] = {
    RefusalCode.CAPACITY_EXHAUSTED: OrderEventKind.MATCHED,
    RefusalCode.LISTING_CLOSED: OrderEventKind.MATCHED,
    RefusalCode.OUTSIDE_AVAILABILITY: OrderEventKind.MATCHED,
    RefusalCode.NO_ELIGIBLE_LISTING: OrderEventKind.MATCHED,
    RefusalCode.OWN_LISTING: OrderEventKind.MATCHED,
    RefusalCode.RELATED_PARTY: OrderEventKind.MATCHED,
    RefusalCode.BELOW_LEAST_QUANTITY: OrderEventKind.MATCHED,
    RefusalCode.OFF_QUANTITY_STEP: OrderEventKind.MATCHED,
    RefusalCode.BELOW_LEAST_DURATION: OrderEventKind.MATCHED,
    RefusalCode.OFF_DURATION_STEP: OrderEventKind.MATCHED,
    RefusalCode.BELOW_LEAST_AMOUNT: OrderEventKind.MATCHED,
    RefusalCode.VOUCHER_REFUSED: OrderEventKind.VOUCHER_HELD,
    RefusalCode.INSUFFICIENT_FUNDS: OrderEventKind.CLEARED,
    RefusalCode.PERIOD_OVER: OrderEventKind.CLEARED,
    RefusalCode.CLOSED_IN_REVIEW: OrderEventKind.MATCHED,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven steps of an order's path."""

    kind: OrderEventKind
    label: str | Promise
    state: StepState
    at: datetime | None
    note: str | Promise = ""


def times_of(events: Iterable[EventRow]) -> dict[OrderEventKind, datetime]:
    """Return when an order went through what is recorded of it; clearing tells of three steps."""
    times = {}
    for event in events:
        if event.name in _KINDS:
            times[_KINDS[event.name]] = event.happened_at
        if event.name == OrderEvent.CLEARED:
            times[OrderEventKind.MATCHED] = datetime.fromisoformat(event.facts["matched_at"])
            if event.facts["vouchers"]:
                times[OrderEventKind.VOUCHER_HELD] = event.happened_at
    return times


def steps(order: Order, events: Iterable[EventRow], covers: Sequence[OrderCover]) -> list[Step]:
    """Return the seven steps of an order's path, from what has happened to it."""
    times = times_of(events)
    if OrderEventKind.CLEARED in times and not covers:
        # Nothing to hold is done when clearing is.
        times.setdefault(OrderEventKind.VOUCHER_HELD, times[OrderEventKind.CLEARED])
    if OrderEventKind.SETTLED in times:
        times.setdefault(OrderEventKind.METERED, times[OrderEventKind.SETTLED])
        times.setdefault(OrderEventKind.PROVISIONED, times[OrderEventKind.SETTLED])
    ended_at = times.get(OrderEventKind.REFUSED) or times.get(OrderEventKind.CANCELLED)
    open_kinds = [kind for kind, _label in PATH if kind not in times]
    next_kind = next(iter(open_kinds), None)
    if ended_at and order.refusal_code:
        next_kind = FAILED_AT.get(order.refusal_code, next_kind)
    result: list[Step] = []
    for kind, label in PATH:
        at = times.get(kind)
        state = StepState.DONE if at else StepState.TODO
        note: str | Promise = ""
        if kind == next_kind and ended_at is None:
            state = StepState.NOW
        elif kind == next_kind:
            state, at, note = StepState.FAILED, ended_at, OrderState(order.state).label
        elif kind == OrderEventKind.VOUCHER_HELD and at and not covers:
            note = _("No voucher")
        result.append(Step(kind, label, state, at, note))
    return result
