"""What a need takes and what it would cost on the market now. Nothing is written or set aside."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final
from uuid import UUID

from common.moments import market_date
from common.period import Period
from gateway.sensing import pathways
from identity.contracts import CapacityUnit
from marketplace.calculator import assumptions, rules
from marketplace.calculator.contracts import (
    A_CHIP_MAX,
    CONSIDERED_MAX,
    OFFERS_MAX,
    Assumptions,
    ChipHours,
    ComputeNeed,
    NeedEstimate,
    NeedKind,
    NeedOffer,
    NoFigure,
    Shape,
)
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import tokens as catalog_tokens
from marketplace.catalog.contracts import Orderable
from marketplace.catalog.rows import ListingRow
from marketplace.orders import selectors as orders_selectors
from metering import selectors as metering_selectors
from metering.contracts import Assessment
from metering.energy import selectors as energy_selectors
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing.contracts import NotMeasured, RateCard, RatedLine, RateUnit

# An order begins a while after it is placed; what is calculated begins with the next whole hour.
HOUR: Final = timedelta(hours=1)
GRAM: Final = Decimal("0.1")
FEN: Final = 100
TOKENS_A_SECOND: Final = "tokens/s"


@dataclass(frozen=True, slots=True)
class ServingOrder:
    """A listing and the order of it that serves the need, or why there is none."""

    listing: Any
    shape: Shape | None
    why: NoFigure = NoFigure.TOO_SMALL
    certified: Decimal | None = None
    certificate_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A candidate with the lines of its price."""

    candidate: ServingOrder
    shape: Shape
    lines: Sequence[RatedLine]

    @property
    def gross_minor(self) -> int:
        """Return the price in fen."""
        return pricing_rules.total_minor(self.lines)


def calculate(need: ComputeNeed, *, at: datetime, buyer_id: UUID | None = None) -> NeedEstimate:
    """
    Return what a need takes of each kind of chip and what open listings would ask for it.

    With a buyer, offers say what its vouchers would pay of each alone.

    :raises NeedRefused: if a figure is missing or beyond its limits
    :raises PlaceUnknown: if its data lie at no known place
    """
    assumed = assumptions.in_force()
    rules.require_within_limits(need, assumed)
    if need.place:
        pathways.near(need.place, "place")
    chips = rules.by_chip(need, assumed) if need.kind == NeedKind.TRAIN else []
    candidates = _candidates(need, chips, assumed, at)
    starts_at = at.replace(minute=0, second=0, microsecond=0) + HOUR
    left_out: Counter[NoFigure] = Counter()
    priced = list(_priced(candidates, left_out, starts_at, buyer_id))
    priced.sort(key=lambda each: (each.gross_minor, each.candidate.listing.number))
    offers = _offers(need, priced[:OFFERS_MAX], starts_at, at)
    if buyer_id is not None and offers:
        offers = _with_vouchers(offers, priced[:OFFERS_MAX], buyer_id, at)
    return NeedEstimate(
        need=need,
        assumptions=assumed,
        flops=(
            rules.training_flops(need.parameters, need.tokens)
            if need.kind == NeedKind.TRAIN
            else None
        ),
        chips=chips,
        offers=sorted(offers, key=lambda each: (each.total_minor, each.listing.number)),
        considered=len(candidates),
        left_out=dict(left_out),
        as_of=at,
    )


# --- Which listings, and which order of each ----------------------------------------------------
def _candidates(
    need: ComputeNeed, chips: Sequence[ChipHours], assumed: Assumptions, at: datetime
) -> list[ServingOrder]:
    match need.kind:
        case NeedKind.TRAIN:
            found = _to_train(need, chips, at)
        case NeedKind.SERVE:
            found = _to_serve(need, assumed, at)
        case NeedKind.CARD_HOURS:
            found = (
                ServingOrder(each, _job(each, Fraction(need.unit_hours), need.hours))
                for each in _cheapest(at, capacity_unit=CapacityUnit.CARD)
            )
        case NeedKind.CORE_HOURS:
            found = (
                _of_cores(each, need) for each in _cheapest(at, capacity_unit=CapacityUnit.VCPU)
            )
        case NeedKind.GB_MONTHS:
            hours = Fraction(need.months) * rules.MONTH
            found = (
                ServingOrder(each, rules.shape_of_service(Fraction(need.gb), hours, each.least))
                for each in _cheapest(at, capacity_unit=CapacityUnit.GB)
            )
        case NeedKind.TOKENS:
            found = (
                ServingOrder(each, _throughput(each, need))
                for each in _cheapest(at, headline_units=[RateUnit.KTOKEN])
            )
    return list(found)


