"""
A round that fails is taken apart: first the supply that no round can read, then the orders.

What fails alone is set aside and the rest clears in rounds of its own, in the same order of turns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction

from common.isolation import detail, divide
from marketplace.catalog import services as catalog_services
from marketplace.catalog.rows import ListingRow
from marketplace.orders import rules, selectors
from marketplace.orders.contracts import OrderReviewCode
from marketplace.orders.models import ClearingRound, Order
from marketplace.orders.services import reviewing

logger = structlog.get_logger(__name__)
Clear = Callable[..., ClearingRound]  # (orders, without=listings) → round


@dataclass(slots=True)
class Apart:
    """What came of the parts of a round."""

    rounds: list[ClearingRound] = field(default_factory=list)
    set_aside: int = 0
    left: int = 0  # orders that were not reached in this run


def clear(
    book_id: int, orders: Sequence[Order], clear: Clear, *, is_last_try: bool, now: datetime
) -> Apart:
    """
    Clear some orders in one round, or apart where that fails.

    :raises Exception: what failed first, if nothing clears and it is not the last try: then the
        fault may be the market's, and no order's
    """
    if not orders:
        return Apart()
    try:
        with transaction.atomic():
            return Apart([clear(orders)])
    except (OperationalError, InterfaceError):
        raise  # The surroundings failed, and no row of the book.
    except Exception as error:
        logger.exception("orders.round.failed", book=book_id, orders=len(orders))
        first = error
    _set_unsound_supply_aside(book_id, orders, now=now)
    apart = Apart()
    divided = divide(orders, clear, set_aside=partial(_blame, apart, clear, now))
    apart.rounds += divided.results
    apart.rounds.sort(key=lambda each: each.pk)
    apart.left = len(divided.left)
    if not apart.rounds and not is_last_try:
        raise first
    return apart


def _blame(apart: Apart, clear: Clear, now: datetime, order: Order, error: Exception) -> None:
    """
    Set aside what makes an order fail alone: its match, if it clears without it, or the order.

    One listing only: an order that fails with the next one, too, is itself to blame.
    """
    suspect = _match(order, now=now)
    if suspect is not None and order.wanted_listing_id is None:
        try:
            with transaction.atomic():
                cleared = clear([order], without=frozenset([suspect]))
        except (OperationalError, InterfaceError):
            raise
        except Exception as again:
            logger.warning("orders.order.fails_elsewhere", error=detail(again))
        else:
            apart.rounds.append(cleared)
            _set_listings_aside([suspect], error, now=now)
            return
    apart.set_aside += 1
    reviewing.set_aside(order, OrderReviewCode.CLEARING_FAILED, detail(error), at=now)


def _match(order: Order, *, now: datetime) -> UUID | None:
    """Return the listing that the rule would give an order, if it gets as far."""
    try:
        with transaction.atomic():
            there = selectors.snapshot(book_id=order.book_id, orders=[order], at=now, seed="")
            fills = rules.clear(there).fills
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.warning("orders.order.unreadable", error=detail(error))
        return None
    return fills[0].listing_id if fills else None


def _set_unsound_supply_aside(book_id: int, orders: Sequence[Order], *, now: datetime) -> None:
    """Take listings off the market with which no order at all could be cleared."""
    plans: dict[UUID, list[ListingRow]] = {}
    for listing in selectors.supply(book_id=book_id, orders=orders).values():
        plans.setdefault(listing.plan_version_id, []).append(listing)

    def inspect(part: Sequence[list[ListingRow]]) -> None:
        rules.inspect(selectors.probe([each for same in part for each in same], at=now))

    def unsound(same: list[ListingRow], error: Exception) -> None:
        if len(same) > 1:
            divide([[each] for each in same], inspect, set_aside=unsound)
        else:
            _set_listings_aside([same[0].pk], error, now=now)

    divide(list(plans.values()), inspect, set_aside=unsound)


def _set_listings_aside(ids: Sequence[UUID], error: Exception, *, now: datetime) -> None:
    catalog_services.set_listings_aside(
        listing_ids=ids, code=OrderReviewCode.CLEARING_FAILED, detail=detail(error), now=now
    )
