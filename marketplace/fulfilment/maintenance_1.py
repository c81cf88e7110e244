"""
The rule of maintenance `maintenance-1`: seven days ahead is in time, and only that is excused.

Excused is the time in which work that was announced in time was under way, inside the time that
was announced. What was announced later, and what lasts longer than announced, is excused nowhere.
Pure, and frozen: service levels are counted by it. Other terms are another file.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from common.period import Period
from marketplace.fulfilment.maintenance_contracts import (
    MaintainedTime,
    MaintenanceImpact,
    MaintenanceRule,
)

NOTICE_SECONDS: Final = 7 * 24 * 3_600


def is_late(announced_at: datetime, starts_at: datetime) -> bool:
    """Return whether work was announced less than seven days before its beginning."""
    return starts_at - announced_at < timedelta(seconds=NOTICE_SECONDS)


def overrun_seconds(announced_end: datetime, ended_at: datetime) -> int:
    """Return by how many seconds work lasted longer than announced; begun ones count whole."""
    return max(0, -((announced_end - ended_at) // timedelta(seconds=1)))


def excused(works: Iterable[MaintainedTime]) -> tuple[Period, ...]:
    """Return the times that are no part of what is counted, in order and apart from each other."""
    times = sorted(part for work in works if (part := _excused(work)) is not None)
    apart: list[Period] = []
    for time in times:
        if apart and time.starts_at <= apart[-1].ends_at:
            ends_at = max(apart[-1].ends_at, time.ends_at)
            apart[-1] = Period(apart[-1].starts_at, ends_at)
        else:
            apart.append(time)
    return tuple(apart)


def _excused(work: MaintainedTime) -> Period | None:
    if work.began_at is None or work.impact == MaintenanceImpact.NONE:
        return None
    if is_late(work.announced_at, work.announced.starts_at):
        return None
    starts_at = max(work.began_at, work.announced.starts_at)
    ends_at = min(work.ended_at or work.announced.ends_at, work.announced.ends_at)
    return Period(starts_at, ends_at) if starts_at < ends_at else None


RULE = MaintenanceRule(
    "maintenance-1",
    notice_seconds=NOTICE_SECONDS,
    is_late=is_late,
    overrun_seconds=overrun_seconds,
    excused=excused,
)
