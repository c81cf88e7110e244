"""The path of seven steps that an order walks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.orders.contracts import OrderEventKind, OrderState, RefusalCode, StepState
from marketplace.orders.models import Order

# The seven steps; a round matches and reserves before it holds.
PATH: Final[tuple[tuple[OrderEventKind, str | Promise], ...]] = (
    (OrderEventKind.PLACED, _("Submitted")),
    (OrderEventKind.MATCHED, _("Matched")),
    (OrderEventKind.VOUCHER_HELD, _("Voucher held")),
    (OrderEventKind.CLEARED, _("Cleared")),
    (OrderEventKind.PROVISIONED, _("Provisioned")),
    (OrderEventKind.METERED, _("Metering")),
    (OrderEventKind.SETTLED, _("Settled")),
)

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
    RefusalCode.BUDGET_EXCEEDED: OrderEventKind.CLEARED,
    RefusalCode.INSUFFICIENT_FUNDS: OrderEventKind.CLEARED,
    RefusalCode.PERIOD_OVER: OrderEventKind.CLEARED,
    RefusalCode.CLOSED_IN_REVIEW: OrderEventKind.MATCHED,
}


@dataclass(frozen=True, slots=True)
class PathStep:
    """One of the seven steps of an order's path."""

    kind: OrderEventKind
    label: str | Promise
    state: StepState
    at: datetime | None
    note: str | Promise = ""
    expected_at: datetime | None = None


def times_of(order: Order) -> dict[OrderEventKind, datetime]:
    """
    Return when an order reached each of its steps, in the order of the steps.

    All of it stands in the order itself: whoever may read the order sees one and the same path,
    while its events concern one party more than the other.
    """
    settled_at = order.closed_at if order.state == OrderState.SETTLED else None
    metered_at = _first(order.metered_at, settled_at)
    reached = {
        OrderEventKind.PLACED: order.placed_at,
        OrderEventKind.MATCHED: order.cleared_at,
        OrderEventKind.VOUCHER_HELD: order.cleared_at,
        OrderEventKind.CLEARED: order.cleared_at,
        # The start may be noted after the first use was: then it was there by that time.
        OrderEventKind.PROVISIONED: _first(order.provisioned_at, metered_at),
        OrderEventKind.METERED: metered_at,
        OrderEventKind.SETTLED: settled_at,
    }
    return {kind: at for kind, at in reached.items() if at is not None}


def _first(*moments: datetime | None) -> datetime | None:
    return min((each for each in moments if each is not None), default=None)


def steps(order: Order) -> list[PathStep]:
    """Return the seven steps of an order's path, from where it stands itself."""
    times = times_of(order)
    has_failed = order.state in (OrderState.REJECTED, OrderState.CANCELLED)
    turn = next((kind for kind, _label in PATH if kind not in times), None)
    turn = FAILED_AT.get(order.refusal_code, turn)
    return [_step(order, kind, label, times, turn, has_failed=has_failed) for kind, label in PATH]


def _step(
    order: Order,
    kind: OrderEventKind,
    label: str | Promise,
    times: dict[OrderEventKind, datetime],
    turn: OrderEventKind | None,
    *,
    has_failed: bool,
) -> PathStep:
    at = times.get(kind)
    if kind == turn and has_failed:
        return PathStep(
            kind, label, StepState.FAILED, order.closed_at, OrderState(order.state).label
        )
    if kind == turn:
        return PathStep(kind, label, StepState.NOW, None, expected_at=_expected(order, kind))
    if at is None:
        return PathStep(kind, label, StepState.TODO, None, expected_at=_expected(order, kind))
    is_empty = kind == OrderEventKind.VOUCHER_HELD and not order.voucher_minor
    note: str | Promise = _("No voucher") if is_empty else ""
    return PathStep(kind, label, StepState.PAST if has_failed else StepState.DONE, at, note)


def _expected(order: Order, kind: OrderEventKind) -> datetime | None:
    """Return when a step comes at the earliest, where the order says so."""
    if order.state not in (OrderState.PLACED, OrderState.CLEARED):
        return None
    return {
        OrderEventKind.PROVISIONED: order.starts_at,
        OrderEventKind.METERED: order.starts_at,
        OrderEventKind.SETTLED: order.ends_at,
    }.get(kind)
