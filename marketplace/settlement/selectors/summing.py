"""
What contracts come to under terms, from sums of their use: each contract once, not each charge.

A charge is the price of what was used up to it less the price of what was used before, so the
charges of a contract together are the price of its use: only that is rated. What a charge counts
in a month and band adds up; exactly so while nothing is taken back that was not there. Contracts
of which more is taken back are left to who rates them charge by charge.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from common.errors import Refusal
from common.period import Period
from marketplace.catalog.tokens import KIND_OF_UNIT
from pricing import calendars, rate_2, token_kinds
from pricing import rules as pricing_rules
from pricing.contracts import RateCard, RateUnit
from pricing.plan_models import RateTerms

PER_HOUR: Final = 3_600_000
MICROSECONDS: Final = 1_000_000
MOST: Final = 2**62
SUMMED: Final = ("quantity", "standard", *KIND_OF_UNIT)  # columns of a charge that add up
Whole = NDArray[np.int64]
# Of a contract by month and band: sums in the order of SUMMED, then microseconds kept ready.
Sums = dict[calendars.TimeCell, list[Fraction]]


@dataclass(frozen=True, slots=True)
class AgreedUse:
    """What of a contract decides its price: when it was agreed, and of how many thousandths."""

    period: Period
    units_milli: int


@dataclass(slots=True)
class RatedSums:
    """What contracts come to, how many charges that were, and the places of those left over."""

    minor: int = 0
    charges: int = 0
    left: list[int] = field(default_factory=list)


def summed(
    card: RateCard, rows: Any, agreed: Mapping[int, AgreedUse], facts: Mapping[str, str]
) -> RatedSums:
    """
    Return what charges come to by contract, in minor units.

    `rows` are charges in the order in which they were made, with the columns `contract`, `starts`,
    `ends` (seconds since 1970) and SUMMED; `agreed` holds what each contract place agreed on.
    """
    found = RatedSums()
    if not len(rows):
        return found
    terms = rate_2.terms_of(card)
    times = _times(terms, rows)
    left = _taken_back(rows, times)
    found.left = left.tolist()
    kept = ~np.isin(rows["contract"], left)
    found.charges = int(kept.sum())
    for place, sums in _sums(terms, rows, np.flatnonzero(kept), times, agreed):
        context = rate_2.RatingContext(facts, agreed[place].period)
        try:
            cells = _advanced(card, sums, agreed[place], context)
            found.minor += rate_2.total_of(card, cells, context)
        except Refusal:  # More than can be counted: charge by charge one sees which.
            found.left.append(place)
            found.charges -= int((rows["contract"] == place).sum())
    return found


@dataclass(frozen=True, slots=True)
class _Times:
    """The month and band of each charge, by its number among `names`; whether it lies in more."""

    names: list[calendars.TimeCell]
    cell: Whole
    crosses: NDArray[np.bool_]


def _times(terms: RateTerms, rows: Any) -> _Times:
    starts, ends = rows["starts"].astype(np.int64), rows["ends"].astype(np.int64)
    span = Period(_moment(int(starts.min())), _moment(int(ends.max())))
    lows: list[int] = []
    cells: list[calendars.TimeCell] = []
    for begins, _ends, found in calendars.stretches(terms, span):
        if not cells or cells[-1] != found:
            lows.append(int(begins.timestamp()))
            cells.append(found)
    edges = np.array(lows, np.int64)
    first = np.searchsorted(edges, starts, "right") - 1
    last = np.searchsorted(edges, ends - 1, "right") - 1
    names = list(dict.fromkeys(cells))
    place_of = {name: number for number, name in enumerate(names)}
    cell: Whole = np.array([place_of[each] for each in cells], np.int64)
    return _Times(names, cell[first], np.not_equal(first, last))


def _taken_back(rows: Any, times: _Times) -> Whole:
    """
    Return the contracts whose sums don't tell what charging in turn would.

    Of those something is taken back that was not there, by month and band, or in a window that
    lies in more than one.
    """
    contract = rows["contract"].astype(np.int64)
    is_less = np.zeros(len(rows), bool)
    for name in SUMMED:
        is_less |= rows[name] < 0
    doubtful = np.isin(contract, contract[is_less])
    inside = np.flatnonzero(doubtful)
    found = [contract[doubtful & times.crosses]]
    key = contract[inside] * len(times.names) + times.cell[inside]
    order = np.argsort(key, kind="stable")
    begins = np.flatnonzero(np.diff(key[order], prepend=-1))
    lengths = np.diff(np.append(begins, len(order)))
    for name in SUMMED if len(inside) else ():
        change = rows[name].astype(np.int64)[inside][order]
        if int(np.abs(change).max()) * len(change) > MOST:
            found.append(contract[inside])
            break
        sums = np.cumsum(change)
        before = np.where(begins > 0, sums[begins - 1], 0)
        running = sums - np.repeat(before, lengths)
        found.append(contract[inside][order][running < 0])
    return np.unique(np.concatenate(found))


def _sums(
    terms: RateTerms, rows: Any, kept: Whole, times: _Times, agreed: Mapping[int, AgreedUse]
) -> Iterator[tuple[int, Sums]]:
    """Yield each contract with its use by month and band."""
    if not len(kept):
        return
    rows, cell = rows[kept], times.cell[kept]
    contract = rows["contract"].astype(np.int64)
    starts, ends = rows["starts"].astype(np.int64), rows["ends"].astype(np.int64)
    ready = _ready(contract, starts, ends, agreed)
    crosses = times.crosses[kept]
    whole = np.flatnonzero(~crosses)
    keys, group = np.unique(contract[whole] * len(times.names) + cell[whole], return_inverse=True)
    columns = [_added(rows[name].astype(np.int64)[whole], group, len(keys)) for name in SUMMED]
    columns.append(_added(ready[whole], group, len(keys)))
    found: dict[int, Sums] = {}
    for number, each in enumerate(keys.tolist()):
        place, name = divmod(each, len(times.names))
        sums = [Fraction(int(column[number])) for column in columns]
        found.setdefault(place, {})[times.names[name]] = sums
    for number in np.flatnonzero(crosses).tolist():
        window = Period(_moment(int(starts[number])), _moment(int(ends[number])))
        figures = [int(rows[name][number]) for name in SUMMED] + [int(ready[number])]
        _spread(terms, found.setdefault(int(contract[number]), {}), window, figures)
    yield from found.items()


def _added(values: Whole, group: Whole, size: int) -> Any:
    """Return sums by group, exactly: floats of `bincount` would lose digits."""
    largest = int(values.max()) if len(values) else 0
    kind: Any = object if largest * len(values) > MOST else np.int64
    sums = np.zeros(size, kind)
    np.add.at(sums, group, values.astype(kind))
    return sums


def _spread(terms: RateTerms, sums: Sums, window: Period, figures: Sequence[int]) -> None:
    """Add what was used evenly over a window to the months and bands that it crosses."""
    for cell, inside in calendars.cells(terms, window):
        part = Fraction(inside, window.microseconds)
        had = sums.get(cell, [Fraction(0)] * len(figures))
        sums[cell] = [before + part * each for before, each in zip(had, figures, strict=True)]


def _ready(contract: Whole, starts: Whole, ends: Whole, agreed: Mapping[int, AgreedUse]) -> Whole:
    """Return for how many microseconds each charge keeps capacity ready; once a window."""
    places, where = np.unique(contract, return_inverse=True)
    periods = [agreed[place].period for place in places.tolist()]
    begins = np.array([_microseconds(each.starts_at) for each in periods], np.int64)[where]
    until = np.array([_microseconds(each.ends_at) for each in periods], np.int64)[where]
    inside = np.minimum(ends * MICROSECONDS, until) - np.maximum(starts * MICROSECONDS, begins)
    order = np.lexsort((np.arange(len(starts)), starts, contract))
    is_first = np.ones(len(starts), bool)
    again = (np.diff(contract[order]) == 0) & (np.diff(starts[order]) == 0)
    is_first[order[1:][again]] = False
    return np.where(is_first, np.maximum(inside, 0), 0).astype(np.int64)


def _advanced(
    card: RateCard, sums: Sums, agreed: AgreedUse, context: rate_2.RatingContext
) -> rate_2.Cells:
    terms, advanced = rate_2.terms_of(card), pricing_rules.in_cells(card).advanced
    is_by_kind = token_kinds.is_by_kind(card)
    cells: rate_2.Cells = {}
    for cell, figures in sums.items():
        of = dict(zip((*SUMMED, "ready"), figures, strict=True))
        hours = of["quantity"] / PER_HOUR
        quantities = {
            RateUnit.UNIT_HOUR: hours,
            RateUnit.STANDARD_HOUR: of["standard"] / PER_HOUR,
            RateUnit.KTOKEN: hours * 3600 / 1000,
            RateUnit.GB_MOVED: hours * 3600 / 10**9,
            RateUnit.GB_MONTH: hours / 720,
        }
        if is_by_kind or any(of[unit] for unit in KIND_OF_UNIT):
            quantities |= {
                token_kinds.KINDS[kind]: of[unit] / 10**9 for unit, kind in KIND_OF_UNIT.items()
            }
        kept = of["ready"] * agreed.units_milli / (1000 * 3600 * MICROSECONDS)
        use = rate_2.TimedUse(_tick(terms, cell), quantities, kept)
        cells = advanced(terms, cells, use, context)
    return cells


@lru_cache(maxsize=512)
def _tick(terms: RateTerms, cell: calendars.TimeCell) -> Period:
    """Return a stretch of time that lies in a month and band; what is counted there is whole."""
    month = calendars.month_of(terms, cell[0])
    for begins, ends, found in calendars.stretches(terms, month):
        if found == cell:
            return Period(begins, ends)
    message = f"{cell} is no part of its month"
    raise ValueError(message)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