def _cheapest(at: datetime, **asked: Any) -> Sequence[Any]:
    return catalog_selectors.comparable_listings(at=at, limit=CONSIDERED_MAX, **asked)


def _job(listing: ListingRow, unit_hours: Fraction, hours: Decimal) -> Shape | None:
    return rules.shape_of_job(unit_hours, hours, listing.least)


def _throughput(listing: Any, need: ComputeNeed) -> Shape | None:
    """Return the throughput of an API that answers so many tokens within the hours."""
    weight = catalog_tokens.generated_weight(listing.rule_version.definition)
    tokens = need.tokens_in + need.tokens_out * Fraction(weight)
    seconds = listing.least.first_seconds(ceil(Fraction(need.hours) * rules.HOUR))
    milli = listing.least.first_milli(catalog_tokens.throughput_milli(tokens, seconds))
    return Shape(milli, seconds) if seconds <= rules.SECONDS_MAX else None


def _to_train(
    need: ComputeNeed, chips: Iterable[ChipHours], at: datetime
) -> Iterator[ServingOrder]:
    for each in chips:
        if each.hours is None:
            continue
        listings = catalog_selectors.comparable_listings(
            at=at, limit=A_CHIP_MAX, capacity_unit=CapacityUnit.CARD, chips=[each.peak.chip]
        )
        for listing in listings:
            yield ServingOrder(listing, _job(listing, each.hours, need.hours))


def _to_serve(need: ComputeNeed, assumed: Assumptions, at: datetime) -> Iterator[ServingOrder]:
    """Yield what measured certificates in force say of a model; the lowest figure counts."""
    certificates = metering_selectors.capacity_certificates().filter(
        unit=TOKENS_A_SECOND,
        assessment=Assessment.MEASURED,
        valid_from__lte=at,
        valid_to__gt=at,
        source__icontains=need.model.strip(),
    )
    # The lowest of each resource: a row a resource, however many certificates speak of it.
    lowest = certificates.select_related(None).order_by("resource_id", "value", "id")
    lowest = lowest.distinct("resource_id").only("resource_id", "value")
    certified = {each.resource_id: each for each in lowest}
    for listing in _cheapest(at, resource_ids=list(certified)):
        certificate = certified[listing.resource_id]
        units = rules.units_to_serve(need, certificate.value, assumed)
        shape = rules.shape_of_service(Fraction(units), Fraction(need.hours), listing.least)
        yield ServingOrder(
            listing, shape, certified=certificate.value, certificate_id=certificate.pk
        )


def _of_cores(listing: Any, need: ComputeNeed) -> ServingOrder:
    threads = listing.resource.specification.get("threads_per_core")
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        return ServingOrder(listing, None, NoFigure.NO_THREADS)
    return ServingOrder(listing, _job(listing, Fraction(need.unit_hours) * threads, need.hours))


# --- What each asks ----------------------------------------------------------------------------
def _priced(
    candidates: Sequence[ServingOrder],
    left_out: Counter[NoFigure],
    starts_at: datetime,
    buyer_id: UUID | None,
) -> Iterator[Priced]:
    """Yield what can be ordered, with its price; count what cannot, by reason."""
    ids = [each.listing.pk for each in candidates]
    orderable = catalog_selectors.orderable(ids, at=starts_at) if ids else {}
    cards = pricing_selectors.kept_cards({each.plan_version_id for each in orderable.values()})
    free = _least_free(candidates, starts_at)
    for each in candidates:
        found = orderable.get(each.listing.pk)
        if each.shape is None or found is None:
            left_out[each.why] += 1
            continue
        period = _period(each.shape, starts_at)
        if why := _why_not(found, each.shape, period, free[each.listing.pk], buyer_id):
            left_out[why] += 1
            continue
        lines = _lines(found, cards[found.plan_version_id], each.shape, period)
        if lines is None:
            left_out[NoFigure.NOT_COUNTED] += 1
            continue
        yield Priced(each, each.shape, lines)


