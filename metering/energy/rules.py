"""
How electricity is shared out: pure computing.

Windows of one resource that overlap are looked at together. Where the meters of energy cover the
whole stretch, what they read is shared by use: shares are rounded down to twelve digits, and the
rest stays with the meters, so that nothing is lost or counted twice. Elsewhere use is estimated by
the published power of its units, and said to be.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Final
from uuid import UUID

from common.money import EXACT
from metering.energy.contracts import EnergyBasis, UnknownEnergy
from metering.energy.published import Power

STORED: Final = Decimal("0.000000000001")
WATT_SECONDS: Final = Decimal(3_600_000)  # of a kilowatt-hour
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class MeteredRow:
    """A usage record: use over time, energy in kWh, or something else (neither is named)."""

    id: UUID
    meter_id: UUID
    meter: str
    subject: UUID | None
    starts_at: datetime
    ends_at: datetime
    seconds: Decimal | None = None  # unit-seconds of use
    kwh: Decimal | None = None
    is_whole: bool = True  # of power: nothing, or next to nothing, of the window was left unread


@dataclass(frozen=True, slots=True)
class Counted:
    """What a record cost in electricity."""

    usage_id: UUID
    starts_at: datetime
    basis: EnergyBasis
    it_kwh: Decimal | None
    told: str = ""
    reason: UnknownEnergy = UnknownEnergy.NONE


def count(
    rows: Iterable[MeteredRow], *, meters: Mapping[UUID, datetime], power: Power | None
) -> list[Counted]:
    """
    Return the electricity of each record of one resource.

    `meters` are its meters of energy with the moment of their registration.
    """
    found: list[Counted] = []
    others: list[MeteredRow] = []
    for row in rows:
        if row.seconds is None and row.kwh is None:
            found.append(_unknown(row, UnknownEnergy.NOT_OF_TIME))
        else:
            others.append(row)
    for stretch in stretches(others):
        found.extend(_count_stretch(stretch, meters=meters, power=power))
    return found


def stretches(rows: Collection[MeteredRow]) -> Iterator[list[MeteredRow]]:
    """Yield the records whose windows overlap, together."""
    together: list[MeteredRow] = []
    until: datetime | None = None
    for row in sorted(rows, key=lambda each: (each.starts_at, each.id)):
        if until is not None and row.starts_at >= until:
            yield together
            together, until = [], None
        together.append(row)
        until = row.ends_at if until is None else max(until, row.ends_at)
    if together:
        yield together


def _count_stretch(
    rows: Sequence[MeteredRow], *, meters: Mapping[UUID, datetime], power: Power | None
) -> Iterator[Counted]:
    uses = [row for row in rows if row.seconds is not None]
    energies = [row for row in rows if row.kwh is not None]
    if energies and _is_covered(rows, energies, meters):
        yield from _measured(uses, energies)
        return
    for row in energies:
        yield _unknown(row, UnknownEnergy.INCOMPLETE)
    for row in uses:
        yield estimate(row, power)


def _is_covered(
    rows: Sequence[MeteredRow], energies: Sequence[MeteredRow], meters: Mapping[UUID, datetime]
) -> bool:
    """Tell whether each meter of energy that there was tells of all of the stretch."""
    if not all(row.is_whole for row in energies):
        return False
    start, end = min(row.starts_at for row in rows), max(row.ends_at for row in rows)
    windows: dict[UUID, set[tuple[datetime, datetime]]] = {
        meter: set() for meter, registered in meters.items() if registered < end
    }
    for row in energies:
        windows.setdefault(row.meter_id, set()).add((row.starts_at, row.ends_at))
    lengths = (sum((to - since for since, to in each), timedelta()) for each in windows.values())
    return all(length == end - start for length in lengths)


def _measured(uses: Sequence[MeteredRow], energies: Sequence[MeteredRow]) -> Iterator[Counted]:
    """Share out what was read: a subject's own to its records, the rest to all by use."""
    own: dict[UUID | None, Decimal] = {}
    for row in energies:
        own[row.subject] = EXACT.add(own.get(row.subject, NOTHING), row.kwh or NOTHING)
    shared = own.pop(None, NOTHING)
    by_subject: dict[UUID | None, Decimal] = {}
    for row in uses:
        before = by_subject.get(row.subject, NOTHING)
        by_subject[row.subject] = EXACT.add(before, row.seconds or NOTHING)
    whole = _sum(by_subject.values())
    told = ", ".join(sorted({row.meter for row in energies}))[:200]
    given = NOTHING
    for row in uses:
        seconds = row.seconds or NOTHING
        mine = _share(own.get(row.subject, NOTHING), seconds, by_subject[row.subject])
        kwh = EXACT.add(_share(shared, seconds, whole), mine)
        given = EXACT.add(given, kwh)
        yield Counted(row.id, row.starts_at, EnergyBasis.MEASURED, kwh, told)
    rest = EXACT.subtract(_sum([shared, *own.values()]), given)
    for row in energies:
        # What nobody's use took stays with the meters, as far as each has read.
        kept = min(rest, row.kwh or NOTHING)
        rest = EXACT.subtract(rest, kept)
        yield Counted(row.id, row.starts_at, EnergyBasis.MEASURED, kept, told)


def _sum(values: Iterable[Decimal]) -> Decimal:
    found = NOTHING
    for each in values:
        found = EXACT.add(found, each)
    return found


def _share(kwh: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    if not whole:
        return NOTHING
    share = EXACT.divide(EXACT.multiply(kwh, part), whole)
    return share.quantize(STORED, rounding=ROUND_DOWN, context=EXACT)


def estimate(row: MeteredRow, power: Power | None) -> Counted:
    """Return what use draws by the published power of its units, rounded once, half to even."""
    if power is None:
        return _unknown(row, UnknownEnergy.NO_POWER_FIGURE)
    kwh = EXACT.divide(EXACT.multiply(row.seconds or NOTHING, power.watts), WATT_SECONDS)
    kwh = kwh.quantize(STORED, rounding=ROUND_HALF_EVEN, context=EXACT)
    return Counted(row.id, row.starts_at, EnergyBasis.ESTIMATED, kwh, power.told)


def _unknown(row: MeteredRow, reason: UnknownEnergy) -> Counted:
    return Counted(row.id, row.starts_at, EnergyBasis.UNKNOWN, None, reason=reason)


def factor_year(years: Collection[int], year: int) -> int | None:
    """Return the year whose factor is in force: the newest that is not after the asked one."""
    return max((each for each in years if each <= year), default=None)
