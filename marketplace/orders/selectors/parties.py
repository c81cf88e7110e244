"""Who the two parties of an order are, also while it waits at a listing that its buyer named."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Coalesce

from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order


@dataclass(frozen=True, slots=True)
class OrderParties:
    """The parties of an order, and where it stands; no provider where none is known yet."""

    order_id: UUID
    number: str
    buyer_id: UUID
    provider_id: UUID | None
    is_matched: bool  # it was cleared at a listing: its provider sees it
    state: OrderState
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    listing_id: UUID | None
    units_milli: int


def parties_of(order_id: UUID) -> OrderParties | None:
    """Return the parties of an order; none where there is no such order. Ask as the platform."""
    row = (
        Order.objects.filter(pk=order_id)
        .annotate(party_id=Coalesce("provider_id", "wanted_listing__provider_id"))
        .values_list(
            *("number", "buyer_id", "party_id", "provider_id", "state"),
            *("starts_at", "ends_at", "closed_at", "listing_id", "units_milli"),
        )
        .first()
    )
    if row is None:
        return None
    number, buyer_id, party_id, provider_id, state, *rest = row
    return OrderParties(
        order_id=order_id,
        number=number,
        buyer_id=buyer_id,
        provider_id=party_id,
        is_matched=provider_id is not None,
        state=OrderState(state),
        starts_at=rest[0],
        ends_at=rest[1],
        closed_at=rest[2],
        listing_id=rest[3],
        units_milli=rest[4],
    )
