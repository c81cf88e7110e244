"""
`rate-2` and `rate-3` over millions of usage records, in columns of whole numbers. Pure.

To each record it gives the lines that charging it alone would give, to the last digit: the laws
compare them. What columns cannot hold (windows that cross a border of the calendar, models beyond
these, figures beyond 63 bits) is left to the exact path, contract by contract.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from common.period import Period
from pricing import calendars, rate_2, rate_4, rules
from pricing.contracts import TOKEN_KINDS, RateCard, RatedLine, RateUnit
from pricing.plan_models import CountedBy, CountedOver, PlanModel, PlanPart, RateTerms

Whole = NDArray[np.int64]
PER_HOUR: Final = 3_600_000  # thousandths of a unit-second in a unit-hour
PER_MILLION: Final = 10**9  # thousandths of a token in a million of them
MOST: Final = 2**62
BLOCK: Final = 150_000  # records that are rated together
IN_COLUMNS: Final = (PlanModel.UNIT, PlanModel.GRADUATED, PlanModel.PACKAGE)
OWED: Final = (PlanModel.FLAT, PlanModel.MINIMUM)


class NotInColumns(Exception):  # noqa: N818 - an answer: the exact path takes it
    """A plan, or a figure, that columns of whole numbers do not hold."""


@dataclass(frozen=True, slots=True)
class UsageColumns:
    """
    Usage records in the order in which they are charged: times in whole seconds since 1970.

    `contract` counts from 0; `thousandths` are of unit-seconds, negative where use is taken back;
    `ordered` is each contract's own time. `tokens` are thousandths of tokens by kind, of an API.
    """

    contract: Whole
    starts: Whole
    ends: Whole
    thousandths: Whole
    ordered: Sequence[Period]
    tokens: Mapping[RateUnit, Whole] = field(default_factory=dict)

    def of(self, unit: str) -> Whole:
        """
        Return what was used in a unit, in the parts that columns count.

        :raises NotInColumns: if columns hold nothing of it
        """
        if unit == RateUnit.UNIT_HOUR:
            return self.thousandths
        if unit in self.tokens:
            return self.tokens[RateUnit(unit)]
        raise NotInColumns


@dataclass(slots=True)
class LineColumns:
    """Lines by record, then component, then tier; owed ones have tier -1. Periods have names."""

    record: Whole
    part: Any  # the narrow ones hold 16 bits
    tier: Any
    period: Any
    band: Any
    numerator: Whole  # of the quantity, over the denominator of its component
    amount_minor: Whole
    periods: list[str]
    bands: list[str]
    denominators: list[int]
    exact: dict[int, list[RatedLine]] = field(default_factory=dict)  # by record, of the exact path

    def __len__(self) -> int:
        return len(self.record) + sum(map(len, self.exact.values()))


def rate_many(
    card: RateCard, usage: UsageColumns, facts: Mapping[str, str] | None = None
) -> LineColumns:
    """Return the lines of all records, each as `rate_2` gives it in its turn."""
    known, calendar = facts or {}, _Calendar([""], [""])
    card = rate_4.by_facts(card, known)
    parts = rate_2.terms_of(card).parts
    found: list[LineColumns] = []
    exact: dict[int, list[RatedLine]] = {}
    for records in _blocks(usage):
        try:
            lines = _Columns(card, usage, records, known, calendar).lines()
        except NotInColumns:
            exact |= _exactly(card, usage, records, known)
        else:
            exact |= lines.exact
            found.append(lines)
    scales = [lcm(1, *(each.denominators[n] for each in found)) for n in range(len(parts))]
    for each in found:
        for place, scale in enumerate(scales):
            if scale != each.denominators[place]:
                each.numerator[each.part == place] *= scale // each.denominators[place]
    order = np.argsort(_joined(found, "record"), kind="stable")
    names = ("record", "part", "tier", "period", "band", "numerator", "amount_minor")
    columns: dict[str, Any] = {name: _joined(found, name)[order] for name in names}
    return LineColumns(
        **columns,
        periods=calendar.months,
        bands=calendar.bands,
        denominators=scales,
        exact=exact,
    )


def _blocks(usage: UsageColumns) -> Iterator[Whole]:
    """Yield the records of so many contracts at once: memory follows blocks, not all of them."""
    counts = np.bincount(usage.contract, minlength=len(usage.ordered))
    block = np.cumsum(counts) // BLOCK
    place = block[usage.contract].astype(np.int32)
    for number in np.unique(place).tolist():
        yield np.flatnonzero(place == number)


def _joined(found: Sequence[LineColumns], name: str) -> Any:
    columns = [getattr(each, name) for each in found]
    return np.concatenate(columns) if columns else np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The names of months and bands by their places."""

    months: list[str]
    bands: list[str]


