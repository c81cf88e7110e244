"""A plan's price over quantity and over the time of day, drawn and in a table."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from common.errors import Refusal
from common.period import Period
from marketplace.portal import drawing
from pricing import rate_2, rate_4, token_kinds, wording
from pricing import rules as pricing_rules
from pricing.contracts import METERED, TOKEN_KINDS, Measure, RateCard, RateUnit
from pricing.plan_models import PlanModel, SoldAs

QUANTITIES: Final = tuple(
    Decimal(each) for each in ("1", "10", "50", "100", "500", "1000", "5000", "10000", "50000")
)
HOURS_OF_DAY: Final = 24
DASHES: Final = ("", "dashed", "dotted")
A_MONTH: Final = timedelta(days=30)
Counted = RateUnit | SoldAs | None  # a kind of tokens, one of several things, or all there is


def over_quantity(cards: Sequence[tuple[str, RateCard]], *, at: datetime) -> drawing.Chart:
    """Return what a unit costs on average, by how many are used evenly in thirty days."""
    month = Period(at, at + A_MONTH)

    def average(card: RateCard, quantity: Decimal, counted: Counted) -> Decimal | None:
        total = _total(card, quantity, month, counted)
        return None if total is None else Decimal(total) / 100 / quantity

    return _chart(
        _("Price of a unit by quantity"),
        _("Units in a month"),
        [f"{each:f}" for each in QUANTITIES],
        cards,
        lambda card, counted: [average(card, each, counted) for each in QUANTITIES],
        name="over-quantity",
    )


def over_the_day(cards: Sequence[tuple[str, RateCard]], *, at: datetime) -> drawing.Chart:
    """Return what a unit costs in each hour of the next workday of the plan's clock."""
    return _chart(
        _("Price of a unit by the time of day, on a workday"),
        _("Hour"),
        [f"{hour:02}:00" for hour in range(HOURS_OF_DAY)],
        cards,
        lambda card, counted: _hours(card, at, counted),
        name="over-the-day",
    )


def _hours(card: RateCard, at: datetime, counted: Counted) -> list[Decimal | None]:
    terms = card.terms
    zone = ZoneInfo(terms.zone) if terms else ZoneInfo("Asia/Shanghai")
    day = at.astimezone(zone).date()
    closed = terms.holidays if terms else ()
    while day.weekday() >= 5 or day in closed:
        day += timedelta(days=1)
    first = datetime.combine(day, time(), zone)
    found = []
    for hour in range(HOURS_OF_DAY):
        starts = (first + timedelta(hours=hour)).astimezone(at.tzinfo)
        total = _unit_price(card, Period(starts, starts + timedelta(hours=1)), counted)
        found.append(total)
    return found


def _unit_price(card: RateCard, hour: Period, counted: Counted) -> Decimal | None:
    """Return what is counted asks for one unit in an hour: flat fees and minimums aside."""
    if card.terms is None:
        total = _total(card, Decimal(1), hour, counted)
        return None if total is None else Decimal(total) / 100
    lines = pricing_rules.rate(card, _measure(Decimal(1), hour, counted))
    raw = [line.raw_amount for line in lines if line.unit != "period"]
    # Prepaid hours cost their share of what is paid for all of them.
    raw += [
        part.price / part.tiers[-1].starts_from
        for part in card.terms.parts
        if part.model == PlanModel.PREPAID
    ]
    return sum(raw, Decimal(0)).quantize(Decimal("0.0001"))


def _total(card: RateCard, quantity: Decimal, span: Period, counted: Counted) -> int | None:
    try:
        return pricing_rules.total_minor(
            pricing_rules.rate(card, _measure(quantity, span, counted))
        )
    except Refusal:
        return None


def _measure(quantity: Decimal, span: Period, counted: Counted) -> Measure:
    """
    Return so much of one unit, or of each: a use is of one kind of tokens, but of all hours.

    Of a plan with prices of several things it is a use of one of them.
    """
    if isinstance(counted, SoldAs):
        facts = ((rate_4.SOLD_AS, counted.value),)
        return Measure(dict.fromkeys(METERED, quantity), spread=span, facts=facts)
    used: dict[RateUnit, Decimal] = {
        each: quantity if counted in (None, each) else Decimal(0) for each in METERED
    }
    return Measure(used, spread=span)


def _drawn(cards: Sequence[tuple[str, RateCard]]) -> Iterator[tuple[str, RateCard, Any]]:
    """Yield what is drawn: each card, or of the first each thing or kind of tokens with a price."""
    label, first = cards[0]
    if first.terms is not None and first.terms.is_of_several:
        for sold_as in first.terms.sold:
            card = rate_4.of_what_is_sold(first, sold_as)
            yield f"{label}: {wording.SOLD[sold_as]}", card, sold_as
        return
    if not token_kinds.is_by_kind(first):
        for name, card in cards:
            yield name, card, None
        return
    priced = {part.unit for part in rate_2.terms_of(first).parts}
    for unit in TOKEN_KINDS:
        if unit in priced:
            yield f"{label}: {unit.label}", first, unit


def _chart(
    title: str,
    head: str,
    categories: Sequence[str],
    cards: Sequence[tuple[str, RateCard]],
    values: Callable[[RateCard, Counted], Sequence[Decimal | None]],
    *,
    name: str,
) -> drawing.Chart:
    series = [
        drawing.Series(label, values(card, counted), tone=str(number), dash=DASHES[number - 1])
        for number, (label, card, counted) in enumerate(_drawn(cards), start=1)
    ]
    return drawing.Chart(
        title, head, categories, series, digits=4, from_zero=True, name=name, unit="¥"
    )
