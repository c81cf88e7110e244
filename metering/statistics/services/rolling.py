"""Roll up the hours that changed, then their days, then their months."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from common import moments
from common.period import Period
from metering.energy import services as energy_services
from metering.statistics.services.statements import CAPACITY, DAYS, HOURS, MONTHS

BATCH_MAX: Final = 10_000
_WRITER: Final = 0x5350_4D0F  # any number that no other room uses
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RolledBatch:
    """What one run did; `is_full` says that more may be due."""

    hours: int
    is_full: bool


@transaction.atomic
def roll_up(*, now: datetime, limit: int = BATCH_MAX) -> RolledBatch:
    """
    Roll up the hours that changed; one writer at a time, who comes second leaves it to the first.

    Taking them off the list and writing what they add up to is one transaction: killed in the
    middle, all of it is still due.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_WRITER])
        (is_held,) = cursor.fetchone()
        if not is_held:
            return RolledBatch(0, is_full=False)
        cursor.execute(CAPACITY, {"now": now})
    hours = energy_services.forget_hours(limit=limit)
    if hours:
        roll_hours(hours)
    return RolledBatch(len(hours), is_full=len(hours) >= limit)


def roll_hours(hours: Iterable[tuple[UUID, datetime]]) -> None:
    """Add up hours of resources, the days that hold them, and the months that hold those."""
    hours = set(hours)
    days = {(key, moments.market_date(at)) for key, at in hours}
    months = {(key, day.replace(day=1)) for key, day in days}
    _run(HOURS, [(key, Period(at, at + _HOUR)) for key, at in hours])
    _run(DAYS, [(key, moments.day_period(day)) for key, day in days])
    _run(MONTHS, [(key, moments.month_period(month)) for key, month in months])


def _run(statement: str, spans: Iterable[tuple[UUID, Period]]) -> None:
    ordered = sorted(spans, key=lambda each: (each[1].starts_at, each[0]))
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "resources": [key for key, _ in ordered],
                "starts": [period.starts_at for _, period in ordered],
                "ends": [period.ends_at for _, period in ordered],
            },
        )
