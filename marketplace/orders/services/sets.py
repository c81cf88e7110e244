"""Orders of what stands beside compute: placed and cleared with it, all of them or none."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.rows import ListingRow
from marketplace.orders.contracts import (
    REFUSAL_SENTENCES,
    InvalidOrder,
    OrderKeyReused,
    OrderState,
    OrderWish,
)
from marketplace.orders.models import Order
from marketplace.orders.services import clearing, placing
from marketplace.orders.set_contracts import BESIDE_MAX, NotBeside, OrderedBeside, SetRefused

NOT_NOW: Final = _("It could not be cleared now.")


@transaction.atomic
def place_set(
    *, buyer_id: UUID, wish: OrderWish, beside: Sequence[OrderedBeside], placed_at: datetime
) -> Order:
    """
    Place an order of compute with what is ordered beside it, and clear all of it at once, or none.

    It waits for rounds that run meanwhile in its books, and takes the books only once all of it is
    written, as a demand that is matched does: a buyer's own acts never wait in a circle.

    :raises InvalidOrder: if the order names no listing, or too much beside it
    :raises NotBeside: if something does not stand beside the listing, or is not open
    :raises SetRefused: if one of the orders does not clear; nothing is placed then
    :raises OrderKeyReused: if the key stands for an order of other things
    :raises Refusal: as `place_orders`
    """
    listings = _listings(wish, beside)
    wishes = [wish, *(_wish_of(wish, each) for each in beside)]
    keys = {each.key: wish.key for each in wishes[1:]}
    placed = placing.place_orders(
        buyer_id=buyer_id, wishes=wishes, placed_at=placed_at, beside=keys
    )
    first, *companions = placed
    if any(each.beside_id != first.pk for each in companions):
        raise OrderKeyReused(field="key")
    if all(each.state != OrderState.PLACED for each in placed):
        return first  # A retry: it was cleared when it came first.
    cleared = {
        each.pk: each
        for each in clearing.clear_together(order_ids=[o.pk for o in placed], now=placed_at)
    }
    for order in (cleared[each.pk] for each in placed):
        if order.state != OrderState.CLEARED:
            told = REFUSAL_SENTENCES.get(order.refusal_code, NOT_NOW)
            raise SetRefused(
                listing=listings[order.wanted_listing_id].number,
                reason=str(told),
                refusal_code=order.refusal_code,
            )
    return cleared[first.pk]


def _listings(wish: OrderWish, beside: Sequence[OrderedBeside]) -> Mapping[Any, ListingRow]:
    wanted = [each.listing_id for each in beside]
    if wish.listing_id is None or len(set(wanted)) < len(wanted) or len(wanted) > BESIDE_MAX:
        raise InvalidOrder(field="beside", problem=f"a listing, and at most {BESIDE_MAX} beside it")
    known: dict[UUID, ListingRow] = {
        each.pk: each for each in catalog_selectors.beside(wish.listing_id).values()
    }
    if any(pk not in known or known[pk].state != ListingState.OPEN for pk in wanted):
        raise NotBeside(field="beside")
    first: ListingRow = catalog_selectors.listing(wish.listing_id)
    return {first.pk: first} | {pk: known[pk] for pk in wanted}


def _wish_of(wish: OrderWish, beside: OrderedBeside) -> OrderWish:
    """Return the wish of what is ordered beside another: its own key, for the same time."""
    name = hashlib.sha256(f"{wish.key} {beside.listing_id}".encode()).hexdigest()[:32]
    return OrderWish(
        key=f"beside {name}",
        units_milli=beside.units_milli,
        period=wish.period,
        listing_id=beside.listing_id,
        quote_id=beside.quote_id,
        use_vouchers=wish.use_vouchers,
        repeated=beside.repeated,
        project_id=wish.project_id,
        person_id=wish.person_id,
        is_approved=wish.is_approved,
    )
