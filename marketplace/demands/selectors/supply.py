"""Everything that decides a demand, read once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common import tenancy
from common.moments import market_date
from common.period import Period
from identity import relations
from marketplace.catalog import selectors as catalog_selectors
from marketplace.demands import rules
from marketplace.demands.contracts import (
    CANDIDATES_MAX,
    KNOWN_AHEAD,
    MISSES_MAX,
    Candidate,
    DemandTerms,
    ListingFacts,
    MatchSnapshot,
    Need,
    Option,
    Route,
)
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import Collar
from marketplace.orders.selectors.snapshots import refused_relations
from metering.energy import selectors as energy_selectors
from metering.energy.contracts import MonthPue
from pricing import selectors as pricing_selectors
from pricing.paths import WITHIN_A_HUB_MS

FIGURE_MAX: Final = 2**31 - 1


def match_input(
    *,
    demand_id: UUID,
    buyer_id: UUID | None,
    terms: DemandTerms,
    at: datetime,
    seed: str,
    without: Collection[UUID] = (),
) -> MatchSnapshot:
    """
    Return the input of the matching rule: the listings that may serve any option, and what is so.

    Of more listings than `CANDIDATES_MAX` the cheapest by the unit-hour are looked at. Their order
    plays no part in the result. What is taken is known for `KNOWN_AHEAD` longer than was asked.
    Without a buyer nobody is barred.
    Listings in `without` are not looked at: they failed this demand before.
    """
    with tenancy.acting_as_platform():
        found = {each.pk: each for option in terms.options for each in _found(option.need)}
        for listing_id in without:
            found.pop(listing_id, None)
        rows, span = list(found.values()), _span(terms.options, at)
        offers, cards = orders_selectors.offered(rows, span, at=at)
        grid = energy_selectors.grid_book(year=market_date(at).year)
        pues = energy_selectors.latest_pues({each.resource_id for each in rows}, on=market_date(at))
        facts = {each.pk: _facts(each, grid, pues.get(each.resource_id)) for each in rows}
        collars = _collars(found, at=at)
        return MatchSnapshot(
            rule_version=rules.MATCHING_RULE,
            seed=seed,
            at=at,
            demand_id=demand_id,
            terms=terms,
            candidates=tuple(
                Candidate(offer, facts[offer.listing_id], collars.get(offer.listing_id))
                for offer in sorted(offers, key=lambda each: each.listing_id)
            ),
            cards=tuple(sorted(cards, key=lambda each: each.version_id)),
            routes=_routes({each.need.near_hub for each in terms.options}, at=at),
            barred=_barred(buyer_id, {each.provider_id for each in rows}, at=at),
            known_until=span.ends_at,
        )


def _found(need: Need) -> Iterator[Any]:
    """
    Yield the listings that may serve a need, then what is like it in other hubs, then the class.

    The rule asks all of them; the others are there so that each can say what excluded it.
    """
    wanted = sieve(need)
    yield from catalog_selectors.sellable(wanted, limit=CANDIDATES_MAX)
    like = catalog_selectors.Sieve(
        resource_class=need.resource_class, form=need.form, chips=need.chips
    )
    anything = catalog_selectors.Sieve(resource_class=need.resource_class)
    for wider in dict.fromkeys((like, anything)):
        if wider != wanted:
            yield from catalog_selectors.sellable(wider, limit=MISSES_MAX)


def sieve(need: Need) -> catalog_selectors.Sieve:
    """Return what the database looks for; the rule asks all of it again, and the rest."""
    return catalog_selectors.Sieve(
        resource_class=need.resource_class,
        form=need.form,
        chips=need.chips,
        hubs=need.hubs,
        card_memory_min=need.card_memory_gb,
        network_min=need.network_gbps,
        pue_max=need.pue_max,
        verification_min=need.verification_min,
        only=need.only,
        never=need.never,
    )


def _span(options: Iterable[Option], at: datetime) -> Period:
    starts = [min(at.replace(microsecond=0), each.starts_at) for each in options]
    ends = [
        (each.latest_start_at or each.starts_at) + timedelta(seconds=each.seconds)
        for each in options
    ]
    return Period(min(starts), max(*ends, at + timedelta(seconds=1)) + KNOWN_AHEAD)


def _facts(
    listing: Any, grid: energy_selectors.GridBook, measured: MonthPue | None
) -> ListingFacts:
    """
    Return what is known of a listing; its specification is what its provider says.

    Where it says nothing of carbon or power, the published factor of its grid and the published
    power of its chip stand in. The PUE of its centre's latest month stands before the one that it
    says.
    """
    said = listing.resource.specification
    carbon, watts = _figure(said.get("carbon_g_per_kwh")), _figure(said.get("watts_per_unit"))
    return ListingFacts(
        form=listing.form,
        hub=listing.hub,
        opened_at=listing.opened_at,
        card_memory_gb=listing.card_memory_gb,
        cards_per_node=_figure(said.get("cards_per_node")),
        network_gbps=listing.network_gbps,
        pue=listing.pue if measured is None else measured.value,
        verification_level=min(listing.verification_level, listing.resource.verification_level),
        carbon_g_per_kwh=grid.grams_of(listing.resource) if carbon is None else carbon,
        watts_per_unit=grid.watts_of(listing.resource) if watts is None else watts,
    )


def _collars(listings: Mapping[UUID, Any], *, at: datetime) -> dict[UUID, Collar]:
    """Return, by listing, what its book allows a standard hour to cost; any price has no entry."""
    books = {each.book_id for each in listings.values()}
    found = catalog_selectors.collars_in_force(book_ids=books, at=at)
    return {
        key: Collar(found[each.book_id].low, found[each.book_id].high)
        for key, each in listings.items()
        if each.book_id in found
    }


def _figure(value: Any) -> int | None:
    is_figure = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= FIGURE_MAX
    return value if is_figure else None


def _routes(places: Collection[str], *, at: datetime) -> tuple[Route, ...]:
    """Return the paths from the places that are named, each to itself, too."""
    named = sorted(place for place in places if place)
    if not named:
        return ()
    routes = [Route(place, place, WITHIN_A_HUB_MS, WITHIN_A_HUB_MS, "") for place in named]
    for path in pricing_selectors.paths(at=at):
        for place in named:
            if place in (path.hub_a, path.hub_b):
                end = path.seen_from(place)
                routes.append(Route(place, end, path.latency_ms, path.price_per_gb, path.basis))
    return tuple(sorted(routes, key=lambda each: (each.from_hub, each.to_hub)))


def _barred(
    buyer_id: UUID | None, provider_ids: Collection[UUID], *, at: datetime
) -> tuple[UUID, ...]:
    """Return the providers with whom the market lets the buyer not trade."""
    if buyer_id is None:
        return ()
    found = relations.relations(buyer_ids=[buyer_id], provider_ids=provider_ids, on=market_date(at))
    refused = refused_relations()
    return tuple(sorted(pair[1] for pair, relation in found.items() if relation in refused))
