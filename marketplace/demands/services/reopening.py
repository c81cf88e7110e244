"""
A demand whose orders were not delivered waits again, and the next of its alternatives is tried.

That follows in the transaction in which the market closed the last of its orders: what these held
has returned by then, and what is taken instead is held anew. What did not deliver is left out.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import doorbell, tenancy
from marketplace.demands import locks, rules, selectors, telling
from marketplace.demands.contracts import DemandMove, DemandState
from marketplace.demands.event_names import DemandEvent
from marketplace.demands.models import DemandLot, DemandReopening
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.orders.contracts import OrderState

OVER = (OrderState.CANCELLED, OrderState.SETTLED)


def follow_closed(order_ids: Sequence[UUID], now: datetime) -> None:
    """Reopen the demands of closed orders of which nothing was delivered."""
    reopen_undelivered(order_ids=order_ids, now=now)


@transaction.atomic
def reopen_undelivered(*, order_ids: Collection[UUID], now: datetime) -> int:
    """
    Let demands wait again that these orders served, if nothing that served them was delivered.

    Of a demand that other orders still serve nothing changes, nor where none of its alternatives
    can begin any more, nor where it was reopened for the order already. Return how many wait again.
    """
    with tenancy.acting_as_platform():
        found = DemandLot.objects.select_related("order", "listing").filter(
            order_id__in=order_ids, order__state__in=OVER
        )
        lots = list(found.defer("listing__search_grams", "order__lines").order_by("demand_id"))
        if not lots:
            return 0
        reasons = fulfilment_selectors.never_delivered([lot.order_id for lot in lots])
        failed = [lot for lot in lots if lot.order_id in reasons]
        return sum(_reopen(lot, reasons[lot.order_id], now=now) for lot in failed)


def _reopen(lot: DemandLot, reason: str, *, now: datetime) -> bool:
    row = locks.filled(lot.demand_id)
    if row is None or rules.is_past(selectors.terms_of(row), now=now) or _is_served(row.pk):
        return False
    DemandReopening.objects.create(
        demand=row,
        buyer_id=row.buyer_id,
        sequence=row.reopened_count + 1,
        order_id=lot.order_id,
        listing_id=lot.listing_id,
        option=row.option or 0,
        reason=reason,
        reopened_at=now,
    )
    row.state = rules.TRANSITIONS[DemandState.FILLED, DemandMove.REOPENED]
    row.reopened_count += 1
    row.closed_at = row.option = row.looked_at = None
    row.tried = []
    row.save(update_fields=["state", "reopened_count", "closed_at", "option", "looked_at", "tried"])
    facts = {"order": lot.order.number, "listing": lot.listing.number, "reason": reason}
    telling.of_demand(DemandEvent.REOPENED, row, **facts)
    doorbell.ring("demands.waiting", demand_id=str(row.pk))
    return True


def _is_served(demand_id: UUID) -> bool:
    """Tell whether an order still serves a demand, or anything of one was delivered."""
    serving = DemandLot.objects.filter(demand_id=demand_id)
    ids = list(serving.values_list("order_id", flat=True))
    is_open = serving.exclude(order__state__in=OVER).exists()
    return is_open or len(fulfilment_selectors.never_delivered(ids)) < len(ids)
