"""Figures by period and group, from roll-ups alone: what they cost does not depend on readings."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common import moments
from metering.statistics.contracts import (
    DAYS_MAX,
    HOURS_MAX,
    MONTHS_MAX,
    Dimension,
    Grain,
    StatisticsCell,
    StatisticsRefused,
)
from metering.statistics.selectors.groups import EXPRESSIONS, NARROWED

_LIMITS: Final = {
    Grain.HOUR: HOURS_MAX,
    Grain.DAY: DAYS_MAX,
    Grain.MONTH: MONTHS_MAX,
}
_CELLS: Final = """
    WITH wanted AS MATERIALIZED (
        SELECT c.id, {group} AS part FROM identity_computeresource c WHERE {narrowed}
    ), by_provider AS (
        SELECT r.starts_at, wanted.part, r.unit, r.provider_id,
               sum(r.quantity) AS quantity, sum(r.native_hours) AS native_hours,
               sum(r.standard_hours) AS standard_hours,
               sum(r.measured_kwh + r.estimated_kwh) AS it_kwh,
               sum(r.records) AS records, sum(r.unknown_energy) AS unknown_energy
        FROM metering_statistics_rollup r JOIN wanted ON wanted.id = r.resource_id
        WHERE r.span = %(span)s AND r.starts_at >= %(starts_at)s AND r.starts_at < %(ends_at)s
          AND (%(unit)s::text IS NULL OR r.unit = %(unit)s::text)
        GROUP BY 1, 2, 3, 4
    )
    SELECT starts_at, part, unit, sum(quantity), sum(native_hours), sum(standard_hours),
           sum(it_kwh), sum(records), sum(unknown_energy), array_agg(provider_id)
    FROM by_provider GROUP BY 1, 2, 3
"""
# What resources had: each stretch of a resource's capacity, cut at the edges of the periods.
_CAPACITY: Final = """
    WITH wanted AS MATERIALIZED (
        SELECT c.id, {group} AS part, c.capacity_unit || '-second' AS unit
        FROM identity_computeresource c WHERE {narrowed}
    ), stretch AS MATERIALIZED (
        SELECT wanted.part, wanted.unit, s.provider_id, s.total_milli, s.starts_at,
               coalesce(lead(s.starts_at) OVER (
                   PARTITION BY s.resource_id ORDER BY s.starts_at
               ), 'infinity') AS ends_at
        FROM metering_statistics_capacityspan s JOIN wanted ON wanted.id = s.resource_id
        WHERE %(unit)s::text IS NULL OR wanted.unit = %(unit)s::text
    )
    SELECT period.starts_at, stretch.part, stretch.unit,
           sum(stretch.total_milli::numeric * extract(epoch FROM
               least(stretch.ends_at, period.ends_at, %(now)s::timestamptz)
               - greatest(stretch.starts_at, period.starts_at))) / 3600000,
           array_agg(DISTINCT stretch.provider_id)
    FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS period(starts_at, ends_at)
    JOIN stretch ON stretch.starts_at < least(period.ends_at, %(now)s::timestamptz)
     AND stretch.ends_at > period.starts_at AND stretch.total_milli > 0
     AND period.starts_at < %(now)s::timestamptz
    GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class StatisticsQuestion:
    """Which figures are asked for; what is None narrows nothing. Days are the market's."""

    span: Grain
    first: date
    last: date
    by: Dimension = Dimension.NONE
    provider: UUID | None = None
    resource: UUID | None = None
    region: str | None = None
    industry: str | None = None
    resource_class: str | None = None
    chip: str | None = None
    unit: str | None = None

    @property
    def periods(self) -> list[tuple[datetime, datetime]]:
        """
        Return the periods, the earliest first.

        :raises StatisticsRefused: if there are none, or more than are told at once
        """
        limit = _LIMITS[self.span]
        days = (self.last - self.first).days + 1
        longest = {
            Grain.HOUR: limit // 24,
            Grain.DAY: limit,
            Grain.MONTH: 31 * limit,
        }[self.span]
        if not 1 <= days <= longest:
            raise StatisticsRefused(field="last", limit=limit, unit=str(self.span.label))
        return list(_cut(self.span, self.first, self.last))

    @property
    def narrowed(self) -> dict[str, Any]:
        """Return the values that narrow resources."""
        return {
            "provider": self.provider,
            "resource": self.resource,
            "region": self.region,
            "industry": self.industry,
            "class": self.resource_class,
            "chip": self.chip,
            "unit": self.unit,
        }


def _cut(span: Grain, first: date, last: date) -> list[tuple[datetime, datetime]]:
    if span == Grain.MONTH:
        found, month = [], first.replace(day=1)
        while month <= last:
            period = moments.month_period(month)
            found.append((period.starts_at, period.ends_at))
            month = (month + timedelta(days=32)).replace(day=1)
        return found
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    if span == Grain.DAY:
        periods = [moments.day_period(day) for day in days]
        return [(each.starts_at, each.ends_at) for each in periods]
    whole = moments.days_period(first, last)
    hours = (whole.ends_at - whole.starts_at) // timedelta(hours=1)
    starts = [whole.starts_at + timedelta(hours=each) for each in range(hours)]
    return [(each, each + timedelta(hours=1)) for each in starts]


def cells(asked: StatisticsQuestion, *, now: datetime) -> list[StatisticsCell]:
    """
    Return the figures by period and group, the earliest first; whoever calls may see all of them.

    A group that had capacity and no use is there with nothing used. Of a period that lasts,
    capacity counts until now.

    :raises StatisticsRefused: if the period is too long, or none
    """
    periods = asked.periods
    group = EXPRESSIONS[asked.by]
    values = asked.narrowed | {
        "span": str(asked.span),
        "starts_at": periods[0][0],
        "ends_at": periods[-1][1],
        "starts": [start for start, _ in periods],
        "ends": [end for _, end in periods],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CELLS.format(group=group, narrowed=NARROWED), values)
        used = {row[:3]: row[3:] for row in cursor.fetchall()}
        cursor.execute(_CAPACITY.format(group=group, narrowed=NARROWED), values)
        capacity = {row[:3]: row[3:] for row in cursor.fetchall()}
    keys = sorted(used.keys() | capacity.keys())
    return [_cell(key, used.get(key), capacity.get(key)) for key in keys]


def _cell(key: Any, used: Any, capacity: Any) -> StatisticsCell:
    nothing = Decimal(0)
    quantity, native, standard, kwh, records, unknown, users = used or (
        nothing, nothing, nothing, nothing, 0, 0, [],
    )  # fmt: skip
    hours, owners = capacity or (None, [])
    return StatisticsCell(
        starts_at=key[0],
        group=key[1],
        unit=key[2],
        quantity=quantity,
        native_hours=native,
        standard_hours=standard,
        it_kwh=kwh,
        capacity_hours=hours,
        records=int(records),
        unknown_energy=int(unknown),
        providers=len({*users, *owners}),
    )
