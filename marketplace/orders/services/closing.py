"""What happens to an order after it was placed or cleared: cancelled, followed up, settled."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from common import reviews, tenancy
from common.ids import uuid7
from ledger import services as ledger_services
from ledger.contracts import Op, Transfer
from marketplace import accounts
from marketplace.budgets import services as budgets_services
from marketplace.catalog import services as catalog_services
from marketplace.orders import followers, locks, rules, telling
from marketplace.orders.contracts import (
    NotCancellable,
    OrderEventKind,
    OrderNotFound,
    OrderState,
    PaceAct,
    SettledOrder,
)
from marketplace.orders.event_names import OrderEvent
from marketplace.orders.models import Order, OrderCover
from marketplace.orders.selectors import is_cancellable
from marketplace.orders.services import pacing

STARTED_MAX: Final = 1_000


@transaction.atomic
def cancel_order(*, order_id: UUID, buyer_id: UUID, now: datetime) -> Order:
    """
    Cancel an order that has not started, or waits for a check; every hold is released.

    What was ordered together is cancelled together, whichever of it is named.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises NotCancellable: if it has started or is over
    :raises OrdersTooFast: if the buyer cancels too many for now
    """
    with tenancy.acting_as_platform():
        pacing.take(PaceAct.CANCELLED, organization_id=buyer_id)
        together = locks.ordered_together(order_id=order_id, buyer_id=buyer_id)
        if not together:
            raise OrderNotFound
        states = {order.pk: _state_cancelled(order, now=now) for order in together}
        _release([each for each in together if each.state == OrderState.CLEARED], now=now)
        for order in together:
            _close(order, states[order.pk], now=now)
        telling.of_orders(OrderEvent.CANCELLED, together, at=now)
    return next(order for order in together if order.pk == order_id)


def _state_cancelled(order: Order, *, now: datetime) -> OrderState:
    state = rules.TRANSITIONS.get((OrderState(order.state), OrderEventKind.CANCELLED))
    if state is None or not is_cancellable(order, at=now) or order.provisioned_at:
        raise NotCancellable
    return state


def _close(order: Order, state: OrderState, *, now: datetime) -> None:
    changed = {"state": state, "closed_at": now} | reviews.returned()
    for name, value in changed.items():
        setattr(order, name, value)
    order.save(update_fields=changed.keys())


@transaction.atomic
def call_off_order(*, order_id: UUID, now: datetime, by: str = "") -> Order:
    """
    Take back a cleared order that was never delivered, begun or not; every hold is released.

    Only the room that would have delivered and charged it knows that, and asks for it; `by` names
    it where it tells the parties itself.

    :raises NotCancellable: if it is not cleared
    """
    found = call_off_orders(order_ids=[order_id], now=now, by=by)
    if not found:
        raise NotCancellable
    return found[0]


@transaction.atomic
def call_off_orders(*, order_ids: Collection[UUID], now: datetime, by: str = "") -> list[Order]:
    """
    Take back those of some orders that are cleared, as one is; return them.

    All orders are locked before any listing, and all listings before any account: whoever gives
    many orders back waits for others, and never both for each other.
    """
    with tenancy.acting_as_platform():
        cleared = [each for each in locks.orders(order_ids) if each.state == OrderState.CLEARED]
        _release(cleared, now=now)
        for order in cleared:
            order.state, order.closed_at = OrderState.CANCELLED, now
        ids = [each.pk for each in cleared]
        Order.objects.filter(pk__in=ids).update(state=OrderState.CANCELLED, closed_at=now)
        told = {"called_off_by": by} if by else {}
        telling.of_orders(OrderEvent.CANCELLED, cleared, at=now, **told)
        followers.closed_by_market(ids, now)
    return cleared


def cancel_waiting(*, import_run_id: UUID, now: datetime) -> int:
    """Cancel what an import placed and did not clear: it holds nothing. Return how many."""
    placed = Order.objects.filter(import_run_id=import_run_id, state=OrderState.PLACED)
    found = locks.orders(list(placed.values_list("pk", flat=True)))
    waiting = [order for order in found if order.state == OrderState.PLACED]
    Order.objects.filter(pk__in=[order.pk for order in waiting]).update(
        state=OrderState.CANCELLED, closed_at=now, **reviews.returned()
    )
    telling.of_orders(OrderEvent.CANCELLED, waiting, at=now)
    return len(waiting)


@transaction.atomic
def note_provisioned(*, order_ids: Collection[UUID], at: datetime) -> None:
    """Note that cleared orders were provisioned; only the first note counts."""
    with tenancy.acting_as_platform():
        found = Order.objects.filter(pk__in=order_ids)
        _note(found, "provisioned_at", OrderEvent.PROVISIONED, at=at)


@transaction.atomic
def note_metered(*, order_ids: Collection[UUID], at: datetime) -> None:
    """Note that use of cleared orders was first charged; only the first note counts."""
    with tenancy.acting_as_platform():
        found = Order.objects.filter(pk__in=order_ids)
        _note(found, "metered_at", OrderEvent.METERED, at=at)


@transaction.atomic
def provision_started(*, now: datetime, limit: int = STARTED_MAX) -> int:
    """Note that cleared orders have reached their start: from then on their capacity is theirs."""
    with tenancy.acting_as_platform():
        found = Order.objects.filter(starts_at__lte=now, import_run__isnull=True)
        return _note(found, "provisioned_at", OrderEvent.PROVISIONED, at=now, limit=limit)


def _note(
    found: QuerySet[Order],
    column: str,
    name: OrderEvent,
    *,
    at: datetime,
    limit: int | None = None,
) -> int:
    """Set a moment on the cleared orders among some that lack it; return how many there were."""
    lacking = found.filter(state=OrderState.CLEARED, **{f"{column}__isnull": True})
    fresh = list(lacking.order_by("pk").select_for_update(no_key=True)[:limit])
    Order.objects.filter(pk__in=[order.pk for order in fresh]).update(**{column: at})
    telling.of_orders(name, fresh, at=at)
    return len(fresh)


@transaction.atomic
def mark_settled(
    *, order_ids: Collection[UUID], at: datetime, used: Sequence[SettledOrder] = ()
) -> int:
    """
    Close cleared orders for good, and tell how many were open; safe to repeat.

    `used` says what vouchers were charged in the end: that is what counts against yearly caps
    from now on. An order without it goes on counting with all that it had held.
    """
    with tenancy.acting_as_platform():
        open_orders = [
            order
            for order in locks.orders(order_ids)
            if (OrderState(order.state), OrderEventKind.SETTLED) in rules.TRANSITIONS
        ]
        Order.objects.filter(pk__in=[order.pk for order in open_orders]).update(
            state=OrderState.SETTLED, closed_at=at
        )
        _count_used({each.order_id: each.used_by_voucher for each in used})
        telling.of_orders(OrderEvent.SETTLED, open_orders, at=at)
        followers.closed_by_market([order.pk for order in open_orders], at)
    return len(open_orders)


def _count_used(used: Mapping[UUID, Mapping[UUID, int]]) -> None:
    covers = list(OrderCover.objects.filter(order__in=used.keys()))
    for cover in covers:
        charged = used[cover.order_id].get(cover.voucher_id, 0)
        cover.counted_minor = min(charged, cover.amount_minor)
    OrderCover.objects.bulk_update(covers, ["counted_minor"], batch_size=500)


def _release(orders: Sequence[Order], *, now: datetime) -> None:
    """Give back what cleared orders hold. Listings are locked before accounts, as in clearing."""
    if not orders:
        return
    ids = [each.pk for each in orders]
    catalog_services.release(order_ids=ids, at=now)
    by_id = {each.pk: each for each in orders}
    covers = list(OrderCover.objects.filter(order_id__in=ids).order_by("id"))
    transfers = [_voucher_release(by_id[each.order_id], each, now=now) for each in covers]
    transfers += [
        _cash_release(each, each.cash_hold_id, now=now)
        for each in orders
        if each.cash_hold_id is not None
    ]
    if transfers:
        budgets_services.lock(ids)
        ledger_services.post(transfers=transfers)
    OrderCover.objects.filter(order_id__in=ids).update(counted_minor=0)


def _voucher_release(order: Order, cover: OrderCover, *, now: datetime) -> Transfer:
    return Transfer(
        id=uuid7(),
        op=Op.RELEASE,
        hold_id=cover.hold_id,
        debit=accounts.voucher(cover.voucher_id),
        credit=accounts.voucher_claim(cover.programme_code, cover.provider_id),
        asset=accounts.programme_asset(cover.programme_code),
        amount=cover.amount_minor,
        reason=accounts.TransferReason.ORDER_VOUCHER,
        group=order.pk,
        reference=order.number,
        effective_at=now,
    )


def _cash_release(order: Order, hold_id: UUID, *, now: datetime) -> Transfer:
    assert order.provider_id is not None
    assert order.held_minor is not None
    return Transfer(
        id=uuid7(),
        op=Op.RELEASE,
        hold_id=hold_id,
        debit=accounts.buyer_cash(order.buyer_id),
        credit=accounts.provider_payable(order.provider_id),
        asset=accounts.CNY,
        amount=order.held_minor,
        reason=accounts.TransferReason.ORDER_CASH,
        group=order.pk,
        reference=order.number,
        effective_at=now,
    )
