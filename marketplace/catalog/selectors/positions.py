"""Where a plan's prices stand among comparable listings of others; nobody is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from common.money import EXACT
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing
from pricing.contracts import RateCard, RateUnit
from pricing.rules import headline_price

PROVIDERS_LEAST: Final = 3  # others, before anything is told of their prices
POSITIONS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class MarketPosition:
    """
    A price a unit-hour beside those that others ask for the same; each provider counts once.

    With fewer than `PROVIDERS_LEAST` others nothing is told: figures are None.
    """

    resource_class: str
    chip: str
    unit: str
    price: Decimal
    providers: int | None
    low: Decimal | None
    middle: Decimal | None
    high: Decimal | None
    cheaper: int | None  # providers that ask less


def market_positions(*, provider_id: UUID, plan_id: UUID, card: RateCard) -> list[MarketPosition]:
    """Return where a card would stand for each kind of resource that a plan's listings sell."""
    own = Listing.objects.filter(
        provider_id=provider_id, plan_version__plan_id=plan_id, state=ListingState.OPEN
    )
    kinds: dict[tuple[str, str, str], Decimal | None] = {}
    for listing in own.order_by("seq")[:POSITIONS_MAX]:
        key = (listing.resource_class, listing.chip, listing.capacity_unit)
        kinds.setdefault(key, listing.standard_factor)
    found = []
    for (resource_class, chip, unit), factor in kinds.items():
        price = price_of(card, factor)
        if price is not None:
            others = _cheapest(provider_id, resource_class, chip, unit)
            found.append(_position((resource_class, chip, unit), price, others))
    return found


def price_of(card: RateCard, factor: Decimal | None) -> Decimal | None:
    """Return what a unit-hour costs by the first prices of a card; None if it is not sold so."""
    total, is_known = Decimal(0), False
    for unit, times in ((RateUnit.UNIT_HOUR, Decimal(1)), (RateUnit.STANDARD_HOUR, factor)):
        price = card.single_price(unit)
        if price is not None and times is not None:
            total, is_known = EXACT.add(total, EXACT.multiply(price, times)), True
    return headline_price(total) if is_known else None


def _cheapest(provider_id: UUID, resource_class: str, chip: str, unit: str) -> list[Decimal]:
    """Return the least that each other provider asks, in their order, and no names."""
    rows = (
        Listing.objects.filter(
            state=ListingState.OPEN,
            resource_class=resource_class,
            chip=chip,
            capacity_unit=unit,
            price_per_unit_hour__isnull=False,
        )
        .exclude(provider_id=provider_id)
        .order_by("provider_id", "price_per_unit_hour")
        .distinct("provider_id")
        .values_list("price_per_unit_hour", flat=True)
    )
    return sorted(price for price in rows if price is not None)


def _position(
    kind: tuple[str, str, str], price: Decimal, others: Sequence[Decimal]
) -> MarketPosition:
    resource_class, chip, unit = kind
    if len(others) < PROVIDERS_LEAST:
        return MarketPosition(resource_class, chip, unit, price, None, None, None, None, None)
    return MarketPosition(
        resource_class=resource_class,
        chip=chip,
        unit=unit,
        price=price,
        providers=len(others),
        low=_at(others, 1),
        middle=_at(others, 2),
        high=_at(others, 3),
        cheaper=sum(each < price for each in others),
    )


def _at(prices: Sequence[Decimal], quarter: int) -> Decimal:
    return prices[(len(prices) - 1) * quarter // 4]
