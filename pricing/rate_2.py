"""
The rating rule `rate-2`: models, times of use, factors; rounded up on the running total. Pure.

What was used so far is kept as exact fractions in cells: a component, a month where it counts by
months, a band of time where it has any, and a tier. A charge is the price of the cells afterwards
less their price before, so parts add up to the whole to the fen and what is taken back gives back
what it cost. Charges were made by it: it is never changed. Another way to rate is another file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

from common.money import AMOUNT_MINOR_MAX, EXACT, InvalidAmount
from common.period import Period
from pricing import calendars
from pricing.contracts import (
    QUANTITY_DIGITS,
    QUANTITY_MAX,
    InvalidQuantity,
    Measure,
    NotMeasured,
    RateCard,
    RatedLine,
    RateUnit,
)
from pricing.plan_models import FLAT_BAND, CountedBy, CountedOver, PlanModel, PlanPart, RateTerms

NAME: Final = "rate-2"
ZERO: Final = Fraction(0)
# A minor unit that is begun counts from its thousandth part on: measured figures end somewhere.
BEGUN: Final = Fraction(1, 1000)
DIGITS: Final = Decimal(1).scaleb(-QUANTITY_DIGITS)
OF_CAPACITY: Final = (PlanModel.READY, PlanModel.RESERVED)
IN_TIERS: Final = (PlanModel.GRADUATED, PlanModel.PREPAID)
WHOLE: Final = ""
OTHERWISE: Final = "otherwise"
NO_FACTS: Final = ("band", "discount", "group")  # what multiplies and is no fact of the resource


class RatedCell(NamedTuple):
    """Where a quantity is counted. `use` itself is counted under the empty code."""

    code: str
    period: str
    band: str
    tier: int

    @property
    def text(self) -> str:
        """Return the cell as it is stored."""
        return f"{self.code}|{self.period}|{self.band}|{self.tier}"


Cells = dict[RatedCell, Fraction]
NOTHING_ELSEWHERE: Final[Mapping[RatedCell, Fraction]] = {}


@dataclass(frozen=True, slots=True)
class TimedUse:
    """What was used evenly over a period; negative where it is taken back."""

    period: Period | None
    quantities: Mapping[RateUnit, Fraction]
    capacity_hours: Fraction  # of what was kept ready, used or not

    def share(self, part: int, whole: int) -> "TimedUse":
        """Return what of it lies in a part of its time."""
        of = Fraction(part, whole)
        return TimedUse(
            self.period,
            {unit: quantity * of for unit, quantity in self.quantities.items()},
            self.capacity_hours * of,
        )


@dataclass(frozen=True, slots=True)
class RatingContext:
    """What decides a price beside the use: facts, the order's time, what others used."""

    facts: Mapping[str, str] = field(default_factory=dict)
    ordered: Period | None = None
    elsewhere: Mapping[RatedCell, Fraction] = field(default_factory=dict)


def rate(card: RateCard, measure: Measure, *, after: Measure | None = None) -> list[RatedLine]:
    """
    Price a measure that is spread evenly over its time; `after` is what was rated before it.

    :raises NotMeasured: if the plan charges by a unit that the measure lacks
    :raises InvalidQuantity: if more is taken back than there was, or time is asked for and unknown
    """
    terms = terms_of(card)
    context = RatingContext(dict(measure.facts), measure.spread)
    before: Cells = {}
    if after is not None:
        before = advanced(terms, before, _use_of(after), context)
    reached = advanced(terms, before, _use_of(measure), context)
    return lines(card, before, reached, context, rule_version_id=measure.rule_version_id)


def terms_of(card: RateCard) -> RateTerms:
    """Return what a plan under this rule says."""
    if card.terms is None:
        message = f"{card.plan_code} v{card.version} says nothing under {NAME}"
        raise ValueError(message)
    return card.terms


def _use_of(measure: Measure) -> TimedUse:
    hours = measure.quantities.get(RateUnit.UNIT_HOUR)
    return TimedUse(
        measure.spread,
        {unit: Fraction(_checked(each)) for unit, each in measure.quantities.items()},
        ZERO if hours is None else Fraction(hours),
    )


def _checked(quantity: Decimal) -> Decimal:
    if not quantity.is_finite() or abs(quantity) > QUANTITY_MAX:
        raise InvalidQuantity
    if -int(quantity.as_tuple().exponent) > QUANTITY_DIGITS:
        raise InvalidQuantity
    return quantity


