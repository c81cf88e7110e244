"""
Count the electricity of usage records, behind the measuring that wrote them.

A usage record is its own due row: it is numbered in the order of commits, so whoever reads past a
place misses nothing, and closing a window does nothing for it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction

from common.money import EXACT
from identity import selectors as identity_selectors
from metering.energy import rules
from metering.energy.models import CountingPlace
from metering.energy.published import Power, PowerTable, power_table
from metering.energy.services.statements import (
    DUE,
    LONG,
    METERS,
    NOTICE,
    READ,
    ROWS,
    SUPERSEDE,
    WRITE,
)
from metering.selectors.factors import only_chip

BATCH_MAX: Final = 5_000
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MICROSECONDS: Final = Decimal(3_600_000_000)  # of an hour

Span = tuple[UUID, datetime, datetime]


@dataclass(frozen=True, slots=True)
class CountedBatch:
    """What one run did; `is_full` says that more may be due."""

    records: int
    is_full: bool


@transaction.atomic
def count_due(*, now: datetime, limit: int = BATCH_MAX) -> CountedBatch:
    """
    Count the usage past the place reached, as a set; runs that meet leave it to the first.

    With a record all of its resource's hour is counted again, or its day where it has meters of
    longer windows: what was measured is shared out among all that used it.
    """
    place = CountingPlace.objects.select_for_update(no_key=True, skip_locked=True).first()
    if place is None:
        return CountedBatch(0, is_full=False)
    due = _read(DUE, sequence=place.sequence, limit=limit)
    if not due:
        return CountedBatch(0, is_full=False)
    until = due[-1][0]
    spans = _spans(due)
    records = count_spans(spans, now=now)
    with connection.cursor() as cursor:
        cursor.execute(SUPERSEDE, {"after": place.sequence, "until": until})
        hours = sorted({(key, hour_of(at)) for _number, key, at, _end in due} | records)
        cursor.execute(
            NOTICE,
            {
                "resources": [key for key, _ in hours],
                "starts": [at for _, at in hours],
                "now": now,
            },
        )
    place.sequence = until
    place.save(update_fields=["sequence"])
    return CountedBatch(len(due), is_full=len(due) == limit)


def hour_of(moment: datetime) -> datetime:
    """Return the hour that holds a moment."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _spans(due: Iterable[tuple[int, UUID, datetime, datetime]]) -> list[Span]:
    due = list(due)
    long = {key for (key,) in _read(LONG, resources=list({row[1] for row in due}))}
    spans: set[Span] = set()
    for _number, resource_id, starts_at, _ends_at in due:
        start = hour_of(starts_at)
        length = HOUR
        if resource_id in long:
            start, length = start.replace(hour=0), DAY
        spans.add((resource_id, start, start + length))
    return sorted(spans)


def count_spans(spans: Collection[Span], *, now: datetime) -> set[tuple[UUID, datetime]]:
    """Count all of some stretches of resources; return the hours of what was counted."""
    resource_ids = sorted({span[0] for span in spans})
    rows = _rows(spans)
    energy_meters = _energy_meters(resource_ids)
    power = _power(resource_ids)
    records: list[dict[str, Any]] = []
    hours: set[tuple[UUID, datetime]] = set()
    for (resource_id, provider_id), its in rows.items():
        counted = rules.count(
            its, meters=energy_meters.get(resource_id, {}), power=power.get(resource_id)
        )
        for each in counted:
            hours.add((resource_id, hour_of(each.starts_at)))
            records.append(
                {
                    "usage_id": each.usage_id,
                    "provider_id": provider_id,
                    "resource_id": resource_id,
                    "starts_at": each.starts_at,
                    "basis": each.basis,
                    "reason": each.reason,
                    "it_kwh": each.it_kwh,
                    "told": each.told,
                }
            )
    if records:
        with connection.cursor() as cursor:
            written = msgspec.json.encode(records).decode()
            cursor.execute(WRITE, {"records": written, "now": now})
    return hours


