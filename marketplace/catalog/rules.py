"""Pure decisions of the catalog: states, who gets capacity, what a use is measured as, search."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from common.money import EXACT
from common.period import Period
from identity.contracts import CapacityUnit
from identity.identifiers import regions
from marketplace.catalog.contracts import (
    Allocated,
    AllocationRefusal,
    AllocationRequest,
    CapacityRefused,
    ListingClosed,
    ListingEvent,
    ListingState,
    ListingStateRefused,
    ListingTerms,
    OutsideAvailability,
    OwnListing,
    RefusedRequest,
    RoundAbsence,
)
from marketplace.catalog.least import Least
from marketplace.catalog.price_facts import sold_as
from marketplace.catalog.timeline import Slot, Timeline
from marketplace.catalog.words import normal
from metering import units as metering_units
from pricing import rate_4
from pricing import rules as pricing_rules
from pricing.contracts import TOKEN_KINDS, Measure, RateCard, RateUnit
from pricing.plan_models import PlanModel

TRANSITIONS: Final = {
    (ListingState.OPEN, ListingEvent.PAUSED): ListingState.PAUSED,
    (ListingState.PAUSED, ListingEvent.RESUMED): ListingState.OPEN,
    (ListingState.OPEN, ListingEvent.CLOSED): ListingState.CLOSED,
    (ListingState.PAUSED, ListingEvent.CLOSED): ListingState.CLOSED,
}
GRAM_LENGTH: Final = 2
NUMBER: Final = re.compile(r"L-([0-9]{6,18})", re.ASCII)
MILLI: Final = Decimal(1000)
STANDARD_DIGITS: Final = Decimal("1e-9")


def next_state(state: ListingState, event: ListingEvent) -> ListingState:
    """
    Return where an event leads.

    :raises ListingStateRefused: if it cannot happen in that state
    """
    if (state, event) not in TRANSITIONS:
        raise ListingStateRefused(state=str(state.label))
    return TRANSITIONS[state, event]


# --- Capacity ----------------------------------------------------------------------------------
def allocate(
    requests: Sequence[AllocationRequest],
    *,
    terms: Mapping[UUID, ListingTerms],
    slots: Iterable[Slot],
) -> tuple[Allocated, list[Timeline]]:
    """
    Give capacity to requests one after the other, each all or none.

    The order of the requests decides who comes first, so the same snapshot gives the same fills.
    """
    timelines = timelines_for(requests, terms=terms, slots=slots)
    allocated: list[UUID] = []
    refused: list[RefusedRequest] = []
    for request in requests:
        found = terms.get(request.listing_id)
        reason = refusal_by_terms(found, request.period)
        timeline = timelines.get(request.listing_id)
        if reason is None and timeline is not None:
            if timeline.free(request.period) < request.milli:
                reason = AllocationRefusal.CAPACITY_EXHAUSTED
            else:
                timeline.take(request.period, request.milli)
        if reason is None:
            allocated.append(request.order_id)
        else:
            refused.append(RefusedRequest(request.order_id, reason))
    return Allocated(tuple(allocated), tuple(refused)), list(timelines.values())


def refusal_by_terms(terms: ListingTerms | None, period: Period) -> AllocationRefusal | None:
    """Return why a listing cannot serve a period whatever its capacity, or nothing."""
    if terms is None or terms.state != ListingState.OPEN:
        return AllocationRefusal.LISTING_CLOSED
    if period.starts_at < terms.available_from:
        return AllocationRefusal.OUTSIDE_AVAILABILITY
    if terms.available_until is not None and period.ends_at > terms.available_until:
        return AllocationRefusal.OUTSIDE_AVAILABILITY
    return None


def require_offered(
    terms: ListingTerms, least: Least, *, buyer_id: UUID, milli: int, period: Period
) -> None:
    """
    Check that a listing could ever serve an order; its price is another matter.

    :raises OwnListing: if the buyer offers it itself
    :raises ListingClosed, OutsideAvailability: if it is not offered then
    :raises CapacityRefused: if it never offers that much
    :raises TooLittle: if it offers no order that small
    """
    if terms.provider_id == buyer_id:
        raise OwnListing(field="listing_id")
    reason = refusal_by_terms(terms, period)
    if reason == AllocationRefusal.LISTING_CLOSED:
        raise ListingClosed(field="listing_id")
    if reason is not None:
        raise OutsideAvailability(field="starts_at")
    if milli > terms.total_milli:
        raise CapacityRefused(field="units_milli")
    if too_little := least.refusal(milli=milli, seconds=period.microseconds // 1_000_000):
        raise too_little


def spans(requests: Iterable[AllocationRequest]) -> dict[UUID, Period]:
    """Return for each listing the stretch of time that holds everything asked of it."""
    found: dict[UUID, Period] = {}
    for request in requests:
        span = found.get(request.listing_id, request.period)
        found[request.listing_id] = Period(
            min(span.starts_at, request.period.starts_at), max(span.ends_at, request.period.ends_at)
        )
    return found


def timelines_for(
    requests: Sequence[AllocationRequest],
    *,
    terms: Mapping[UUID, ListingTerms],
    slots: Iterable[Slot],
) -> dict[UUID, Timeline]:
    """Return a timeline for each known listing, over all that is asked of it."""
    by_listing: dict[UUID, list[Slot]] = {}
    for slot in slots:
        by_listing.setdefault(slot.listing_id, []).append(slot)
    return {
        listing_id: Timeline(
            listing_id=listing_id,
            seq=terms[listing_id].seq,
            total_milli=terms[listing_id].total_milli,
            span=span,
            slots=by_listing.get(listing_id, ()),
        )
        for listing_id, span in spans(requests).items()
        if listing_id in terms
    }


def place_of(region: str) -> str:
    """Return the code of the hub cluster that a region is in, or else of its province."""
    hub = regions.hub_of(region)
    return hub.code if hub else f"{region[:2]}0000"


# --- What a use is measured as -----------------------------------------------------------------
BYTES_PER_GBPS_SECOND: Final = metering_units.BOUNDS["byte"].per_second
API_TOKEN: Final = "api-token"  # noqa: S105 - a unit, not a secret
# What a plan may charge by beside hours, by the unit of the resource.
OWN_UNITS: Final[Mapping[str, tuple[RateUnit, ...]]] = {
    CapacityUnit.GB: (RateUnit.GB_MONTH,),
    CapacityUnit.GBPS: (RateUnit.GB_MOVED,),
    CapacityUnit.TPS: (RateUnit.KTOKEN,),
}


def measures(unit: str, *, capacity_unit: str) -> bool:
    """Return whether a rule that counts in a unit is one for storage, or a network, or neither."""
    bound = metering_units.bound_of(unit)
    of = bound.of if bound else ""
    return of == capacity_unit or not {of, capacity_unit} & OWN_UNITS.keys()


def fits(unit: RateUnit, *, capacity_unit: str, measured_in: str) -> bool:
    """Return whether a plan may charge by a unit, for a resource whose rule measures so."""
    if measured_in == "byte":
        return unit == RateUnit.GB_MOVED
    if measured_in == API_TOKEN:
        return unit == RateUnit.KTOKEN or unit in TOKEN_KINDS
    if unit in (RateUnit.GB_MONTH, RateUnit.GB_MOVED):
        return unit in OWN_UNITS.get(capacity_unit, ()) and measured_in == "gb-second"
    return unit == RateUnit.UNIT_HOUR or capacity_unit not in OWN_UNITS


def card_of(card: RateCard, *, capacity_unit: str) -> RateCard:
    """Return what of a plan is the price of such capacity, where it prices several things."""
    return rate_4.of_what_is_sold(card, sold_as(capacity_unit))


def measure_for(terms: ListingTerms, *, milli: int, period: Period) -> Measure:
    """Return what using capacity for a whole period will be measured as by the listing's rule."""
    unit_seconds = EXACT.divide(
        Decimal(milli) * Decimal(period.microseconds), MILLI * Decimal(1_000_000)
    )
    return measure_of(
        unit_seconds,
        factor=terms.standard_factor,
        rule_version_id=terms.rule_version_id,
        units=OWN_UNITS.get(terms.capacity_unit, ()),
        spread=period,
        facts=terms.facts,
    )