# --- Counting -----------------------------------------------------------------------------------
def advanced(terms: RateTerms, before: Cells, use: TimedUse, context: RatingContext) -> Cells:
    """
    Return the cells after some use.

    :raises NotMeasured: if the plan charges by a unit in which the use has no figure
    :raises InvalidQuantity: if more is taken back than was used
    """
    cells = dict(before)
    for month, band, part in _in_time(terms, use):
        for each in terms.parts:
            if each.is_metered:
                _count(terms, cells, each, part, context, month=month, band=band)
        _note_use(terms, cells, part, month)
    return {cell: quantity for cell, quantity in cells.items() if quantity}


def _in_time(terms: RateTerms, use: TimedUse) -> Iterator[tuple[str, str, TimedUse]]:
    if use.period is None:
        if terms.asks_for_time or terms.counted_by != CountedBy.CONTRACT:
            raise InvalidQuantity
        yield WHOLE, FLAT_BAND, use
        return
    whole = use.period.microseconds
    for (month, band), inside in calendars.cells(terms, use.period):
        yield month, band, use.share(inside, whole)


def _count(
    terms: RateTerms,
    cells: Cells,
    part: PlanPart,
    use: TimedUse,
    context: RatingContext,
    *,
    month: str,
    band: str,
) -> None:
    if part.model in OF_CAPACITY:
        change = use.capacity_hours
    elif part.unit in use.quantities:
        change = use.quantities[RateUnit(part.unit)]
    else:
        raise NotMeasured(unit=part.unit)
    group = RatedCell(part.code, _period(terms, part, month), band if part.bands else WHOLE, 0)
    if part.model not in IN_TIERS:
        cells[group] = cells.get(group, ZERO) + change
        if cells[group] < 0 or cells[group] > QUANTITY_MAX:
            raise InvalidQuantity
    elif change > 0:
        _fill(cells, part, group, change, context.elsewhere)
    elif change < 0:
        _free(cells, part, group, -change)


def _period(terms: RateTerms, part: PlanPart, month: str) -> str:
    if part.model in IN_TIERS and terms.counted_by == CountedBy.BUYER_YEAR:
        return calendars.fiscal_year(terms, month)
    if part.model in IN_TIERS and terms.counted_by == CountedBy.BUYER_MONTH:
        return month
    return month if part.per == CountedOver.MONTH else WHOLE


def _fill(
    cells: Cells,
    part: PlanPart,
    group: RatedCell,
    change: Fraction,
    elsewhere: Mapping[RatedCell, Fraction],
) -> None:
    """Let use take the lowest tiers that have room."""
    for number, (_starts, room, _price) in enumerate(_tiers(part)):
        cell = group._replace(tier=number)
        had = cells.get(cell, ZERO)
        free = change if room is None else max(room - had - elsewhere.get(cell, ZERO), ZERO)
        taken = min(free, change)
        if taken:
            cells[cell] = had + taken
        change -= taken
    if sum(cells.get(group._replace(tier=n), ZERO) for n in range(len(part.tiers))) > QUANTITY_MAX:
        raise InvalidQuantity


def _free(cells: Cells, part: PlanPart, group: RatedCell, change: Fraction) -> None:
    """Give use back from the highest tiers that it reached."""
    for number in reversed(range(len(part.tiers))):
        cell = group._replace(tier=number)
        given = min(cells.get(cell, ZERO), change)
        if given:
            cells[cell] -= given
        change -= given
    if change:
        raise InvalidQuantity


def _note_use(terms: RateTerms, cells: Cells, use: TimedUse, month: str) -> None:
    """Count use by the spans that flat fees and minimums are owed for."""
    spans = {part.per for part in terms.parts if owes_for_span(part)}
    used = sum(use.quantities.values(), ZERO)
    for span in spans:
        cell = RatedCell("", month if span == CountedOver.MONTH else WHOLE, WHOLE, 0)
        cells[cell] = cells.get(cell, ZERO) + used
        if cells[cell] < 0:
            raise InvalidQuantity


def owes_for_span(part: PlanPart) -> bool:
    """Return whether a part is owed for a month or contract in which anything was used."""
    return part.model in (PlanModel.FLAT, PlanModel.MINIMUM, PlanModel.PREPAID)


def _tiers(part: PlanPart) -> list[tuple[Fraction, Fraction | None, Decimal]]:
    """Return where each tier begins, how much fits into it, and its price."""
    borders = [Fraction(tier.starts_from) for tier in part.tiers]
    rooms: list[Fraction | None] = [high - low for low, high in pairwise(borders)]
    return [
        (low, room, tier.unit_price)
        for low, room, tier in zip(borders, [*rooms, None], part.tiers, strict=True)
    ]