def _rows(spans: Collection[Span]) -> dict[tuple[UUID, UUID], list[rules.MeteredRow]]:
    """Return the records of stretches, by resource and provider."""
    table = power_table()
    units = {
        key: f"{resource.capacity_unit}-second"
        for key, resource in identity_selectors.resources({span[0] for span in spans}).items()
    }
    metered = _metered_units(sorted({span[0] for span in spans}))
    found: dict[tuple[UUID, UUID], list[rules.MeteredRow]] = {}
    values = {
        "resources": [span[0] for span in spans],
        "starts": [span[1] for span in spans],
        "ends": [span[2] for span in spans],
    }
    rows = _read(ROWS, **values)
    unread = _unread([row[2] for row in rows if row[-1] in table.power_over_time])
    for resource_id, provider_id, usage_id, *facts, quantity, unit in rows:
        row = replace(rules.MeteredRow(usage_id, *facts), is_whole=usage_id not in unread)
        if unit == units[resource_id]:
            row = replace(row, seconds=quantity)
        elif unit in metered.get(resource_id, ()):
            row = replace(row, kwh=_kwh(table, unit, quantity, row))
        elif any(unit in units for units in table.metered):
            continue  # Its power is read beside its energy: the same electricity.
        found.setdefault((resource_id, provider_id), []).append(row)
    return found


def _kwh(table: PowerTable, unit: str, quantity: Decimal, row: rules.MeteredRow) -> Decimal:
    """Return energy, power over time, or the mean power of a window, in kilowatt-hours."""
    if unit in table.energy_units:
        return EXACT.multiply(quantity, table.energy_units[unit])
    if unit in table.power_over_time:
        kwh = EXACT.divide(quantity, table.power_over_time[unit])
        return kwh.quantize(rules.STORED, rounding=ROUND_HALF_EVEN, context=EXACT)
    length = row.ends_at - row.starts_at
    microseconds = Decimal(length // timedelta(microseconds=1))
    kilowatts = EXACT.multiply(quantity, table.power_units[unit])
    hours = EXACT.divide(EXACT.multiply(kilowatts, microseconds), MICROSECONDS)
    return hours.quantize(rules.STORED, rounding=ROUND_HALF_EVEN, context=EXACT)


def _unread(records: list[UUID]) -> set[UUID]:
    """Return the records of power whose windows were left unread for longer than is let pass."""
    if not records:
        return set()
    share = 1 - power_table().unread_share_max
    return {
        record_id
        for record_id, seconds, length in _read(READ, records=records)
        if seconds < share * length
    }


def _metered_units(resource_ids: list[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the units that a resource's electricity is read in: of energy, else of power."""
    tables = power_table().metered
    units = [unit for table in tables for unit in table]
    found: dict[UUID, set[str]] = {}
    for resource_id, _meter, unit, _at in _read(METERS, resources=resource_ids, units=units):
        found.setdefault(resource_id, set()).add(unit)
    return {
        key: frozenset(next(its & table.keys() for table in tables if its & table.keys()))
        for key, its in found.items()
    }


def _energy_meters(resource_ids: list[UUID]) -> dict[UUID, dict[UUID, datetime]]:
    metered = _metered_units(resource_ids)
    units = sorted({unit for its in metered.values() for unit in its})
    found: dict[UUID, dict[UUID, datetime]] = {}
    for resource_id, meter_id, unit, at in _read(METERS, resources=resource_ids, units=units):
        if unit in metered[resource_id]:
            found.setdefault(resource_id, {})[meter_id] = at
    return found


def _power(resource_ids: Collection[UUID]) -> Mapping[UUID, Power]:
    table = power_table()
    found = {}
    for key, resource in identity_selectors.resources(resource_ids).items():
        power = table.power_of(only_chip(resource.specification), resource.specification)
        if power is not None:
            found[key] = power
    return found


def _read(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
