"""Whether all meters of one resource together counted more than it can deliver."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import connection

from common.money import EXACT
from metering import locks, rules
from metering.contracts import MetricKind, SetAsideReason
from metering.selectors import factors

if TYPE_CHECKING:
    from metering.services.closing import DueWindow
    from metering.services.measuring import Sum

# Resources with several meters that count the same use over time, trials apart.
SEVERAL: Final = """
    SELECT meter.id, metric.unit FROM metering_meter meter
    JOIN metering_metric metric ON metric.code = meter.metric_id AND metric.kind = 'TIME'
    WHERE meter.resource_id = ANY(%(resources)s) AND NOT meter.is_trial
      AND EXISTS (
          SELECT FROM metering_meter other
          JOIN metering_metric same ON same.code = other.metric_id AND same.unit = metric.unit
          WHERE other.resource_id = meter.resource_id AND other.id <> meter.id
            AND NOT other.is_trial
      )
"""
# What other meters of the resource have recorded within a window.
BESIDE: Final = """
    SELECT w.id, usage.meter_id, usage.subject, sum(usage.quantity)
    FROM metering_window w
    JOIN metering_meter own ON own.id = w.meter_id
    JOIN metering_metric metric ON metric.code = own.metric_id
    JOIN metering_meter other ON other.resource_id = own.resource_id AND other.id <> own.id
        AND NOT other.is_trial
    JOIN metering_metric same ON same.code = other.metric_id AND same.unit = metric.unit
    CROSS JOIN LATERAL (
        SELECT * FROM metering_usagerecord u
        WHERE u.meter_id = other.id AND u.starts_at >= w.starts_at AND u.starts_at < w.ends_at
        OFFSET 0
    ) usage
    WHERE w.id = ANY(%(windows)s) AND usage.ends_at <= w.ends_at
      AND NOT EXISTS (
          SELECT FROM metering_usagerecord later WHERE later.supersedes_id = usage.id
      )
    GROUP BY 1, 2, 3
"""
Use = dict[UUID | None, dict[UUID, Decimal]]  # by subject, then by meter


@dataclass(frozen=True, slots=True)
class _Beside:
    """A window with what it counted, kept for those of the same resource after it."""

    window: "DueWindow"
    unit: str
    use: Mapping[UUID | None, Decimal]


def found(
    windows: Mapping[int, "DueWindow"],
    sums: Sequence["Sum"],
    doubts: Mapping[int, SetAsideReason],
) -> dict[int, SetAsideReason]:
    """
    Return the windows that are too much beside what other meters of their resource recorded.

    What several meters counted for one subject is the same use seen twice: the most of it counts.
    Whoever is measured first stands; numbering is locked, so that two closers see each other.
    """
    timed = [each for each in windows.values() if each.kind == MetricKind.TIME]
    units = _several({each.resource_id for each in timed if not each.is_trial})
    asked = [each for each in timed if each.meter_id in units and each.id not in doubts]
    if not asked:
        return {}
    locks.usage_sequence()
    own = _by_window(sums)
    beside = _recorded([each.id for each in asked])
    capacity = factors.total_milli({each.resource_id for each in asked})
    earlier: dict[UUID, list[_Beside]] = defaultdict(list)
    crowded = {}
    for each in asked:
        unit = units[each.meter_id]
        near = [it for it in earlier[each.resource_id] if it.unit == unit and _holds(each, it)]
        total = _total(each, own[each.id], beside.get(each.id, {}), near)
        if _is_too_much(each, own[each.id], total, capacity[each.resource_id]):
            crowded[each.id] = SetAsideReason.CROWDED
        else:
            earlier[each.resource_id].append(_Beside(each, unit, own[each.id]))
    return crowded


def _several(resources: Iterable[UUID]) -> dict[UUID, str]:
    wanted = list(resources)
    if not wanted:
        return {}
    return dict(_rows(SEVERAL, resources=wanted))


def _recorded(window_ids: list[int]) -> dict[int, Use]:
    beside: dict[int, Use] = defaultdict(lambda: defaultdict(dict))
    for window_id, meter_id, subject, quantity in _rows(BESIDE, windows=window_ids):
        beside[window_id][subject][meter_id] = quantity
    return beside


def _by_window(sums: Sequence["Sum"]) -> dict[int, dict[UUID | None, Decimal]]:
    own: dict[int, dict[UUID | None, Decimal]] = defaultdict(dict)
    for row in sums:
        own[row.window_id][row.subject] = row.physical
    return own


def _holds(window: "DueWindow", other: _Beside) -> bool:
    it = other.window
    is_inside = window.starts_at <= it.starts_at and it.ends_at <= window.ends_at
    return it.meter_id != window.meter_id and is_inside


def _total(
    window: "DueWindow",
    own: Mapping[UUID | None, Decimal],
    beside: Mapping[UUID | None, Mapping[UUID, Decimal]],
    near: Sequence[_Beside],
) -> Decimal:
    """Return what all subjects used: of each, what the meter that counted most of it says."""
    use: Use = defaultdict(dict)
    for subject, by_meter in beside.items():
        use[subject] |= by_meter
    fresh: Use = defaultdict(dict)  # It supersedes what is recorded of the same meter.
    for it in near:
        for subject, quantity in it.use.items():
            before = fresh[subject].get(it.window.meter_id, Decimal(0))
            fresh[subject][it.window.meter_id] = EXACT.add(before, quantity)
    for subject, by_meter in fresh.items():
        use[subject] |= by_meter
    for subject, quantity in own.items():
        use[subject][window.meter_id] = quantity
    total = Decimal(0)
    for by_meter in use.values():
        total = EXACT.add(total, max(by_meter.values()))
    return total


def _is_too_much(
    window: "DueWindow", own: Mapping[UUID | None, Decimal], total: Decimal, total_milli: int
) -> bool:
    admitted = window.admitted_quantity
    if admitted is not None and sum(own.values(), Decimal(0)) <= admitted:
        return False
    duration = window.ends_at - window.starts_at
    return rules.exceeds_capacity(total, total_milli=total_milli, duration=duration)


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
