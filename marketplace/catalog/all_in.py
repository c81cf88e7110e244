"""
What the stated reference order comes to by the standard hour, everything included. Pure.

Prices by the standard hour, by the card-hour, with a minimum, by the month or by time of day say
little beside each other. One order that is stated as data, rated by each plan as any order is, and
divided by the standard hours that it delivers, makes them comparable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from common.errors import Refusal
from common.money import EXACT
from common.notice import NOTICE
from common.period import Period
from marketplace.catalog import rules
from marketplace.catalog.contracts import ComparedOrder, ListingTerms
from marketplace.catalog.least import Least
from pricing import rules as pricing_rules
from pricing.contracts import Measure, RateCard, RatedLine, RateUnit
from pricing.path_facts import BEYOND, LATENCY_CLASSES

DIGITS: Final = Decimal("0.000001")
GB_DIGITS: Final = Decimal("1e-12")
PER_HOUR_MAX: Final = Decimal(10) ** 9
WEEK_DAYS: Final = 7
CLASSES: Final = (*(name for _most, name in LATENCY_CLASSES), BEYOND)
ANY_WAY: Final = "*"  # the plan asks the same over every path
REFERENCE_NOTICE: Final = NOTICE


@dataclass(frozen=True, slots=True)
class ReferenceOrderPrice:
    """What a listing's plan asks for the reference order; nothing where it cannot be compared."""

    units_milli: int
    seconds: int
    gross_minor: int | None
    standard_hours: Decimal | None
    per_standard_hour: Decimal | None


@dataclass(frozen=True, slots=True)
class WhoAsks:
    """Who asks, and how: a price group, a share of green electricity, a class of latency."""

    group: str = ""
    green: str = ""
    way: str = ""

    def facts(self) -> dict[str, str]:
        """Return what is known of them, by the kinds of factors."""
        known = {"group": self.group, "green": self.green, "path": self.way}
        return {kind: value for kind, value in known.items() if value}


NOBODY: Final = WhoAsks()


def reference_of(number: int, content: Mapping[str, Any], starts_at: datetime) -> ComparedOrder:
    """Return a reference order as its version's content says it."""
    return ComparedOrder(
        number=number,
        units_milli=dict(content["units_milli"]),
        hours=content["hours"],
        weekday=content["weekday"],
        begins=content["begins"],
        zone=content["zone"],
        gb_per_standard_hour=Decimal(content["gb_per_standard_hour"]),
        places=tuple(content["places"]),
        starts_at=starts_at,
        green=content.get("green", ""),
    )


def is_zone(name: str) -> bool:
    """Return whether a text names a zone of the clock."""
    return name in available_timezones()


def next_begin(reference: ComparedOrder, after: datetime) -> datetime:
    """Return when the reference order begins: at its time of the week, after a moment."""
    zone = ZoneInfo(reference.zone)
    local = after.astimezone(zone)
    day = local.date() + timedelta(days=(reference.weekday - local.isoweekday()) % WEEK_DAYS)
    begins = time.fromisoformat(reference.begins)
    first = datetime.combine(day, begins, tzinfo=zone)
    if first <= after:
        first = datetime.combine(day + timedelta(days=WEEK_DAYS), begins, tzinfo=zone)
    # In UTC: an order of so many hours lasts as long where clocks are put back or forward in it.
    return first.astimezone(UTC)


def fitted(
    reference: ComparedOrder, terms: ListingTerms, least: Least, *, resource_class: str
) -> tuple[int, int]:
    """
    Return for how many thousandths and seconds the order is: as stated, as far as they fit.

    A listing that has less, or sells no less than more, is compared by what it does sell.
    """
    wanted = min(reference.units_milli[resource_class], terms.total_milli)
    milli = least.first_milli(wanted)
    if milli > terms.total_milli:
        milli = min(least.first_milli(), terms.total_milli)
    return milli, least.first_seconds(reference.hours * 3600)


def reference_lines(
    card: RateCard,
    terms: ListingTerms,
    *,
    units_milli: int,
    seconds: int,
    begins: datetime,
    asked: WhoAsks = NOBODY,
) -> tuple[Measure, list[RatedLine]]:
    """
    Rate the order by a plan as any order is rated; return what it is measured as, and the lines.

    A group, a share of green electricity and a class of latency count where the plan has factors
    for them; without them it is what the plan says otherwise, which is never less.

    :raises Refusal: if the plan charges by what the order does not say
    """
    period = Period(begins, begins + timedelta(seconds=seconds))
    measure = rules.measure_for(terms, milli=units_milli, period=period)
    measure = pricing_rules.with_facts(measure, asked.facts())
    return measure, pricing_rules.rate(card, pricing_rules.as_asked(card, measure))


def path_lines(
    card: RateCard,
    terms: ListingTerms,
    *,
    gigabytes: Decimal,
    period: Period,
    asked: WhoAsks = NOBODY,
) -> list[RatedLine] | None:
    """
    Return the lines of moving so much over a network that is ordered with a listing.

    Nothing where its plan charges by what the amount does not say.
    """
    measure = Measure(
        {RateUnit.GB_MOVED: gigabytes.quantize(GB_DIGITS, context=EXACT)},
        rule_version_id=terms.rule_version_id,
        spread=period,
        facts=terms.facts,
    )
    measure = pricing_rules.with_facts(measure, asked.facts())
    try:
        return pricing_rules.rate(card, pricing_rules.as_asked(card, measure))
    except Refusal:
        return None


def ways_of(card: RateCard) -> tuple[str, ...]:
    """Return the classes of latency by which a plan's prices differ; none is what others pay."""
    tables = card.terms.factors if card.terms else ()
    return ("", *CLASSES) if any(each.kind == "path" for each in tables) else (ANY_WAY,)


def groups_of(card: RateCard) -> tuple[str, ...]:
    """Return the groups to which a plan says prices."""
    tables = card.terms.factors if card.terms else ()
    return tuple(value for each in tables if each.kind == "group" for value, _by in each.values)


def reference_price(
    card: RateCard,
    terms: ListingTerms,
    *,
    units_milli: int,
    seconds: int,
    begins: datetime,
    asked: WhoAsks = NOBODY,
) -> ReferenceOrderPrice:
    """Rate the order, and divide what it comes to by its standard hours."""
    nothing = ReferenceOrderPrice(units_milli, seconds, None, None, None)
    if terms.standard_factor is None:
        return nothing
    try:
        measure, lines = reference_lines(
            card, terms, units_milli=units_milli, seconds=seconds, begins=begins, asked=asked
        )
    except Refusal:
        return nothing
    hours = measure.quantities[RateUnit.STANDARD_HOUR]
    if not hours:
        return nothing
    # Of what is exact: rounded to the fen, equal plans would differ by the length of the order.
    price = EXACT.divide(pricing_rules.raw_total(lines), hours)
    price = price.quantize(DIGITS, ROUND_HALF_UP, EXACT)
    if price >= PER_HOUR_MAX:
        return nothing
    return ReferenceOrderPrice(units_milli, seconds, pricing_rules.total_minor(lines), hours, price)