class _Columns:
    def __init__(
        self,
        card: RateCard,
        usage: UsageColumns,
        records: Whole,
        facts: Mapping[str, str],
        calendar: _Calendar,
    ) -> None:
        self._card, self._terms, self._facts = card, rate_2.terms_of(card), facts
        _require_known(self._terms)
        self._usage, self._records = usage, records
        self._months, self._bands = calendar.months, calendar.bands
        self._cells()

    def _cells(self) -> None:
        """Find the month and band of each record; set aside contracts that cross a border."""
        usage, records = self._usage, self._records
        starts, ends, contract = usage.starts[records], usage.ends[records], usage.contract[records]
        span = Period(_moment(int(starts.min())), _moment(int(ends.max())))
        lows, months, bands = [], [], []
        for low, _high, (month_name, band_name) in calendars.stretches(self._terms, span):
            lows.append(int(low.timestamp()))
            months.append(_place(self._months, month_name))
            bands.append(_place(self._bands, band_name))
        edges = np.array(lows, np.int64)
        first = np.searchsorted(edges, starts, "right") - 1
        last = np.searchsorted(edges, ends - 1, "right") - 1
        month, band = np.array(months, np.int64), np.array(bands, np.int64)
        crosses: NDArray[np.bool_] = (month[first] != month[last]) | (band[first] != band[last])
        crosses |= (last - first) > 1
        apart = np.zeros(len(usage.ordered), bool)
        apart[contract[crosses]] = True
        self._apart = records[apart[contract]]
        kept = np.flatnonzero(~apart[contract])
        if not len(kept):
            raise NotInColumns
        self._kept = records[kept]
        self._month: Whole = month[first][kept]
        self._band: Whole = band[first][kept]
        self._contract = contract[kept]
        self._used = usage.thousandths[self._kept]
        for tokens in usage.tokens.values():  # Flat fees are owed for use of any kind.
            self._used = self._used + tokens[self._kept]

    def lines(self) -> LineColumns:
        """Return the lines of every record."""
        parts: list[tuple[Any, ...]] = []
        denominators: list[int] = []
        reached = np.zeros(len(self._kept), np.int64)
        for place, part in enumerate(self._terms.parts):
            if part.is_metered:
                found, scale = self._metered(place, part)
                parts += found
                denominators.append(scale)
                for record, _place, _tier, _period, _band, _numerator, minor in found:
                    np.add.at(reached, record, minor)
            else:
                denominators.append(1)
        owed = [(p, each) for p, each in enumerate(self._terms.parts) if not each.is_metered]
        for place, part in sorted(owed, key=lambda each: each[1].model == PlanModel.MINIMUM):
            found, scale = self._owed(place, part, reached)
            parts += found
            denominators[place] = scale
            for record, _place, _tier, _period, _band, _numerator, minor in found:
                np.add.at(reached, record, minor)
        columns = [np.concatenate([each[n] for each in parts]) for n in range(7)]
        order = np.lexsort((columns[2], columns[1], columns[0]))  # record, component, tier
        sorted_columns = self._told([column[order] for column in columns])
        told = LineColumns(
            record=self._kept[sorted_columns[0]],
            part=sorted_columns[1],
            tier=sorted_columns[2],
            period=sorted_columns[3],
            band=sorted_columns[4],
            numerator=sorted_columns[5],
            amount_minor=sorted_columns[6],
            periods=self._months,
            bands=self._bands,
            denominators=denominators,
        )
        told.exact = _exactly(self._card, self._usage, self._apart, self._facts)
        return told

    def _told(self, columns: list[Any]) -> list[Any]:
        """Leave out kinds of tokens of which there is nothing, where a record has other lines."""
        kinds = [n for n, part in enumerate(self._terms.parts) if part.unit in TOKEN_KINDS]
        empty = np.isin(columns[1], kinds) & (columns[5] == 0) & (columns[6] == 0)
        if not empty.any():
            return columns
        others = np.zeros(len(self._kept), bool)
        others[columns[0][~empty]] = True
        is_first = np.diff(columns[0], prepend=-1) != 0
        keep = ~empty | (~others[columns[0]] & is_first)
        return [column[keep] for column in columns]

    # --- What is counted ------------------------------------------------------------------------
    def _metered(self, place: int, part: PlanPart) -> tuple[list[tuple[Any, ...]], int]:
        period = self._month if part.per == CountedOver.MONTH else np.zeros_like(self._month)
        band = self._band if part.bands else np.zeros_like(self._band)
        per = _per(part.unit)
        used = _counted(self._terms, self._usage, part.unit)[self._kept]
        fine = lcm(*(Fraction(t.starts_from * per).denominator for t in part.tiers), 1)
        largest = max(abs(int(used.min())), abs(int(used.max())))
        if largest * fine * len(used) > MOST:  # No sum of them leaves what columns hold.
            raise NotInColumns
        change = used * fine
        after = _running(change, self._contract, period, band, counts=self._counts())
        if len(after) and (after.min() < 0 or after.max() > MOST // 4):
            raise NotInColumns
        before = after - change
        found = []
        touched = np.zeros(len(change), bool)
        for tier, (low, high, price) in enumerate(_tiers(part, fine)):
            had, has = _portion(before, low, high), _portion(after, low, high)
            billed = _billed(part, has, fine) - _billed(part, had, fine)
            moved = np.flatnonzero(billed)
            touched[moved] = True
            minor = np.zeros(len(moved), np.int64)
            for number, name in enumerate(self._bands):
                inside = np.flatnonzero(band[moved] == number)
                if len(inside):
                    rate = self._rate(part, price, name, fine)
                    rows = moved[inside]
                    minor[inside] = _priced(has[rows], rate) - _priced(had[rows], rate)
            quantity = billed[moved]
            found.append(_rows(moved, place, tier, period[moved], band[moved], quantity, minor))
        still = np.flatnonzero(~touched)
        zero = np.zeros(len(still), np.int64)
        found.append(_rows(still, place, 0, zero, zero, zero, zero))
        return found, 1 if part.model == PlanModel.PACKAGE else per * fine

    def _rate(self, part: PlanPart, price: Decimal, band: str, fine: int) -> "_Rate":
        """Return by which whole numbers an amount of steps is priced."""
        times = rate_2.multiplier(self._terms, part, band, self._facts)
        minor = Fraction(price) * times * 10**self._card.scale / self._terms.to_minor
        if part.model == PlanModel.PACKAGE:
            return _Rate(minor, *_block(part, fine), self._terms.to_minor)
        step = _step(part, fine) if part.increment else 1
        return _Rate(minor * step / (_per(part.unit) * fine), step, 1, self._terms.to_minor)

    # --- What is owed ---------------------------------------------------------------------------
    def _owed(
        self, place: int, part: PlanPart, reached: Whole
    ) -> tuple[list[tuple[Any, ...]], int]:
        period = self._month if part.per == CountedOver.MONTH else np.zeros_like(self._month)
        none = np.zeros_like(period)
        use = _running(self._used, self._contract, period, none, counts=self._counts())
        if len(use) and use.min() < 0:
            raise NotInColumns
        is_used, was_used = use > 0, (use - self._used) > 0
        full, share, scale = self._full(part, period)
        if part.model == PlanModel.MINIMUM:
            so_far = _running(reached, self._contract, period, none, counts=self._counts())
            has = np.where(is_used, np.maximum(full - so_far, 0), 0)
            had = np.where(was_used, np.maximum(full - so_far + reached, 0), 0)
        else:
            has, had = np.where(is_used, full, 0), np.where(was_used, full, 0)
        moved = np.flatnonzero((is_used != was_used) | (has != had))
        change = is_used.astype(np.int64) - was_used.astype(np.int64)
        quantity = (change * share)[moved]
        minor = (has - had)[moved]
        return [_rows(moved, place, -1, period[moved], none[moved], quantity, minor)], scale

    def _full(self, part: PlanPart, period: Whole) -> tuple[Whole, Whole, int]:
        """Return what a span owes of each record's contract, and by what share of it."""
        pairs, where = np.unique(self._contract * len(self._months) + period, return_inverse=True)
        shares = []
        for pair in pairs.tolist():
            contract, month = divmod(pair, len(self._months))
            context = rate_2.RatingContext(self._facts, self._usage.ordered[contract])
            shares.append(rate_2.owed_share(self._terms, self._months[month], context))
        times = Fraction(1)
        if part.model != PlanModel.MINIMUM:
            times = rate_2.multiplier(self._terms, part, "", self._facts)
        full = [
            rate_2.rounded_up(share * Fraction(part.price) * times, self._card) for share in shares
        ]
        scale = lcm(1, *(share.denominator for share in shares))
        if scale > MOST:
            raise NotInColumns
        parts = [share.numerator * (scale // share.denominator) for share in shares]
        return np.array(full, np.int64)[where], np.array(parts, np.int64)[where], scale

    def _counts(self) -> tuple[int, int]:
        return len(self._months), len(self._bands)


class _Rate:
    """Prices whole steps: blocks or increments begun, rounded up to the plan's step of money."""

    def __init__(self, minor: Fraction, size: int, over: int, to_minor: int) -> None:
        self.size, self.over, self.to_minor = size, over, to_minor
        self.numerator, self.denominator = minor.numerator, minor.denominator


def _priced(quantity: Whole, rate: _Rate) -> Whole:
    """Return the amount of steps; as `rate_2.rounded_up`, which lets a thousandth pass."""
    steps = _up(quantity, rate.size, rate.over) if (rate.size, rate.over) != (1, 1) else quantity
    most = int(steps.max()) if len(steps) else 0
    if most * rate.numerator * 1000 + rate.denominator * 1000 > MOST:
        raise NotInColumns
    counted = steps * (rate.numerator * 1000) - rate.denominator
    minor = np.where(counted > 0, -(-counted // (rate.denominator * 1000)), 0)
    return np.asarray(minor * rate.to_minor, np.int64)


def _require_known(terms: RateTerms) -> None:
    for part in terms.parts:
        if part.model not in (*IN_COLUMNS, *OWED):
            raise NotInColumns
    if terms.counted_by != CountedBy.CONTRACT:
        raise NotInColumns


def _per(unit: str) -> int:
    """Return how many of a column's parts make one of a unit."""
    return PER_MILLION if unit in TOKEN_KINDS else PER_HOUR


def _counted(terms: RateTerms, usage: UsageColumns, unit: str) -> Whole:
    """Return what counts in a unit: as read, what came from a cache and has no price."""
    is_priced = any(part.unit == RateUnit.MTOKEN_CACHED for part in terms.parts)
    found = usage.of(unit)
    if unit == RateUnit.MTOKEN_IN and not is_priced and RateUnit.MTOKEN_CACHED in usage.tokens:
        return found + usage.tokens[RateUnit.MTOKEN_CACHED]
    return found


def _tiers(part: PlanPart, fine: int) -> Iterator[tuple[int, int, Decimal]]:
    if part.model == PlanModel.PACKAGE:
        yield 0, MOST, part.price
        return
    borders = [int(tier.starts_from * _per(part.unit) * fine) for tier in part.tiers]
    for low, high, tier in zip(borders, [*borders[1:], MOST], part.tiers, strict=True):
        yield low, high, tier.unit_price


def _block(part: PlanPart, fine: int) -> tuple[int, int]:
    size = Fraction(part.block) * _per(part.unit) * fine
    return size.numerator, size.denominator


def _step(part: PlanPart, fine: int) -> int:
    size = Fraction(part.increment) * _per(part.unit) * fine
    if size.denominator != 1:
        raise NotInColumns
    return size.numerator


def _up(quantity: Whole, size: int, over: int) -> Whole:
    """Return how many sizes are begun; a size is a fraction over `over`."""
    if len(quantity) and int(quantity.max()) * over > MOST:
        raise NotInColumns
    return np.asarray(-(-(quantity * over) // size), np.int64)


def _billed(part: PlanPart, quantity: Whole, fine: int) -> Whole:
    """Return what is billed of a quantity: blocks, or whole increments, or what it is."""
    if part.model == PlanModel.PACKAGE:
        return _up(quantity, *_block(part, fine))
    if part.increment:
        step = _step(part, fine)
        return np.asarray(_up(quantity, step, 1) * step, np.int64)
    return quantity


def _portion(quantity: Whole, low: int, high: int) -> Whole:
    return np.asarray(np.clip(quantity, low, high) - low, np.int64)


def _running(
    change: Whole, contract: Whole, period: Whole, band: Whole, *, counts: tuple[int, int]
) -> Whole:
    """Return the sum of changes so far, each contract, period and band by itself."""
    group = (contract * counts[0] + period) * counts[1] + band
    order = np.argsort(group, kind="stable")
    sums = np.cumsum(change[order])
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    lengths = np.diff(np.append(starts, len(order)))
    before = np.where(starts > 0, sums[starts - 1], 0)
    result = np.empty_like(sums)
    result[order] = sums - np.repeat(before, lengths)
    return result


def _rows(
    record: Whole, part: int, tier: int, period: Whole, band: Whole, quantity: Whole, minor: Whole
) -> tuple[Any, ...]:
    size = len(record)
    places = np.full(size, part, np.int16), np.full(size, tier, np.int16)
    when = period.astype(np.int16), band.astype(np.int16)
    return (record.astype(np.int64), *places, *when, quantity, minor)


def _place(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# --- The exact path -----------------------------------------------------------------------------
def _exactly(
    card: RateCard, usage: UsageColumns, records: Any, facts: Mapping[str, str]
) -> dict[int, list[RatedLine]]:
    """Return the lines of some records, one after the other, as charging gives them."""
    terms, rating = rate_2.terms_of(card), rules.in_cells(card)
    cells: dict[int, rate_2.Cells] = {}
    found: dict[int, list[RatedLine]] = {}
    for record in records.tolist():
        contract = int(usage.contract[record])
        period = Period(_moment(int(usage.starts[record])), _moment(int(usage.ends[record])))
        hours = Fraction(int(usage.thousandths[record]), PER_HOUR)
        quantities = {RateUnit.UNIT_HOUR: hours} | {
            unit: Fraction(int(each[record]), PER_MILLION) for unit, each in usage.tokens.items()
        }
        use = rate_2.TimedUse(period, quantities, Fraction(0))
        context = rate_2.RatingContext(facts, usage.ordered[contract])
        before = cells.get(contract, {})
        after = rating.advanced(terms, before, use, context)
        found[record] = rating.lines(card, before, after, context)
        cells[contract] = after
    return found


def exact_reference(
    card: RateCard, usage: UsageColumns, facts: Mapping[str, str] | None = None
) -> dict[int, list[RatedLine]]:
    """Return the lines of every record by the rule itself: what columns are compared with."""
    return _exactly(card, usage, np.arange(len(usage.contract)), facts or {})


def plain_lines(
    card: RateCard, columns: LineColumns, facts: Mapping[str, str] | None = None
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield each line as record, component, period, band, quantity and amount."""
    parts = rate_2.terms_of(rate_4.by_facts(card, facts or {})).parts
    for row in zip(
        columns.record.tolist(),
        columns.part.tolist(),
        columns.period.tolist(),
        columns.band.tolist(),
        columns.numerator.tolist(),
        columns.amount_minor.tolist(),
        strict=True,
    ):
        record, part, period, band, numerator, minor = row
        quantity = rate_2.decimal_of(Fraction(numerator, columns.denominators[part]))
        names = (parts[part].code, columns.periods[period], columns.bands[band])
        yield record, (*names, quantity, minor)
    for record, lines in columns.exact.items():
        for line in lines:
            yield (
                record,
                (line.component, line.period, line.band, line.quantity, line.amount_minor),
            )