# --- Pricing ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PricedCell:
    """What a cell comes to: so much is billed at such a price."""

    billed: Fraction
    unit_price: Decimal
    tier: int
    raw: Fraction  # major units
    minor: int


NOT_PRICED: Final = PricedCell(ZERO, Decimal(0), 0, ZERO, 0)


def lines(
    card: RateCard,
    before: Cells,
    reached: Cells,
    context: RatingContext,
    *,
    rule_version_id: UUID | None = None,
) -> list[RatedLine]:
    """Return a line for each cell whose price or quantity changed; at least one for a component."""
    terms = terms_of(card)
    had, has = _priced(card, before, context), _priced(card, reached, context)
    found: list[RatedLine] = []
    for part in terms.parts:
        cells = sorted(cell for cell in had.keys() | has.keys() if cell.code == part.code)
        shown = [
            _line(card, part, cell, had.get(cell, NOT_PRICED), has.get(cell, NOT_PRICED), context)
            for cell in cells
            if had.get(cell, NOT_PRICED) != has.get(cell, NOT_PRICED)
        ]
        if not shown and part.is_metered:  # A quantity of nothing still shows a line, priced 0.
            price = part.tiers[0].unit_price if part.tiers else part.price
            first = replace(NOT_PRICED, unit_price=price)
            shown = [_line(card, part, RatedCell(part.code, "", "", 0), first, first, context)]
        found += shown
    return [replace(each, rule_version_id=rule_version_id) for each in found]


def total_of(card: RateCard, cells: Cells, context: RatingContext) -> int:
    """Return what cells come to, in minor units."""
    return sum(each.minor for each in _priced(card, cells, context).values())


def _priced(card: RateCard, cells: Cells, context: RatingContext) -> dict[RatedCell, PricedCell]:
    terms = terms_of(card)
    found: dict[RatedCell, PricedCell] = {}
    by_code = {part.code: part for part in terms.parts}
    for cell, quantity in cells.items():
        if cell.code:
            part = by_code[cell.code]
            times = multiplier(terms, part, cell.band, context.facts)
            found[cell] = _price(card, part, cell, quantity, times)
    owed = [part for part in terms.parts if owes_for_span(part)]
    for part in sorted(owed, key=lambda each: each.model == PlanModel.MINIMUM):
        _add_owed(card, part, cells, found, context)
    return found


def _price(
    card: RateCard, part: PlanPart, cell: RatedCell, quantity: Fraction, times: Fraction
) -> PricedCell:
    if part.model == PlanModel.PACKAGE:
        blocks = _up(quantity / Fraction(part.block))
        return _cell(card, Fraction(blocks), part.price, 0, times)
    billed = _stepped(quantity, part.increment)
    if part.model != PlanModel.VOLUME:
        tier = part.tiers[cell.tier]
        return _cell(card, billed, tier.unit_price, cell.tier, times)
    # Nobody pays more for less: the beginning of a later tier bounds what earlier ones ask.
    reached = max(n for n, tier in enumerate(part.tiers) if billed >= tier.starts_from)
    _amount, number = min(
        (max(billed, Fraction(tier.starts_from)) * Fraction(tier.unit_price), number)
        for number, tier in enumerate(part.tiers)
        if number >= reached
    )
    tier = part.tiers[number]
    return _cell(card, max(billed, Fraction(tier.starts_from)), tier.unit_price, number, times)


def _cell(
    card: RateCard, billed: Fraction, unit_price: Decimal, tier: int, times: Fraction
) -> PricedCell:
    raw = billed * Fraction(unit_price) * times
    return PricedCell(billed, unit_price, tier, raw, rounded_up(raw, card))


def rounded_up(raw: Fraction, card: RateCard) -> int:
    """Return major units in minor ones, up to the plan's step; a begun step counts."""
    terms = terms_of(card)
    steps = raw * 10**card.scale / terms.to_minor
    minor = _up(steps - BEGUN) * terms.to_minor if raw > 0 else 0
    if minor > AMOUNT_MINOR_MAX:
        raise InvalidAmount
    return minor


