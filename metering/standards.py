"""
Standard hours by class: published conversion tables, and the factor of one resource. Pure.

Order of evidence. The nameplate figure of the table's row is the ceiling. A certificate that was
measured by somebody else, in force at that moment, lowers the factor; none raises it. Where
published figures contradict each other, a measured certificate counts up to the lowest of them.
Where nobody published a figure, nothing bounds a certificate: the time stays in native hours, and
the reason is told. Tables of measured classes (tokens a second have no nameplate) take measured
certificates alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from common.money import EXACT
from metering.contracts import Assessment, Factor
from metering.rows import CertifiedFigure
from metering.table_contracts import HourClass, InvalidTable

FACTOR_DIGITS: Final = Decimal("0.000001")
FACTOR_MAX: Final = Decimal(10_000)
ROWS_MAX: Final = 2_000
NAMES_MAX: Final = 50
TEXT_MAX: Final = 500
NO_ROW: Final = "the table has no published figure for {row}"
NO_ROW_BUT_CERTIFICATE: Final = (
    "the table has no published figure for {row}, so nothing bounds its certificate"
)
CONTESTED: Final = "published figures of {row} contradict each other: {figures}"
NO_KEY: Final = "the resource does not say what the table asks for"
NOT_MEASURED: Final = "no measured certificate is in force"
ENDED: Final = "its measured certificate ended on {day}"
TOO_SMALL: Final = "the certified figure rounds to a factor of 0"


class FactorBasis(StrEnum):
    """What a table's factors rest on."""

    NAMEPLATE = "nameplate"
    MEASURED = "measured"


class HourReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one standard hour of the class is an hour of."""

    value: str
    of: str
    source: str


class CapacityKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which capacity figures compare: unit, and where it matters format, density and path."""

    unit: str
    precision: str = ""
    density: str = ""
    path: str = ""


class TableRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is published of one kind of chip or core; two figures that differ give no factor."""

    name: str
    figures: tuple[str, ...]
    factor: str | None
    source: str
    also: tuple[str, ...] = ()

    @property
    def is_contested(self) -> bool:
        """Return whether published figures contradict each other."""
        return len({Decimal(figure) for figure in self.figures}) > 1

    @property
    def ceiling(self) -> Decimal:
        """Return the most that anybody may count with: the lowest published figure."""
        return min(Decimal(figure) for figure in self.figures)


class ConversionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a conversion table as data."""

    reference: HourReference
    line: CapacityKind
    key: str  # what a row is found by: the chip, or how many threads share a core
    evidence: FactorBasis
    rows: tuple[TableRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table under the name and version that rules name it by."""

    hour_class: HourClass
    version: int
    table: ConversionTable
    by_name: Mapping[str, TableRow]


def parse(definition: Mapping[str, Any]) -> ConversionTable:
    """
    Read a table strictly.

    :raises InvalidTable: naming what is wrong
    """
    try:
        table = msgspec.convert(definition, ConversionTable)
    except msgspec.ValidationError as error:
        raise InvalidTable(reason=str(error)) from error
    reference = _figure(table.reference.value, of="the reference")
    if table.key not in KEYS:
        raise InvalidTable(reason=f"rows are found by one of {', '.join(sorted(KEYS))}")
    if len(table.rows) > ROWS_MAX:
        raise InvalidTable(reason=f"more than {ROWS_MAX:,} rows")
    if bool(table.rows) is (table.evidence == FactorBasis.MEASURED):
        raise InvalidTable(reason="a nameplate table has rows, and a measured one has none")
    _require_named_once(table.rows)
    for row in table.rows:
        _require_sound(row, reference)
    return table


def published(hour_class: str, version: int, definition: Mapping[str, Any]) -> PublishedTable:
    """Return a stored table, ready to look up in."""
    table = parse(definition)
    return PublishedTable(HourClass(hour_class), version, table, by_name(table))


def by_name(table: ConversionTable) -> dict[str, TableRow]:
    """Return the rows under every name that they go by."""
    return {name: row for row in table.rows for name in (row.name, *row.also)}


def factor_of(figure: Decimal, reference: Decimal) -> Decimal:
    """Return how many standard hours an hour of a figure is worth: six digits, half up."""
    ratio = EXACT.divide(figure, reference)
    return ratio.quantize(FACTOR_DIGITS, rounding=ROUND_HALF_UP, context=EXACT)


def unit_key(table: ConversionTable, specification: Mapping[str, Any]) -> str:
    """Return by which row a resource's unit converts, or nothing."""
    return KEYS[table.key](specification)


def factor(
    found: PublishedTable,
    specification: Mapping[str, Any],
    certificates: Sequence[CertifiedFigure],
    *,
    at: datetime,
) -> tuple[Factor | None, str]:
    """
    Return the factor of a resource's unit at a moment, or why there is none.

    `certificates` are the resource's, the newest first: of several in force the newest counts.
    """
    table = found.table
    key = unit_key(table, specification)
    measured = [each for each in certificates if _compares(table, each)]
    inside = [each for each in measured if each.valid_from <= at < each.valid_to]
    certificate = inside[0] if inside else None
    if table.evidence == FactorBasis.MEASURED:
        return _measured(found, key, certificate, measured, at=at)
    row = found.by_name.get(key)
    if row is None:
        told = NO_ROW if certificate is None else NO_ROW_BUT_CERTIFICATE
        return None, told.format(row=key) if key else NO_KEY
    if certificate is not None and certificate.value < row.ceiling:
        return _certified(found, row.name, certificate)
    if row.is_contested:
        if certificate is not None:
            return _bounded(found, row, certificate), ""
        return None, CONTESTED.format(row=row.name, figures=" / ".join(row.figures))
    return Factor(
        Decimal(row.factor or 0), row.source, hour_class=found.hour_class, row=row.name
    ), ""


def _measured(
    found: PublishedTable,
    key: str,
    certificate: CertifiedFigure | None,
    measured: Sequence[CertifiedFigure],
    *,
    at: datetime,
) -> tuple[Factor | None, str]:
    if certificate is not None:
        return _certified(found, key, certificate)
    ended = [each.valid_to for each in measured if each.valid_to <= at]
    return None, ENDED.format(day=f"{max(ended):%Y-%m-%d}") if ended else NOT_MEASURED


def _certified(
    found: PublishedTable, row: str, certificate: CertifiedFigure
) -> tuple[Factor | None, str]:
    value = factor_of(certificate.value, Decimal(found.table.reference.value))
    if not value:
        return None, TOO_SMALL
    value = min(value, FACTOR_MAX)
    return Factor(value, certificate.source, certificate.pk, found.hour_class, row), ""


def _bounded(found: PublishedTable, row: TableRow, certificate: CertifiedFigure) -> Factor:
    """Return the factor of the lowest published figure, which a certificate reaches."""
    value = factor_of(row.ceiling, Decimal(found.table.reference.value))
    return Factor(value, certificate.source, certificate.pk, found.hour_class, row.name)


def _compares(table: ConversionTable, certificate: CertifiedFigure) -> bool:
    """Return whether a certificate was measured, and of the line that the table compares."""
    line = table.line
    return (
        certificate.assessment == Assessment.MEASURED
        and certificate.unit == line.unit
        and line.precision in {"", certificate.precision}
        and line.density in {"", certificate.density}
        and line.path in {"", certificate.path}
    )


def chip_of(specification: Mapping[str, Any]) -> str:
    """Return the one kind of chip that a resource is made of, or nothing."""
    chips = {str(part["chip"]) for part in specification.get("chips", ()) if part.get("chip")}
    if specification.get("chip"):
        chips.add(str(specification["chip"]))
    return chips.pop() if len(chips) == 1 else ""


def _threads(specification: Mapping[str, Any]) -> str:
    """Return how many threads share a core of a machine that is counted in vCPUs, if it says so."""
    threads = specification.get("threads_per_core")
    if "vcpu" not in specification or type(threads) is not int:
        return ""
    return f"threads-per-core-{threads}"


KEYS: Final = {"chip": chip_of, "threads_per_core": _threads}


def _require_named_once(rows: Iterable[TableRow]) -> None:
    names = [name for row in rows for name in (row.name, *row.also)]
    if len(names) != len(set(names)):
        twice = min({name for name in names if names.count(name) > 1})
        raise InvalidTable(reason=f"{twice} is named twice")
    for name in names:
        if not name.strip() or len(name) > TEXT_MAX:
            raise InvalidTable(reason=f"a name has 1 to {TEXT_MAX} characters")


def _require_sound(row: TableRow, reference: Decimal) -> None:
    if not row.source.strip():
        raise InvalidTable(reason=f"{row.name} names no source")
    if not row.figures or len(row.figures) > NAMES_MAX or len(row.also) > NAMES_MAX:
        raise InvalidTable(reason=f"{row.name} has no figure, or too many of something")
    figures = [_figure(figure, of=row.name) for figure in row.figures]
    if row.is_contested:
        if row.factor is not None:
            raise InvalidTable(reason=f"{row.name} is contested, so it has no factor")
        return
    expected = factor_of(figures[0], reference)
    if not 0 < expected <= FACTOR_MAX:
        raise InvalidTable(reason=f"the factor of {row.name} would be {expected}")
    if row.factor != f"{expected:f}":
        raise InvalidTable(reason=f"the factor of {row.name} should be {expected:f}")


def _figure(text: str, *, of: str) -> Decimal:
    """Return a figure in plain digits, above zero."""
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(text) <= 20):
        raise InvalidTable(reason=f"a figure of {of} is no plain number")
    value = Decimal(text)
    if value <= 0:
        raise InvalidTable(reason=f"a figure of {of} is not above zero")
    return value