def measure_of(
    unit_seconds: Decimal,
    *,
    factor: Decimal | None,
    rule_version_id: UUID,
    units: Iterable[RateUnit] = (),
    spread: Period | None = None,
    facts: tuple[tuple[str, str], ...] = (),
) -> Measure:
    """
    Return unit-seconds in hours, and in standard hours where a factor is known.

    `spread` is when they are used, evenly; `facts` are of the resource.
    `units` are those of storage, networks and APIs that are wanted beside: what they yield at most.
    """
    quantities = {RateUnit.UNIT_HOUR: pricing_rules.unit_hours(unit_seconds)}
    for unit in units:
        if unit == RateUnit.GB_MONTH:
            quantities[unit] = pricing_rules.gb_months(unit_seconds)
        elif unit == RateUnit.GB_MOVED:
            most = EXACT.multiply(unit_seconds, BYTES_PER_GBPS_SECOND)
            quantities[unit] = pricing_rules.gb_moved(most)
        elif unit == RateUnit.KTOKEN:
            quantities[unit] = pricing_rules.ktokens(unit_seconds)  # a token a second each
    if factor is not None:
        standard = EXACT.divide(
            EXACT.multiply(unit_seconds, factor), pricing_rules.SECONDS_PER_HOUR
        )
        quantities[RateUnit.STANDARD_HOUR] = standard.quantize(STANDARD_DIGITS, context=EXACT)
    return Measure(
        quantities=quantities, rule_version_id=rule_version_id, spread=spread, facts=facts
    )