def _add_owed(
    card: RateCard,
    part: PlanPart,
    cells: Cells,
    found: dict[RatedCell, PricedCell],
    context: RatingContext,
) -> None:
    """Price what is owed for the spans in which anything was used."""
    terms = terms_of(card)
    for cell, used in cells.items():
        is_span = (cell.period == WHOLE) == (part.per == CountedOver.CONTRACT)
        if cell.code or not used or not is_span:
            continue
        owed = owed_share(terms, cell.period, context)
        at = RatedCell(part.code, cell.period, WHOLE, -1)
        if part.model != PlanModel.MINIMUM:
            times = multiplier(terms, part, WHOLE, context.facts)
            found[at] = _cell(card, owed, part.price, -1, times)
            continue
        least = rounded_up(owed * Fraction(part.price), card)
        reached = sum(
            each.minor
            for key, each in found.items()
            if key.code != part.code and cell.period in (WHOLE, key.period)
        )
        missing = max(least - reached, 0)
        raw = Fraction(missing, 10**card.scale)
        found[at] = PricedCell(owed, part.price, -1, raw, missing)


def owed_share(terms: RateTerms, month: str, context: RatingContext) -> Fraction:
    """Return what share of a month an order lasts; the whole where it has no time."""
    if month == WHOLE or context.ordered is None:
        return Fraction(1)
    whole = calendars.month_of(terms, month)
    inside = whole.overlap(context.ordered)
    return Fraction(inside.microseconds, whole.microseconds) if inside else Fraction(0)


def multiplier(terms: RateTerms, part: PlanPart, band: str, facts: Mapping[str, str]) -> Fraction:
    """Return by what a part's prices are multiplied in a band, given some facts."""
    times = Fraction(1)
    for _kind, _value, factor in factors_of(terms, part, band, facts):
        times *= Fraction(factor)
    return times


def factors_of(
    terms: RateTerms, part: PlanPart, band: str, facts: Mapping[str, str]
) -> tuple[tuple[str, str, Decimal], ...]:
    """Return the factors of a part: kind, what it was looked up by, and the figure."""
    found = []
    if part.bands and band:
        found.append(("band", band, dict(part.bands).get(band, Decimal(1))))
    if part.discount:
        found.append(("discount", "", EXACT.subtract(Decimal(1), part.discount)))
    for table in terms.factors:
        if table.kind in part.factors:
            value = facts.get(table.kind, "")
            figure = dict(table.values).get(value)
            named = value if figure is not None else OTHERWISE
            found.append((table.kind, named, table.otherwise if figure is None else figure))
    return tuple(found)


def _line(
    card: RateCard,
    part: PlanPart,
    cell: RatedCell,
    had: PricedCell,
    has: PricedCell,
    context: RatingContext,
) -> RatedLine:
    terms = terms_of(card)
    shown = has if has != NOT_PRICED else had
    tier = part.tiers[shown.tier] if part.tiers and shown.tier >= 0 else None
    has_next = tier is not None and shown.tier + 1 < len(part.tiers)
    until = part.tiers[shown.tier + 1].starts_from if has_next else None
    is_owed = cell.tier < 0
    return RatedLine(
        component=part.code,
        unit=RateUnit.PERIOD if is_owed else RateUnit(part.unit),
        quantity=decimal_of(has.billed - had.billed),
        tier_from=tier.starts_from if tier else Decimal(0),
        tier_until=until,
        unit_price=shown.unit_price,
        raw_amount=decimal_of(has.raw - had.raw),
        amount_minor=has.minor - had.minor,
        asset=card.asset,
        plan_version_id=card.version_id,
        rule_version_id=None,
        rating_rule=NAME,
        period=cell.period,
        band=cell.band,
        factors=factors_of(terms, part, cell.band, context.facts),
        plan_hash=card.content_hash,
    )


def decimal_of(value: Fraction) -> Decimal:
    """Return a fraction to the digits that quantities have."""
    exact = EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return exact.quantize(DIGITS, ROUND_HALF_EVEN, EXACT)


def _stepped(quantity: Fraction, increment: Decimal) -> Fraction:
    return _up(quantity / Fraction(increment)) * Fraction(increment) if increment else quantity


def _up(value: Fraction) -> int:
    """Return the least whole number that is not smaller."""
    return -(-value.numerator // value.denominator)


# --- Cells as they are stored -------------------------------------------------------------------
def stored(cells: Cells) -> dict[str, str]:
    """Return cells as plain data: exact fractions as text."""
    return {cell.text: str(quantity) for cell, quantity in sorted(cells.items())}


def read(data: Mapping[str, str]) -> Cells:
    """Return the cells that `stored` wrote."""
    found: Cells = {}
    for text, quantity in data.items():
        code, period, band, tier = text.split("|")
        found[RatedCell(code, period, band, int(tier))] = Fraction(quantity)
    return found
