"""What else could be ordered for what a quote is for: the cheapest, the greenest, the nearest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from common.ids import uuid7
from common.moments import parse_moment
from common.period import Period
from gateway.sensing import pathways
from gateway.sensing.contracts import PlaceUnknown
from identity import selectors as identity_selectors
from marketplace.catalog import selectors as catalog_selectors
from marketplace.demands import rules, terms
from marketplace.demands.contracts import (
    REASONS,
    DemandTerms,
    Lot,
    Match,
    MatchSnapshot,
    Need,
    Obstacle,
    Option,
    Preference,
)
from marketplace.demands.selectors.supply import match_input
from marketplace.orders.contracts import UNIT_OF_CLASS
from pricing import selectors as pricing_selectors

SEED: Final = "alternatives"
BEGUN: Final = "begun"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A listing that would be chosen now for what a quote is for, and by which preferences."""

    prefers: tuple[str, ...]
    listing: Any
    units_milli: int
    period: Period
    amount_minor: int
    more_minor: int  # than the quote; below nothing it is cheaper
    watt_hours: int | None
    carbon_g: int | None
    latency_ms: Decimal | None  # there and back, from the buyer's hub
    price_per_gb: Decimal | None  # of the path, in yuan
    is_quoted: bool  # the quote's own listing


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What else there is, from which hub paths are told, or why there is nothing."""

    offers: tuple[Alternative, ...]
    near_hub: str
    why_none: str  # a code of `REASONS`, or that the time has begun; empty where there is some
    at: datetime

    @property
    def others(self) -> tuple[Alternative, ...]:
        """Return the offers of other listings than the quote's."""
        return tuple(each for each in self.offers if not each.is_quoted)


def alternatives_to(
    *, subject: Mapping[str, Any], gross_minor: int, at: datetime, buyer_id: UUID | None = None
) -> Alternatives:
    """
    Return what the market offers now for the amount, the chip and the time of a quote.

    Every offer could be ordered now: it is open, has room for the whole time, and a price. Without
    a buyer it is what anybody is offered; with one, neither its own listings nor those of providers
    with whom it may not trade. Nearest is what is so to the buyer. Nothing is set aside.
    """
    listing = catalog_selectors.listing(UUID(subject["listing_id"]))
    near_hub = _place(buyer_id)
    period = Period(*(parse_moment(subject[name]) for name in ("starts_at", "ends_at")))
    if period.starts_at < at:
        return Alternatives((), near_hub, BEGUN, at)
    if listing.capacity_unit != UNIT_OF_CLASS.get(listing.resource_class):
        # A token a second, or a gigabyte, is no card: nothing else is counted alike.
        return Alternatives((), near_hub, Obstacle.UNIT, at)
    need = Need(
        resource_class=listing.resource_class,
        chips=(listing.chip,) if listing.chip else (),
        near_hub=near_hub,
        never=() if buyer_id is None else (buyer_id,),
    )
    option = Option(
        need=need,
        units_milli=subject["units_milli"],
        starts_at=period.starts_at,
        seconds=period.microseconds // 1_000_000,
        # Exactly then: another time is another need.
        latest_start_at=period.starts_at,
    )
    wanted = terms.settled(DemandTerms(options=(option,), at_market_price=True), at=at)
    input_ = match_input(demand_id=uuid7(), buyer_id=buyer_id, terms=wanted, at=at, seed=SEED)
    found = {
        prefer: match.lots[0]
        for prefer, match in rules.offers(input_).items()
        if len(match.lots) == 1 and (prefer != Preference.NEAREST or input_.routes)
    }
    offers = _offers(found, input_, gross_minor=gross_minor, quoted=listing.pk)
    return Alternatives(offers, near_hub, "" if offers else _why(rules.clear(input_)), at)


def alternatives_of_quote(*, quote_id: UUID, buyer_id: UUID, at: datetime) -> Alternatives:
    """
    Return what else a buyer could order now for what one of its quotes is for.

    :raises NotFound: if there is none, or it is someone else's
    """
    quote = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
    return alternatives_to(
        subject=quote.subject, gross_minor=quote.gross_minor, at=at, buyer_id=buyer_id
    )


def _place(buyer_id: UUID | None) -> str:
    """Return the hub at or nearest to the buyer; nothing where nobody said where it is."""
    if buyer_id is None:
        return ""
    buyer = identity_selectors.organizations({buyer_id})[buyer_id]
    try:
        return pathways.near(f"region:{buyer.region}", "from").hub
    except PlaceUnknown:
        return ""


def _offers(
    found: Mapping[str, Lot], input_: MatchSnapshot, *, gross_minor: int, quoted: UUID
) -> tuple[Alternative, ...]:
    """Return each chosen listing once, in the order of the preferences."""
    chosen: dict[UUID, list[str]] = {}
    lots: dict[UUID, Lot] = {}
    for prefer, lot in found.items():
        chosen.setdefault(lot.listing_id, []).append(prefer)
        lots[lot.listing_id] = lot
    listings = catalog_selectors.listings(lots)
    by_hub = {route.to_hub: route.price_per_gb for route in input_.routes}
    return tuple(
        Alternative(
            prefers=tuple(chosen[key]),
            listing=listings[key],
            units_milli=lot.units_milli,
            period=Period(lot.starts_at, lot.ends_at),
            amount_minor=lot.amount_minor,
            more_minor=lot.amount_minor - gross_minor,
            watt_hours=lot.watt_hours,
            carbon_g=lot.carbon_g,
            latency_ms=lot.latency_ms,
            price_per_gb=by_hub.get(listings[key].hub),
            is_quoted=key == quoted,
        )
        for key, lot in lots.items()
    )


def _why(match: Match) -> str:
    return match.code if match.code in REASONS else "no_eligible_listing"
