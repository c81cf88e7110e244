"""Caps of the buyer: an order that could never hold under them is refused before it is placed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from common.errors import Refusal
from common.moments import market_date
from common.money import Money
from marketplace.budgets import selectors as budgets_selectors
from marketplace.budgets import services as budgets_services
from marketplace.budgets import words
from marketplace.budgets.contracts import ApprovalRequired, BudgetExceeded, CapRoom, CapWish
from marketplace.orders import rules, selectors
from marketplace.orders.contracts import Fill, OrderWish, RefusalCode
from marketplace.orders.models import Order
from marketplace.orders.terms import InstalmentTerms


def refused(
    rows: Sequence[Order], wishes: Mapping[str, OrderWish], *, buyer_id: UUID, at: datetime
) -> dict[str, Refusal]:
    """
    Return why caps let a buyer not place some orders, by the orders' keys.

    A price in cash is compared with what the caps leave; where vouchers may pay a part, only the
    clearing knows how much is held, and asks. From an amount on a second person agrees first.
    """
    rooms = budgets_selectors.rooms_of(buyer_id, on=market_date(at))
    found: dict[str, Refusal] = {}
    for row in rows:
        bound = budgets_selectors.binding(
            rooms, project_id=row.project_id, person_id=row.placed_by_id
        )
        refusal = _refusal(row, bound, is_approved=wishes[row.key].is_approved)
        if refusal is not None:
            found[row.key] = refusal
    return found


def _refusal(row: Order, bound: Sequence[CapRoom], *, is_approved: bool) -> Refusal | None:
    minor = row.gross_minor
    if not bound:
        return None
    if minor is not None and not row.pays_with_vouchers:
        held = _first_held(row, minor)
        for room in bound:
            needed = minor if room.is_of_each_order else held
            if needed > room.left_minor:
                return exceeded(room, needed)
    asking = None if is_approved else next(filter(partial(_asks, minor), bound), None)
    return None if asking is None else _approval(asking, minor)


def require_possible(
    *, buyer_id: UUID, person_id: int | None, least_minor: Callable[[], int], on: date
) -> None:
    """
    Refuse what could never become an order under its buyer's caps, whatever it will cost.

    `least_minor` says what it needs in cash at least, and is asked only where a cap bounds it. Its
    price is not known before it clears, so a cap that has a second person agree stops it for sure.

    :raises BudgetExceeded, ApprovalRequired: naming the cap
    """
    rooms = budgets_selectors.rooms_of(buyer_id, on=on)
    bound = budgets_selectors.binding(rooms, project_id=None, person_id=person_id)
    if not bound:
        return
    needed = least_minor()
    if needed > bound[0].left_minor:  # The tightest comes first.
        raise exceeded(bound[0], needed)
    asking = next(filter(partial(_asks, None), bound), None)
    if asking is not None:
        raise _approval(asking, None)


def _approval(asking: CapRoom, minor: int | None) -> ApprovalRequired:
    least = asking.approve_from_minor or 0
    facts: dict[str, Any] = {"from": str(Money(least)), "from_minor": least, "needed_minor": minor}
    return ApprovalRequired(budget=words.name_of(asking), **facts)


def _first_held(row: Order, cash_minor: int) -> int:
    """Return what of an order in cash alone is held when it clears."""
    parts = rules.instalments_of(
        selectors.instalment_terms(),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        cash_minor=cash_minor,
    )
    return parts[0].amount_minor if parts else cash_minor


def _asks(minor: int | None, room: CapRoom) -> bool:
    """Tell whether a cap asks for a second person; of a price nobody knows yet it does."""
    least = room.approve_from_minor
    return least is not None and (minor is None or minor >= least)


def exceeded(room: CapRoom, needed_minor: int) -> BudgetExceeded:
    """Return the refusal of an order that needs more than a cap leaves, naming it."""
    return BudgetExceeded(
        budget=words.name_of(room),
        cap_id=str(room.cap_id),
        left=str(Money(room.left_minor)),
        needed=str(Money(needed_minor)),
        left_minor=room.left_minor,
        needed_minor=needed_minor,
    )


def take(
    fills: Sequence[Fill],
    orders: Sequence[Order],
    *,
    terms: InstalmentTerms | None,
    at: datetime,
) -> dict[UUID, RefusalCode]:
    """Take what the fills hold in cash from the caps of their buyers; return those stopped."""
    placed = {order.pk: order for order in orders if order.import_run_id is None}
    wanted = [
        CapWish(
            order_id=fill.order_id,
            organization_id=fill.buyer_id,
            project_id=placed[fill.order_id].project_id,
            person_id=placed[fill.order_id].placed_by_id,
            amount_minor=rules.held_of(fill, terms),
            whole_minor=fill.cash_minor,
        )
        for fill in fills
        if fill.order_id in placed and fill.cash_minor
    ]
    stopped = budgets_services.take(wanted, at=at)
    return {each.order_id: RefusalCode.BUDGET_EXCEEDED for each in stopped}
