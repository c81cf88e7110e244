"""
What of measured use an order pays for: never more than its units, at any moment; pure.

Use is bounded in cells: the windows of the contract's own rule. What a cell is worth is decided by
all that was measured in it, so that any order of records and revisions ends with the same figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final
from uuid import UUID

from common.money import EXACT
from common.period import Period
from marketplace.settlement.contracts import NOTHING_MEASURED, Measured
from metering import rules as metering_rules
from metering import units as metering_units
from metering.contracts import MeasuredUsage

HOURS_DIGITS: Final = metering_rules.HOURS_DIGITS
KIND_DIGITS: Final = Decimal("1e-12")
NONE: Final = Decimal(0)
UNKNOWN: Final = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Reduced:
    """That an order is of less from a moment on."""

    starts_at: datetime
    units_milli: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """How much was ordered: so many units, from one moment to another."""

    units_milli: int
    unit: str
    period: Period
    window_seconds: int
    delivered: tuple[Period, ...] | None = None  # when it ran; none where the clock alone decides
    reduced: Reduced | None = None  # of less from a moment on

    def units(self, moment: datetime) -> Decimal:
        """Return the units at a moment; none where things are counted that no capacity bounds."""
        milli = self.units_milli
        if self.reduced is not None and moment >= self.reduced.starts_at:
            milli = self.reduced.units_milli
        is_bounded = metering_units.bound_of(self.unit) is not None
        return Decimal(milli if is_bounded else 0).scaleb(-3, context=EXACT)

    def cell(self, moment: datetime) -> Period:
        """Return the window of the contract's rule that holds a moment."""
        return Period.containing(moment, seconds=self.window_seconds)

    def parts_in(self, cell: Period) -> list[Period]:
        """Return the parts of a cell in which the order was to be used, and was in operation."""
        inside = cell.overlap(self.period)
        if inside is None:
            return []
        if self.delivered is None:
            return [inside]
        return [part for each in self.delivered if (part := inside.overlap(each)) is not None]

    def stretches_in(self, cell: Period) -> list[tuple[Period, Decimal]]:
        """Return the parts of a cell in which the order was to be used, each with its units."""
        parts = self.parts_in(cell)
        if self.reduced is not None:
            parts = [piece for part in parts for piece in _divided(part, self.reduced.starts_at)]
        return [(part, self.units(part.starts_at)) for part in parts]

    def holds(self, record: MeasuredUsage) -> bool:
        """Return whether a usage record lies in one cell."""
        return record.ends_at <= self.cell(record.starts_at).ends_at

    def most_units(self, record: MeasuredUsage) -> Decimal:
        """Return the unit-seconds that the order keeps ready in the cell of a record."""
        return self._unit_seconds(self.cell(record.starts_at))

    def most(self, cell: Period) -> Decimal:
        """Return how much the order has in a cell: unit-seconds, or what they yield at most."""
        bound = metering_units.bound_of(self.unit)
        return NONE if bound is None else EXACT.multiply(self._unit_seconds(cell), bound.per_second)

    def _unit_seconds(self, cell: Period) -> Decimal:
        found = NONE
        for part, units in self.stretches_in(cell):
            seconds = Decimal(part.microseconds).scaleb(-6, context=EXACT)
            found = EXACT.add(found, EXACT.multiply(units, seconds))
        return found


def _divided(part: Period, moment: datetime) -> list[Period]:
    if not part.starts_at < moment < part.ends_at:
        return [part]
    return [Period(part.starts_at, moment), Period(moment, part.ends_at)]


@dataclass(frozen=True, slots=True)
class Cell:
    """What was measured in a cell so far, and how much of it lies within the order."""

    measured: Measured = NOTHING_MEASURED
    bounded: Measured = NOTHING_MEASURED
    is_measured: bool = True  # by a record of the order; records of something else do not count


@dataclass(slots=True)
class DeliveredUse:
    """The cells of one contract by their beginning, and what tighter bounds are known of some."""

    ordered: Ordered
    cells: dict[datetime, Cell] = field(default_factory=dict)
    used_within: dict[datetime, Decimal] = field(default_factory=dict)

    def is_new(self, record: MeasuredUsage) -> bool:
        """Return whether nothing of the order was measured yet in a record's cell."""
        cell = self.cells.get(self.ordered.cell(record.starts_at).starts_at)
        return cell is None or not cell.is_measured

    def add(self, record: MeasuredUsage, change: Measured) -> Measured:
        """Take a change of what was measured; return the change of what the order pays for."""
        cell = self.ordered.cell(record.starts_at)
        before = self.cells.get(cell.starts_at, Cell())
        measured = before.measured + change
        most = self.ordered.most(cell)
        bounded = within(measured, min(most, self.used_within.get(cell.starts_at, most)))
        self.cells[cell.starts_at] = Cell(measured, bounded)
        return bounded + -before.bounded


def within(measured: Measured, most: Decimal) -> Measured:
    """Return so much of a measured amount; its hours and kinds are cut in proportion."""
    if measured.quantity <= most:
        return measured
    standard = measured.standard_hours
    if standard is not None:
        part = EXACT.divide(EXACT.multiply(standard, most), measured.quantity)
        standard = part.quantize(HOURS_DIGITS, ROUND_HALF_EVEN, EXACT)
    kinds = (
        (unit, EXACT.divide(EXACT.multiply(each, most), measured.quantity))
        for unit, each in measured.kinds
    )
    cut = ((unit, each.quantize(KIND_DIGITS, ROUND_HALF_EVEN, EXACT)) for unit, each in kinds)
    return Measured(most, standard, tuple((unit, each) for unit, each in cut if each))


def crowded(
    delivery: DeliveredUse, records: Sequence[MeasuredUsage], earlier: Mapping[UUID, Measured]
) -> set[datetime]:
    """
    Return the cells where the order may have been exceeded at some moment.

    Elsewhere the sum of a cell says enough: all of it was ordered, nothing but these records was
    measured in it, and they never had more units in use at once than the order has. `earlier` is
    what was charged of records that these supersede.
    """
    ordered = delivery.ordered
    over = {record.supersedes_id for record in records}
    cells: dict[datetime, list[MeasuredUsage]] = {}
    for record in records:
        if ordered.holds(record):
            cells.setdefault(ordered.cell(record.starts_at).starts_at, []).append(record)
    return {
        at
        for at, inside in cells.items()
        if [part for part, _units in ordered.stretches_in(ordered.cell(at))] != [ordered.cell(at)]
        or _charged(inside, earlier) != delivery.cells.get(at, Cell()).measured.quantity
        or _busiest(record for record in inside if record.id not in over) > ordered.units(at)
    }


def _charged(records: Iterable[MeasuredUsage], earlier: Mapping[UUID, Measured]) -> Decimal:
    """Return what was charged of the records that these supersede."""
    over = (each.supersedes_id for each in records if each.supersedes_id is not None)
    return sum((earlier[each].quantity for each in over if each in earlier), NONE)


def _busiest(records: Iterable[MeasuredUsage]) -> Decimal:
    """Return how many units several meters may have had in use at once."""
    at_once: dict[datetime, Decimal] = {}
    for record in records:
        units = UNKNOWN if record.units_max is None else record.units_max
        at_once[record.starts_at] = at_once.get(record.starts_at, NONE) + units
    return max(at_once.values(), default=NONE)
