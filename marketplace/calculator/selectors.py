"""What a need takes and what it would cost on the market now. Nothing is written or set aside."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from heapq import merge
from math import ceil
from typing import Any, Final
from uuid import UUID

from common.moments import market_date
from common.period import Period
from gateway.sensing import pathways
from identity.contracts import CapacityUnit
from marketplace.calculator import assumptions, rules
from marketplace.calculator.contracts import (
    AT_ONCE,
    LOOKED_AT_MAX,
    MODELS_MAX,
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
from marketplace.catalog import all_in as catalog_all_in
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import tokens as catalog_tokens
from marketplace.catalog.contracts import ListingTerms, NotSoldByTokens, Orderable
from marketplace.catalog.rows import ListingRow
from marketplace.orders import selectors as orders_selectors
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors
from pricing import path_facts
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing.contracts import NotMeasured, RateCard, RatedLine

# An order begins a while after it is placed; what is calculated begins with the next whole hour.
HOUR: Final = timedelta(hours=1)
GRAM: Final = Decimal("0.1")
FEN: Final = 100
THOUSAND: Final = 1_000
CARD: Final = CapacityUnit.CARD


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """A listing to be looked at; hours on its chip, or what is certified of a unit of it."""

    listing_id: UUID
    hours: Fraction | None = None
    certified: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ServingOrder:
    """A listing and the order of it that serves the need, or why there is none."""

    listing: Any
    shape: Shape | None
    why: NoFigure = NoFigure.TOO_SMALL
    certified: Decimal | None = None
    certificate_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OrderedNetwork:
    """A network that is ordered with a listing, and what is moved over it, when."""

    card: RateCard
    terms: ListingTerms
    gigabytes: Decimal
    period: Period

    def minor_over(self, way: pathways.Pathway) -> int | None:
        """Return what it charges in fen, by the class of latency of a way."""
        lines = catalog_all_in.path_lines(
            self.card,
            self.terms,
            gigabytes=self.gigabytes,
            period=self.period,
            asked=catalog_all_in.WhoAsks(way=path_facts.latency_class(way.ms)),
        )
        return None if lines is None else pricing_rules.total_minor(lines)


@dataclass(frozen=True, slots=True)
class Priced:
    """A candidate with the lines of its price."""

    candidate: ServingOrder
    shape: Shape
    lines: Sequence[RatedLine]
    network: OrderedNetwork | None = None  # that is ordered with it

    def path_minor(self, way: pathways.Pathway | None) -> int | None:
        """Return what the way of the data costs in fen: by the network, or as published."""
        if way is None:
            return None
        return int(way.price * FEN) if self.network is None else self.network.minor_over(way)

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
    starts_at = at.replace(minute=0, second=0, microsecond=0) + HOUR
    left_out: Counter[NoFigure] = Counter()
    ways: dict[str, pathways.Pathway] = {}

    def cost(batch: list[ToLookAt]) -> Iterator[rules.Costed[Priced]]:
        orders = _orders_of(batch, need, assumed, at)
        for each in _priced(orders, need, left_out, starts_at, buyer_id):
            way = _way(need, each.candidate.listing.region, ways, at)
            whole = each.gross_minor + (each.path_minor(way) or 0)
            yield rules.Costed(whole, each.candidate.listing.number, each)

    walked = rules.cheapest(
        _by_bound(need, chips, assumed, at, starts_at),
        cost,
        shown=OFFERS_MAX,
        at_once=AT_ONCE,
        most=LOOKED_AT_MAX,
    )
    priced = [each.of for each in walked.found]
    offers = _offers(need, priced, ways, starts_at, at)
    if buyer_id is not None and offers:
        offers = _with_vouchers(offers, priced, buyer_id, at)
    return NeedEstimate(
        need=need,
        assumptions=assumed,
        flops=(
            rules.training_flops(need.parameters, need.tokens)
            if need.kind == NeedKind.TRAIN
            else None
        ),
        chips=chips,
        offers=offers,
        considered=walked.looked_at,
        is_proved=walked.is_proved,
        left_out=dict(left_out),
        as_of=at,
        no_figure=(
            NoFigure.NO_CERTIFICATE
            if need.kind == NeedKind.SERVE and not walked.looked_at
            else None
        ),
    )


def certified_models(*, at: datetime) -> list[str]:
    """Return the models that something could be calculated for, by name."""
    return metering_selectors.certified_models(at=at, limit=MODELS_MAX)


# --- Which listings, those first that may cost least ---------------------------------------------
def _by_bound(
    need: ComputeNeed,
    chips: Sequence[ChipHours],
    assumed: Assumptions,
    at: datetime,
    starts_at: datetime,
) -> Iterable[rules.BoundedCost[ToLookAt]]:
    """Return listings that may serve the need, by what their orders cost at the least."""

    def found(
        units: Fraction, hours: Fraction | None = None, **asked: Any
    ) -> list[rules.BoundedCost[ToLookAt]]:
        listings = catalog_selectors.listings_by_bound(
            at=at, starts_at=starts_at, limit=LOOKED_AT_MAX + 1, **asked
        )
        return [
            rules.BoundedCost(
                rules.least_minor(units, each.least),
                ToLookAt(each.listing_id, hours, each.certified),
            )
            for each in listings
        ]

    match need.kind:
        case NeedKind.TRAIN:
            of_each = [
                found(each.hours, each.hours, capacity_unit=CARD, chips=[each.peak.chip])
                for each in chips
                if each.hours is not None
            ]
            return merge(*of_each, key=lambda each: each.least_minor)
        case NeedKind.SERVE:
            load = Fraction(rules.assumed_or_said(need, "load", assumed))
            asked = Fraction(need.requests) * need.tokens_a_request / load
            certificates = metering_selectors.throughput_certificates(at=at, model=need.model)
            return found(asked * Fraction(need.hours), certificates=certificates)
        case NeedKind.CARD_HOURS:
            named = [need.chip.strip()] if need.chip.strip() else []
            return found(Fraction(need.unit_hours), capacity_unit=CARD, chips=named)
        case NeedKind.CORE_HOURS:  # An hour of a core is one of at least one thread.
            return found(Fraction(need.unit_hours), capacity_unit=CapacityUnit.VCPU)
        case NeedKind.GB_MONTHS:
            gb_hours = Fraction(need.gb) * Fraction(need.months) * rules.MONTH
            return found(gb_hours, capacity_unit=CapacityUnit.GB)
        case NeedKind.TOKENS:
            weight = min([Decimal(1), *_weights(at, starts_at)])
            tokens = need.tokens_in + need.tokens_out * Fraction(weight)
            return found(tokens / THOUSAND, of_tokens=True)


def _weights(at: datetime, starts_at: datetime) -> Iterator[Decimal]:
    rules_said = catalog_selectors.token_rules(at=at, starts_at=starts_at)
    return map(catalog_tokens.generated_weight, rules_said)


def _orders_of(
    batch: Sequence[ToLookAt], need: ComputeNeed, assumed: Assumptions, at: datetime
) -> list[ServingOrder]:
    """Return the order of each listing that serves the need; what closed meanwhile is none."""
    listings = catalog_selectors.listings_whole([each.listing_id for each in batch])
    certificates = _certificates(need, listings, at) if need.kind == NeedKind.SERVE else {}
    found = []
    for each in batch:
        listing = listings.get(each.listing_id)
        if listing is None:
            continue
        match need.kind:
            case NeedKind.SERVE:
                found.append(_serving(listing, each, need, assumed, certificates))
            case NeedKind.CORE_HOURS:
                found.append(_of_cores(listing, need))
            case NeedKind.GB_MONTHS:
                hours = Fraction(need.months) * rules.MONTH
                shape = rules.shape_of_service(Fraction(need.gb), hours, listing.least)
                found.append(ServingOrder(listing, shape))
            case NeedKind.TOKENS:
                found.append(ServingOrder(listing, _throughput(listing, need)))
            case _:
                hours = Fraction(need.unit_hours) if each.hours is None else each.hours
                found.append(ServingOrder(listing, _job(listing, hours, need.hours)))
    return found


def _job(listing: ListingRow, unit_hours: Fraction, hours: Decimal) -> Shape | None:
    return rules.shape_of_job(unit_hours, hours, listing.least)


def _throughput(listing: Any, need: ComputeNeed) -> Shape | None:
    """Return the throughput of an API that answers so many tokens within the hours."""
    weight = catalog_tokens.generated_weight(listing.rule_version.definition)
    tokens = need.tokens_in + need.tokens_out * Fraction(weight)
    seconds = listing.least.first_seconds(ceil(Fraction(need.hours) * rules.HOUR))
    milli = listing.least.first_milli(catalog_tokens.throughput_milli(tokens, seconds))
    return Shape(milli, seconds) if seconds <= rules.SECONDS_MAX else None


def _certificates(
    need: ComputeNeed, listings: Mapping[UUID, Any], at: datetime
) -> Mapping[tuple[UUID, Decimal], UUID]:
    """Return which certificate says the lowest throughput of each resource."""
    found = metering_selectors.throughput_certificates(at=at, model=need.model).filter(
        resource_id__in=[each.resource_id for each in listings.values()]
    )
    lowest = found.order_by("resource_id", "value", "id").distinct("resource_id")
    return {
        (resource, value): pk
        for resource, value, pk in lowest.values_list("resource_id", "value", "pk")
    }


def _serving(
    listing: Any,
    wanted: ToLookAt,
    need: ComputeNeed,
    assumed: Assumptions,
    certificates: Mapping[tuple[UUID, Decimal], UUID],
) -> ServingOrder:
    value = wanted.certified
    certificate_id = None if value is None else certificates.get((listing.resource_id, value))
    if value is None or certificate_id is None:  # It ended, or a lower one came, meanwhile.
        return ServingOrder(listing, None, NoFigure.NO_CERTIFICATE)
    units = rules.units_to_serve(need, value, assumed)
    shape = rules.shape_of_service(Fraction(units), Fraction(need.hours), listing.least)
    return ServingOrder(listing, shape, certified=value, certificate_id=certificate_id)


def _of_cores(listing: Any, need: ComputeNeed) -> ServingOrder:
    threads = listing.resource.specification.get("threads_per_core")
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        return ServingOrder(listing, None, NoFigure.NO_THREADS)
    return ServingOrder(listing, _job(listing, Fraction(need.unit_hours) * threads, need.hours))


# --- What each asks ----------------------------------------------------------------------------
def _priced(
    candidates: Sequence[ServingOrder],
    need: ComputeNeed,
    left_out: Counter[NoFigure],
    starts_at: datetime,
    buyer_id: UUID | None,
) -> Iterator[Priced]:
    """Yield what can be ordered, with its price; count what cannot, by reason."""
    ids = [each.listing.pk for each in candidates]
    orderable = catalog_selectors.orderable(ids, at=starts_at) if ids else {}
    cards = pricing_selectors.kept_cards({each.plan_version_id for each in orderable.values()})
    free = _least_free(candidates, starts_at)
    networks = catalog_selectors.networks_beside(ids) if need.place and ids else {}
    for each in candidates:
        found = orderable.get(each.listing.pk)
        if each.shape is None or found is None:
            left_out[each.why] += 1
            continue
        period = _period(each.shape, starts_at)
        if why := _why_not(found, each.shape, period, free[each.listing.pk], buyer_id):
            left_out[why] += 1
            continue
        lines = _lines(found, cards[found.plan_version_id], each.shape, period, need)
        if lines is None:
            left_out[NoFigure.NOT_COUNTED] += 1
            continue
        network = networks.get(each.listing.pk)
        ordered = None
        if network is not None:
            card, moved = cards[found.plan_version_id], Decimal(need.moved_gb)
            ordered = OrderedNetwork(card, network.terms(), moved, period)
        yield Priced(each, each.shape, lines, ordered)


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
    found: Orderable, card: RateCard, shape: Shape, period: Period, need: ComputeNeed
) -> Sequence[RatedLine] | None:
    """Return the lines of a price, or nothing where the plan counts in another unit."""
    mix = {}
    if need.kind == NeedKind.TOKENS:
        mix = {"in": int(need.tokens_in), "out": int(need.tokens_out)}
    try:
        measure, _shares = catalog_selectors.committed_measure(
            card, found.terms, milli=shape.milli, period=period, mix=mix
        )
        return pricing_rules.rate(card, pricing_rules.as_asked(card, measure))
    except (NotMeasured, NotSoldByTokens):
        return None


# --- What goes with it -------------------------------------------------------------------------
def _offers(
    need: ComputeNeed,
    priced: Sequence[Priced],
    ways: dict[str, pathways.Pathway],
    starts_at: datetime,
    at: datetime,
) -> list[NeedOffer]:
    book = energy_selectors.grid_book(year=market_date(at).year) if priced else None
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
                path_minor=each.path_minor(way),
                path_is_charged=way is not None and each.network is not None,
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
