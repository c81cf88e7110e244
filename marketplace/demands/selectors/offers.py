"""What a demand would get now, before it is posted: three honest offers and what there is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from common.ids import uuid7
from marketplace.catalog import selectors as catalog_selectors
from marketplace.demands import rules, terms
from marketplace.demands.contracts import DemandTerms, Match, MatchSnapshot, Preference
from marketplace.demands.selectors.supply import match_input
from marketplace.orders.loads import Load

PREVIEW_SEED: Final = "preview"


@dataclass(frozen=True, slots=True)
class Offered:
    """What one preference would choose: price, energy, carbon and distance of the whole."""

    prefer: str
    listings: tuple[Any, ...]
    units_milli: int
    starts_at: datetime
    ends_at: datetime
    amount_minor: int
    path_minor: int
    watt_hours: int | None
    carbon_g: int | None
    latency_ms: Decimal | None
    option: int
    more_minor: int = 0  # than the cheapest
    more_carbon_g: int | None = None  # than the greenest
    more_ms: Decimal | None = None  # than the nearest

    @property
    def total_minor(self) -> int:
        """Return the price with the path."""
        return self.amount_minor + self.path_minor


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a demand would meet now."""

    offers: tuple[Offered, ...]
    match: Match
    candidates: int
    largest_free_milli: int
    at: datetime


def outlook(*, buyer_id: UUID, wanted: DemandTerms, at: datetime) -> Outlook:
    """
    Return what a demand would get if it were posted now; nothing is set aside.

    :raises InvalidDemand, LimitMissing: if a value breaks its limits
    """
    settled = terms.settled(wanted, at=at)
    input_ = match_input(
        demand_id=uuid7(), buyer_id=buyer_id, terms=settled, at=at, seed=PREVIEW_SEED
    )
    match = rules.clear(input_)
    found = {
        prefer: made
        for prefer, made in rules.offers(input_).items()
        if made.lots and (prefer != Preference.NEAREST or input_.routes)
    }
    names = catalog_selectors.listings(
        {lot.listing_id for made in found.values() for lot in made.lots}
    )
    offers = [_offered(prefer, made, names) for prefer, made in found.items()]
    return Outlook(
        offers=tuple(_compared(offers)),
        match=match,
        candidates=len(input_.candidates),
        largest_free_milli=_largest(input_),
        at=at,
    )


def _offered(prefer: str, made: Match, names: dict[UUID, Any]) -> Offered:
    lots = made.lots
    return Offered(
        prefer=prefer,
        listings=tuple(names[lot.listing_id] for lot in lots),
        units_milli=sum(lot.units_milli for lot in lots),
        starts_at=lots[0].starts_at,
        ends_at=lots[0].ends_at,
        amount_minor=sum(lot.amount_minor for lot in lots),
        path_minor=max(lot.path_minor for lot in lots),
        watt_hours=_all([lot.watt_hours for lot in lots]),
        carbon_g=_all([lot.carbon_g for lot in lots]),
        latency_ms=None
        if any(lot.latency_ms is None for lot in lots)
        else max(lot.latency_ms for lot in lots if lot.latency_ms is not None),
        option=made.option or 0,
    )


def _all(figures: list[int | None]) -> int | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None


def _compared(offers: list[Offered]) -> list[Offered]:
    """Say of each offer what it costs more than the best of the others in each respect."""
    if not offers:
        return []
    cheapest = min(each.total_minor for each in offers)
    carbon = min((each.carbon_g for each in offers if each.carbon_g is not None), default=None)
    near = min((each.latency_ms for each in offers if each.latency_ms is not None), default=None)
    return [
        replace(
            each,
            more_minor=each.total_minor - cheapest,
            more_carbon_g=None
            if each.carbon_g is None or carbon is None
            else each.carbon_g - carbon,
            more_ms=None if each.latency_ms is None or near is None else each.latency_ms - near,
        )
        for each in offers
    ]


def _largest(input_: MatchSnapshot) -> int:
    """Return the largest block that is free of one listing during the first option's period."""
    option = input_.terms.options[0]
    starts_at = max(option.starts_at, input_.at.replace(microsecond=0))
    ends_at = starts_at + timedelta(seconds=option.seconds)
    fits = (
        Load(each.offer).free(starts_at, ends_at)
        for each in input_.candidates
        if each.offer.resource_class == option.need.resource_class
    )
    return max(fits, default=0)
