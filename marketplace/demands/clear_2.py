"""
The rule `clear-2`: which listings serve a demand, over one hub or many. Pure, and frozen.

Alternatives are tried in the buyer's order, and the first that can be filled is taken. Of each,
every listing is asked the predicates of `Obstacle` in their order; what is not known is not
eligible where it is asked for. The eligible are ranked by what the buyer prefers, then by this
order's price (path included), quality, carbon, age, and lots that the seed draws. What is not known
comes last.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from common.errors import InvalidInput
from marketplace.demands import predicates
from marketplace.demands.contracts import (
    LOTS_MAX,
    STARTS_MAX,
    Candidate,
    ListingAnswer,
    Lot,
    Match,
    MatchSnapshot,
    Obstacle,
    Option,
    Preference,
    Route,
    Tried,
)
from marketplace.orders.loads import Load
from marketplace.orders.lots import draw
from marketplace.orders.rating import price
from pricing.contracts import NotMeasured

NAME: Final = "clear-2"
HOUR: Final = 3600
UNKNOWN: Final = (1, Fraction(0))


def clear(snapshot: MatchSnapshot) -> Match:
    """Return which option is filled from which listings, or why none is."""
    assert snapshot.rule_version == NAME
    tried: list[Tried] = []
    for number, option in enumerate(snapshot.terms.options):
        search = _Search(snapshot, option)
        lots = search.lots()
        tried.append(search.told)
        if lots:
            return Match(option=number, lots=lots, tried=tuple(tried))
    return Match(option=None, lots=(), tried=tuple(tried))


def look(
    snapshot: MatchSnapshot, option: Option, begins_at: datetime | None = None
) -> tuple[ListingAnswer, ...]:
    """
    Return what each listing answers to an option: those that could serve first, by their rank.

    Then come the others, the nearest misses first. Of a divisible option each is asked for as much
    as it has at a moment.
    """
    return _Search(snapshot, option).answers(begins_at)


class _Search:
    """One option of one demand against all candidates."""

    def __init__(self, snapshot: MatchSnapshot, option: Option) -> None:
        self._snapshot, self._option = snapshot, option
        self._cards = {card.version_id: card for card in snapshot.cards}
        self._routes = {
            route.to_hub: route
            for route in snapshot.routes
            if route.from_hub == option.need.near_hub
        }
        self._bars: Counter[str] = Counter()
        self._minor: dict[tuple[Any, ...], int | None] = {}
        earliest = max(option.starts_at, _next_second(snapshot.at))
        latest = option.latest_start_at or option.starts_at
        self._window = (earliest, max(latest, option.starts_at))
        self._eligible = [each for each in snapshot.candidates if self._is_eligible(each)]
        self._loads = {each.offer.listing_id: Load(each.offer) for each in self._eligible}

    @property
    def told(self) -> Tried:
        """Return why the option was not filled: the bar that the best listing failed at."""
        order = [str(each) for each in Obstacle]
        code = max(self._bars, key=order.index, default="no_eligible_listing")
        if self._window[0] > self._window[1]:
            code = "period_over"
        barred = {each: self._bars[each] for each in order if self._bars[each]}
        return Tried(code=code, eligible=len(self._eligible), barred=barred)

    def lots(self) -> tuple[Lot, ...]:
        """Return the lots that fill the option; none if nothing does."""
        if self._window[0] > self._window[1]:
            return ()
        if self._option.least_milli is None:
            return self._whole()
        return self._divided()

    def _is_eligible(self, candidate: Candidate) -> bool:
        bar = predicates.why_not(self._snapshot, self._option, candidate, self._routes)
        if bar is not None:
            self._bars[bar] += 1
        return bar is None

    def answers(self, begins_at: datetime | None) -> tuple[ListingAnswer, ...]:
        order, seed = [str(each) for each in Obstacle], self._snapshot.seed
        able, barred = [], []
        for candidate in self._snapshot.candidates:
            answer = self._answer(candidate, begins_at)
            if isinstance(answer, Lot):
                able.append((self._rank(candidate, answer), ListingAnswer(candidate, answer)))
            else:
                lot = draw(seed, candidate.offer.listing_id)
                place = (-order.index(answer), lot)
                barred.append((place, ListingAnswer(candidate, None, str(answer))))
        able.sort(key=lambda each: each[0])
        barred.sort(key=lambda each: each[0])
        return (*(each for _rank, each in able), *(each for _place, each in barred))

    def _answer(self, candidate: Candidate, begins_at: datetime | None) -> Lot | Obstacle:
        bar = predicates.why_not(self._snapshot, self._option, candidate, self._routes)
        if bar is not None:
            return bar
        if self._option.least_milli is None:
            return self._first_lot(candidate, self._option.units_milli)
        starts_at = begins_at or self._window[0]
        ends_at = starts_at + timedelta(seconds=self._option.seconds)
        free = self._loads[candidate.offer.listing_id].free(starts_at, ends_at)
        milli = self._in_steps(candidate, free)
        return self._lot(candidate, starts_at, milli) if milli else Obstacle.NO_ROOM

    # --- All or none: one listing, at the earliest start at which it has room --------------------
    def _whole(self) -> tuple[Lot, ...]:
        ranked = []
        for candidate in self._eligible:
            lot = self._first_lot(candidate, self._option.units_milli)
            if isinstance(lot, Lot):
                ranked.append((self._rank(candidate, lot), lot))
            else:
                self._bars[lot] += 1
        return (min(ranked, key=lambda each: each[0])[1],) if ranked else ()

    def _first_lot(self, candidate: Candidate, milli: int) -> Lot | Obstacle:
        reason = Obstacle.NOT_OFFERED
        for starts_at in self._starts([candidate]):
            lot = self._lot(candidate, starts_at, milli)
            if isinstance(lot, Lot):
                return lot
            reason = lot
        return reason

    # --- Divisible: at the earliest start at which the minimum is met, best listings first -------
    def _divided(self) -> tuple[Lot, ...]:
        for starts_at in self._starts(self._eligible):
            lots = self._at(starts_at)
            if sum(lot.units_milli for lot in lots) >= (self._option.least_milli or 0):
                return lots
        if not self._bars[Obstacle.LIMIT]:
            self._bars[Obstacle.NO_ROOM] += 1
        return ()

    def _at(self, starts_at: datetime) -> tuple[Lot, ...]:
        """Return what is taken where the option begins at a moment."""
        ends_at = starts_at + timedelta(seconds=self._option.seconds)
        ranked = []
        for candidate in self._eligible:
            free = self._loads[candidate.offer.listing_id].free(starts_at, ends_at)
            lot = self._lot(candidate, starts_at, self._in_steps(candidate, free))
            if isinstance(lot, Lot):
                ranked.append((self._rank(candidate, lot), candidate))
        left, lots = self._option.units_milli, list[Lot]()
        for _rank, candidate in sorted(ranked, key=lambda each: each[0]):
            free = self._loads[candidate.offer.listing_id].free(starts_at, ends_at)
            lot = self._lot(candidate, starts_at, self._in_steps(candidate, min(free, left)))
            if isinstance(lot, Lot) and self._fits(lots, lot):
                lots.append(lot)
                left -= lot.units_milli
            if not left or len(lots) == LOTS_MAX:
                break
        return tuple(lots)

    def _in_steps(self, candidate: Candidate, milli: int) -> int:
        wanted = min(milli, self._option.units_milli)
        return wanted - wanted % candidate.offer.step_milli

    def _fits(self, lots: Sequence[Lot], lot: Lot) -> bool:
        most = self._option.limit.max_amount_minor
        return most is None or sum(each.amount_minor for each in (*lots, lot)) <= most

    # --- What both ways ask ----------------------------------------------------------------------
    def _starts(self, candidates: Sequence[Candidate]) -> Iterator[datetime]:
        """Yield the moments at which something may become free, the earliest first."""
        earliest, latest = self._window
        moments = {earliest}
        for candidate in candidates:
            offer = candidate.offer
            ends = (taken.ends_at for taken in offer.taken)
            moments |= {at for at in (*ends, offer.available_from) if earliest < at <= latest}
        yield from sorted(moments)[:STARTS_MAX]

    def _lot(self, candidate: Candidate, starts_at: datetime, milli: int) -> Lot | Obstacle:
        offer, option = candidate.offer, self._option
        ends_at = starts_at + timedelta(seconds=option.seconds)
        bar = predicates.why_not_then(offer, starts_at, ends_at, milli, option.seconds)
        if bar is not None:
            return bar
        if self._loads[offer.listing_id].free(starts_at, ends_at) < milli:
            return Obstacle.NO_ROOM
        minor = self._price(candidate, milli, starts_at)
        if minor is None:
            return Obstacle.NO_PRICE
        bar = predicates.why_price_not_allowed(option, candidate, milli, minor)
        if bar := bar or predicates.why_too_dear(option, offer, milli, minor):
            return bar
        route = self._routes.get(candidate.facts.hub)
        watt_hours = _watt_hours(candidate, milli, option.seconds)
        carbon = candidate.facts.carbon_g_per_kwh
        return Lot(
            listing_id=offer.listing_id,
            starts_at=starts_at,
            ends_at=ends_at,
            units_milli=milli,
            amount_minor=minor,
            path_minor=_path_minor(route, self._snapshot.terms.data_gb),
            latency_ms=None if route is None else route.latency_ms,
            watt_hours=watt_hours,
            carbon_g=None if carbon is None or watt_hours is None else watt_hours * carbon // 1000,
        )

    def _price(self, candidate: Candidate, milli: int, starts_at: datetime) -> int | None:
        """Return what an amount costs at a listing; nothing where its plan has no figure for it."""
        offer = candidate.offer
        card = self._cards[offer.plan_version_id]
        when = None if card.terms is None else (starts_at, offer.facts)
        key = (offer.plan_version_id, offer.factor, offer.rule_version_id, milli, when)
        if key not in self._minor:
            try:
                lines = price(
                    card,
                    units_milli=milli,
                    seconds=self._option.seconds,
                    factor=offer.factor,
                    rule_version_id=offer.rule_version_id,
                    starts_at=starts_at,
                    facts=offer.facts,
                )
                self._minor[key] = sum(line.amount_minor for line in lines)
            except (NotMeasured, InvalidInput):
                self._minor[key] = None
        return self._minor[key]

    def _rank(self, candidate: Candidate, lot: Lot) -> tuple[Any, ...]:
        """Return the place of a listing for this order: the smaller, the better."""
        facts = candidate.facts
        asks = Fraction(lot.amount_minor + lot.path_minor, lot.units_milli)
        carbon = _known(facts.carbon_g_per_kwh)
        first: dict[str, tuple[Any, ...]] = {
            Preference.CHEAPEST: (),
            Preference.GREENEST: (_dirt(candidate), _known(facts.pue)),
            Preference.NEAREST: (_known(lot.latency_ms),),
        }
        quality = UNKNOWN if facts.quality is None else (0, Fraction(-facts.quality))
        return (
            *first[self._snapshot.terms.prefer],
            asks,
            quality,
            carbon,
            facts.opened_at,
            draw(self._snapshot.seed, candidate.offer.listing_id),
        )


def offers(snapshot: MatchSnapshot) -> dict[str, Match]:
    """Return what each preference would choose, everything else being equal."""
    return {
        str(each): clear(replace(snapshot, terms=replace(snapshot.terms, prefer=str(each))))
        for each in Preference
    }


def _known(value: Decimal | int | None) -> tuple[int, Fraction]:
    return UNKNOWN if value is None else (0, Fraction(value))


def _dirt(candidate: Candidate) -> tuple[int, Fraction]:
    """Return the grams of CO2 of a kilowatt-hour at the card: of the grid, times the PUE."""
    facts = candidate.facts
    if facts.carbon_g_per_kwh is None:
        return UNKNOWN
    return (0, Fraction(facts.carbon_g_per_kwh) * Fraction(facts.pue or 1))


def _watt_hours(candidate: Candidate, milli: int, seconds: int) -> int | None:
    """Return the energy that the whole takes from the grid; nothing where a figure is missing."""
    facts = candidate.facts
    if facts.watts_per_unit is None or facts.pue is None:
        return None
    drawn = Fraction(facts.watts_per_unit) * milli * seconds * Fraction(facts.pue)
    return int(drawn / (1000 * HOUR))


def _path_minor(route: Route | None, data_gb: int) -> int:
    """Return what moving the data costs, rounded up to a fen."""
    return 0 if route is None else -int(-route.price_per_gb * data_gb * 100 // 1)


def _next_second(at: datetime) -> datetime:
    whole = at.replace(microsecond=0)
    return whole if whole == at else whole + timedelta(seconds=1)


def listings_of(match: Match) -> list[UUID]:
    """Return the listings that serve."""
    return [lot.listing_id for lot in match.lots]