def _period(shape: Shape, starts_at: datetime) -> Period:
    return Period(starts_at, starts_at + timedelta(seconds=shape.seconds))


def _least_free(candidates: Sequence[ServingOrder], starts_at: datetime) -> Mapping[UUID, int]:
    """Return the least that is free of each listing at any moment of its order."""
    spans = {
        each.listing.pk: _period(each.shape, starts_at)
        for each in candidates
        if each.shape is not None
    }
    free = {each.listing.pk: each.listing.total_milli for each in candidates}
    for slot in catalog_selectors.slots_of(spans):
        free[slot.listing_id] = min(free[slot.listing_id], slot.free_milli)
    return free


def _why_not(
    found: Orderable,
    shape: Shape,
    period: Period,
    free_milli: int,
    buyer_id: UUID | None,
) -> NoFigure | None:
    if found.terms.provider_id == buyer_id:
        return NoFigure.OWN_LISTING
    too_small = shape.milli > found.terms.total_milli
    if too_small or catalog_rules.refusal_by_terms(found.terms, period) is not None:
        return NoFigure.TOO_SMALL
    return NoFigure.NOT_FREE if shape.milli > free_milli else None


def _lines(
    found: Orderable, card: RateCard, shape: Shape, period: Period
) -> Sequence[RatedLine] | None:
    """Return the lines of a price, or nothing where the plan counts in another unit."""
    measure = catalog_rules.measure_for(found.terms, milli=shape.milli, period=period)
    try:
        return pricing_rules.rate(card, pricing_rules.as_asked(card, measure))
    except NotMeasured:
        return None


# --- What goes with it -------------------------------------------------------------------------
def _offers(
    need: ComputeNeed, priced: Sequence[Priced], starts_at: datetime, at: datetime
) -> list[NeedOffer]:
    book = energy_selectors.grid_book(year=market_date(at).year) if priced else None
    ways: dict[str, pathways.Pathway] = {}
    offers = []
    for each in priced:
        listing = each.candidate.listing
        kwh = grams = None
        watts = book.watts_of(listing.resource) if book else None
        if watts is not None:
            kwh = rules.electricity(Decimal(watts), each.shape, listing.pue)
            factor = book.factor_of(listing.resource) if book else None
            grams = None if factor is None else (kwh * factor.value * 1000).quantize(GRAM)
        way = _way(need, listing.region, ways, at)
        offers.append(
            NeedOffer(
                listing=listing,
                shape=each.shape,
                starts_at=starts_at,
                gross_minor=each.gross_minor,
                kwh=kwh,
                pue=listing.pue,
                grams=grams,
                path_minor=None if way is None else int(way.price * FEN),
                path_ms=None if way is None else way.ms,
                certified=each.candidate.certified,
                certificate_id=each.candidate.certificate_id,
            )
        )
    return offers


def _way(
    need: ComputeNeed, region: str, known: dict[str, pathways.Pathway], at: datetime
) -> pathways.Pathway | None:
    """Return the way from where the data are to a region; nothing where nobody said where."""
    if not need.place:
        return None
    if region not in known:
        known[region] = pathways.pathway(need.place, f"region:{region}", gb=need.moved_gb, at=at)
    return known[region]


def _with_vouchers(
    offers: Sequence[NeedOffer], priced: Sequence[Priced], buyer_id: UUID, at: datetime
) -> list[NeedOffer]:
    wanted = [
        orders_selectors.PreviewWanted(
            offer.listing,
            [pricing_rules.line_json(line) for line in each.lines],
            _period(offer.shape, offer.starts_at),
        )
        for offer, each in zip(offers, priced, strict=True)
    ]
    paid = orders_selectors.previews(buyer_id=buyer_id, wanted=wanted, at=at)
    return [
        replace(offer, voucher_minor=each.plan.total_minor)
        for offer, each in zip(offers, paid, strict=True)
    ]