def is_free(lines: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether all that the lines of a price count is priced at nothing."""
    return not any(Decimal(line["raw_amount"]) for line in lines)


def first_price(card: RateCard, unit: RateUnit) -> Decimal | None:
    """Return what a unit costs at first; of prepaid hours, its share of what all of them cost."""
    price = card.single_price(unit)
    for part in card.terms.parts if card.terms else ():
        if part.model == PlanModel.PREPAID and part.unit == unit and price is not None:
            share = EXACT.divide(part.price, part.tiers[-1].starts_from)
            price = pricing_rules.headline_price(EXACT.add(price, share))
    return price


def headline_prices(
    card: RateCard, factor: Decimal | None, *, capacity_unit: str
) -> dict[str, Any]:
    """
    Return the prices that a listing shows, from its plan's first tiers for what it sells.

    A plan charges by one unit; the price by the other follows from the factor where there is one,
    rounded for show. A prepaid hour costs its share of what all of them cost.
    """
    card = card_of(card, capacity_unit=capacity_unit)
    by_standard = first_price(card, RateUnit.STANDARD_HOUR)
    by_unit = first_price(card, RateUnit.UNIT_HOUR)
    if factor is not None and by_standard is None and by_unit is not None:
        by_standard = pricing_rules.headline_price(EXACT.divide(by_unit, factor))
    elif factor is not None and by_unit is None and by_standard is not None:
        by_unit = pricing_rules.headline_price(EXACT.multiply(by_standard, factor))
    first = card.components[0]
    return {
        "headline_unit": first.unit,
        "headline_price": first_price(card, first.unit),
        "price_per_standard_hour": by_standard,
        "price_per_unit_hour": by_unit,
    }


def round_absence(factor: Decimal | None, by_standard: Decimal | None) -> RoundAbsence | None:
    """Return why a listing of such figures takes part in no call round, if it does not."""
    if factor is None:
        return RoundAbsence.NO_FACTOR
    return RoundAbsence.OTHER_UNIT if by_standard is None else None


# --- Search ------------------------------------------------------------------------------------
def seq_of(number: str) -> int | None:
    """Return which listing a number such as `L-000042` names, in capitals or not; else nothing."""
    found = NUMBER.fullmatch(number.upper())
    return int(found[1]) if found else None


def search_grams(*texts: str) -> list[str]:
    """
    Return the pairs of neighbouring characters of some texts, each pair once.

    Pairs find Chinese words without a dictionary and parts of Latin words alike, and an array
    of them has an ordinary GIN index: no extension of PostgreSQL is needed.
    """
    grams: set[str] = set()
    for word in normal(*texts).split():
        if len(word) >= GRAM_LENGTH:
            grams.update(word[at : at + GRAM_LENGTH] for at in range(len(word) - 1))
    return sorted(grams)
