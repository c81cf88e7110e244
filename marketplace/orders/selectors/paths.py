"""The path of seven steps that an order walks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.orders.contracts import OrderEventKind, OrderState, StepState
from marketplace.orders.models import Order, OrderCover, OrderEvent

# The seven steps, each reached by one real event.
PATH: Final[tuple[tuple[OrderEventKind, str | Promise], ...]] = (
    (OrderEventKind.PLACED, _("Submitted")),
    (OrderEventKind.VOUCHER_HELD, _("Voucher held")),
    (OrderEventKind.MATCHED, _("Matched")),
    (OrderEventKind.CLEARED, _("Clearing")),
    (OrderEventKind.PROVISIONED, _("Provisioned")),
    (OrderEventKind.METERED, _("Metering")),
    (OrderEventKind.SETTLED, _("Settled")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven steps of an order's path."""

    kind: OrderEventKind
    label: str | Promise
    state: StepState
    at: datetime | None
    note: str | Promise = ""


def steps(order: Order, events: Sequence[OrderEvent], covers: Sequence[OrderCover]) -> list[Step]:
    """Return the seven steps of an order's path, from what has happened to it."""
    times = {OrderEventKind(event.kind): event.at for event in events}
    if OrderEventKind.CLEARED in times and not covers:
        # Nothing to hold is done when clearing is.
        times.setdefault(OrderEventKind.VOUCHER_HELD, times[OrderEventKind.CLEARED])
    if OrderEventKind.SETTLED in times:
        times.setdefault(OrderEventKind.METERED, times[OrderEventKind.SETTLED])
        times.setdefault(OrderEventKind.PROVISIONED, times[OrderEventKind.SETTLED])
    ended_at = times.get(OrderEventKind.REFUSED) or times.get(OrderEventKind.CANCELLED)
    result: list[Step] = []
    for kind, label in PATH:
        at = times.get(kind)
        state = StepState.DONE if at else StepState.TODO
        is_next = at is None and all(step.state == StepState.DONE for step in result)
        note: str | Promise = ""
        if is_next and ended_at is None:
            state = StepState.NOW
        elif is_next:
            state, at, note = StepState.FAILED, ended_at, OrderState(order.state).label
        elif kind == OrderEventKind.VOUCHER_HELD and at and not covers:
            note = _("No voucher")
        result.append(Step(kind, label, state, at, note))
    return result
