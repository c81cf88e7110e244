"""Where a plan's prices stand among comparable listings of others; nobody is named."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.money import EXACT
from marketplace.catalog import all_in, rules
from marketplace.catalog.contracts import ComparedOrder, ListingState
from marketplace.catalog.models import Listing
from marketplace.catalog.selectors import all_in_prices
from pricing.contracts import RateCard, RateUnit
from pricing.rules import headline_price

PROVIDERS_LEAST: Final = 3  # others, before anything is told of their prices
POSITIONS_MAX: Final = 50
NOTHING_TOLD: Final = (None, None, None, None, None)


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
    is_all_in: bool = False  # by a standard hour of the reference order, not by a unit-hour


# Each other provider counts once, by the least that it asks; nothing is told of too few of them.
_OTHERS: Final = """
    WITH kinds AS (
        SELECT * FROM unnest(%(place)s::int[], %(class)s::text[], %(chip)s::text[],
            %(unit)s::text[], %(price)s::numeric[])
            AS kind (place, resource_class, chip, capacity_unit, price)
    ), asked AS (
        SELECT kinds.place, listing.provider_id,
            min(CASE WHEN %(all_in)s THEN whole.per_standard_hour
                ELSE listing.price_per_unit_hour END) AS price
        FROM kinds JOIN catalog_listing listing USING (resource_class, chip, capacity_unit)
        LEFT JOIN catalog_allinprice whole ON %(all_in)s AND whole.listing_id = listing.id
            AND whole.place = '' AND whole.price_group = ''
        WHERE listing.state = %(open)s AND listing.provider_id <> %(provider)s
            AND CASE WHEN %(all_in)s THEN whole.per_standard_hour
                ELSE listing.price_per_unit_hour END IS NOT NULL
            AND listing.community_rule_id IS NULL
        GROUP BY kinds.place, listing.provider_id
    ), sorted AS (
        SELECT place, array_agg(price ORDER BY price) AS prices FROM asked GROUP BY place
        HAVING count(*) >= %(least)s
    )
    SELECT place, cardinality(prices), prices[(cardinality(prices) - 1) / 4 + 1],
        prices[(cardinality(prices) - 1) * 2 / 4 + 1],
        prices[(cardinality(prices) - 1) * 3 / 4 + 1],
        (SELECT count(*) FROM unnest(prices) AS each WHERE each < kinds.price)
    FROM sorted JOIN kinds USING (place)
"""


def market_positions(*, provider_id: UUID, plan_id: UUID, card: RateCard) -> list[MarketPosition]:
    """
    Return where a card would stand for each kind of resource that a plan's listings sell.

    It reads columns of at most `POSITIONS_MAX` listings, and one statement tells of all others.
    """
    own = Listing.objects.filter(
        provider_id=provider_id, plan_version__plan_id=plan_id, state=ListingState.OPEN
    ).order_by("seq")
    kinds: dict[tuple[str, str, str], Decimal] = {}
    for *kind, factor in own.values_list(
        "resource_class", "chip", "capacity_unit", "standard_factor"
    )[:POSITIONS_MAX]:
        resource_class, chip, unit = kind
        price = price_of(rules.card_of(card, capacity_unit=unit), factor)
        if price is not None:
            kinds.setdefault((resource_class, chip, unit), price)
    others = _others(provider_id, kinds)
    return [
        MarketPosition(*kind, price, *others.get(place, NOTHING_TOLD))
        for place, (kind, price) in enumerate(kinds.items())
    ]


def all_in_positions(
    *, provider_id: UUID, plan_id: UUID, card: RateCard, at: datetime
) -> list[MarketPosition]:
    """
    Return where a card would stand by the all-in price of the reference order in force.

    What others ask is their list price where their listing stands; who is told, and from how many
    on, is as of `market_positions`.
    """
    reference = all_in_prices.reference_in_force(at=at)
    if reference is None:
        return []
    own = (
        Listing.objects.filter(
            provider_id=provider_id,
            plan_version__plan_id=plan_id,
            state=ListingState.OPEN,
            standard_factor__isnull=False,
        )
        .select_related("book")
        .defer("search_text", "search_grams")
        .order_by("seq")
    )
    kinds: dict[tuple[str, str, str], Decimal] = {}
    for listing in own[:POSITIONS_MAX]:
        kind = (listing.resource_class, listing.chip, listing.capacity_unit)
        price = None if kind in kinds else _all_in(listing, card, reference, at)
        if price is not None:
            kinds[kind] = price
    others = _others(provider_id, kinds, is_all_in=True)
    return [
        replace(MarketPosition(*kind, price, *others.get(place, NOTHING_TOLD)), is_all_in=True)
        for place, (kind, price) in enumerate(kinds.items())
    ]


def _all_in(
    listing: Listing, card: RateCard, reference: ComparedOrder, at: datetime
) -> Decimal | None:
    """Return what the reference order would come to at a listing under a card, by its hour."""
    terms = listing.terms()
    milli, seconds = all_in.fitted(
        reference, terms, listing.least, resource_class=listing.resource_class
    )
    return all_in.reference_price(
        card,
        terms,
        units_milli=milli,
        seconds=seconds,
        begins=all_in.next_begin(reference, at),
        asked=all_in.WhoAsks(green=reference.green),
    ).per_standard_hour


def _others(
    provider_id: UUID, kinds: Mapping[tuple[str, str, str], Decimal], *, is_all_in: bool = False
) -> dict[int, tuple[int, Decimal, Decimal, Decimal, int]]:
    """Return by place of its kind: how many others, a low, middle and high price, how many less."""
    if not kinds:
        return {}
    classes, chips, units = zip(*kinds, strict=True)
    values: dict[str, Any] = {
        "place": list(range(len(kinds))),
        "class": list(classes),
        "chip": list(chips),
        "unit": list(units),
        "price": list(kinds.values()),
        "open": ListingState.OPEN.value,
        "provider": provider_id,
        "least": PROVIDERS_LEAST,
        "all_in": is_all_in,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, values)
        return {place: tuple(told) for place, *told in cursor.fetchall()}


def price_of(card: RateCard, factor: Decimal | None) -> Decimal | None:
    """Return what a unit-hour costs by the first prices of a card; None if it is not sold so."""
    total, is_known = Decimal(0), False
    for unit, times in ((RateUnit.UNIT_HOUR, Decimal(1)), (RateUnit.STANDARD_HOUR, factor)):
        price = rules.first_price(card, unit)
        if price is not None and times is not None:
            total, is_known = EXACT.add(total, EXACT.multiply(price, times)), True
    return headline_price(total) if is_known else None
