"""
A day's use beside its power and the scheduler's count: one set a day, findings on the record.

Lower rooms only write events: who watches the market reads the findings and opens cases.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from common import tenancy
from common.canonical import content_hash, plain
from common.ids import uuid7
from common.moments import day_period, market_date
from identity import selectors as identity_selectors
from identity.events import services as events
from metering.verifying import rules, watts
from metering.verifying.contracts import WattVerdict
from metering.verifying.event_names import VerifyingEvent
from metering.verifying.models import CheckedDay, CrossCheck
from metering.verifying.watts import WattDay

# Card time by meter, and energy whatever its unit; the latest revision of each record alone.
_USE: Final = """
    SELECT u.resource_id, u.provider_id, m.unit, u.meter_id,
           sum(u.quantity * CASE WHEN m.unit = ANY(%(mean)s)
               THEN extract(epoch FROM u.ends_at - u.starts_at) ELSE 1 END)
    FROM metering_usagerecord u
    JOIN metering_meter k ON k.id = u.meter_id
    JOIN metering_metric m ON m.code = k.metric_id
    WHERE u.starts_at >= %(begins)s AND u.starts_at < %(ends)s
      AND (m.unit = 'card-second' OR m.unit = ANY(%(energy)s) OR m.unit = ANY(%(power)s))
      AND NOT EXISTS (SELECT FROM metering_usagerecord n WHERE n.supersedes_id = u.id)
    GROUP BY 1, 2, 3, 4
"""
_BY_SCHEDULER: Final = """
    SELECT r.meter_id, bool_and(r.source LIKE %(slurm)s)
    FROM metering_reading r
    WHERE r.meter_id = ANY(%(meters)s) AND r.starts_at >= %(begins)s AND r.starts_at < %(ends)s
    GROUP BY 1
"""
# How long meters were read, those of one resource together.
_READ_SECONDS: Final = """
    SELECT told.resource_id, sum(extract(epoch FROM upper(part) - lower(part)))
    FROM (
        SELECT k.resource_id, range_agg(tstzrange(r.starts_at, r.ends_at)) AS parts
        FROM metering_reading r JOIN metering_meter k ON k.id = r.meter_id
        WHERE r.meter_id = ANY(%(meters)s)
          AND r.starts_at >= %(begins)s AND r.starts_at < %(ends)s
        GROUP BY 1
    ) told
    CROSS JOIN LATERAL unnest(told.parts) AS part
    GROUP BY 1
"""
SLURM: Final = "%slurm%"


@transaction.atomic
def check_day(*, now: datetime) -> int | None:
    """
    Compare the first day that is due and was not compared; return how many resources it had.

    Nothing is returned when no day is due. A day is due some days after its end, so that what is
    late has arrived.
    """
    with tenancy.acting_as_platform():
        day = _due_day(now)
        if day is None:
            return None
        found = [_checked(each, now) for each in _days(day)]
        CrossCheck.objects.bulk_create(found, ignore_conflicts=True)
        wrong = [row for row in found if row.verdict == WattVerdict.FOUND]
        CheckedDay.objects.create(
            day=day,
            rule=rules.WATTS,
            resources=len(found),
            found=len(wrong),
            checked_at=now,
        )
        events.record(_events(wrong))
        return len(found)


def _due_day(now: datetime) -> date | None:
    """Return the day after the last that was compared, if its time has come; hold the cursor."""
    latest = market_date(now) - timedelta(days=1 + settings.METERING_CROSS_CHECK_AFTER_DAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('watts', 11))")
    last = CheckedDay.objects.order_by("-day").values_list("day", flat=True).first()
    day = latest if last is None else last + timedelta(days=1)
    return day if day <= latest else None


def _days(day: date) -> list[WattDay]:
    period = day_period(day)
    span = {"begins": period.starts_at, "ends": period.ends_at}
    units = {
        "energy": sorted(watts.WATT_HOURS),
        "power": sorted(watts.POWER_SECONDS),
        "mean": list(watts.MEAN_POWER),
    }
    with connection.cursor() as cursor:
        cursor.execute(_USE, {**span, **units})
        rows = cursor.fetchall()
        cursor.execute(_BY_SCHEDULER, {**span, "meters": [row[3] for row in rows], "slurm": SLURM})
        by_scheduler = dict(cursor.fetchall())
    rows = _with_power_that_was_read(rows, span)
    resources = identity_selectors.resources({row[0] for row in rows})
    found: dict[UUID, dict[str, Any]] = {}
    for resource_id, provider_id, unit, meter_id, quantity in rows:
        sums = found.setdefault(resource_id, _nothing(provider_id))
        _add(sums, unit, quantity, is_scheduler=by_scheduler.get(meter_id, False))
    return [
        WattDay(
            resource_id=key,
            day=day,
            chip=rules.resource_size(resources[key].specification).chip,
            cards=Decimal(resources[key].total_milli) / 1000,
            pue=resources[key].pue,
            **sums,
        )
        for key, sums in sorted(found.items())
        if sums["card_hours"] is not None or sums["scheduler_hours"] is not None
    ]


def _with_power_that_was_read(
    rows: list[tuple[Any, ...]], span: Mapping[str, datetime]
) -> list[tuple[Any, ...]]:
    """
    Leave out power of which energy tells already, and power that was not read while there was use.

    Hours in which nobody read the power would look like hours without any.
    """
    power = {row[3] for row in rows if row[2] in watts.POWER_SECONDS}
    if not power:
        return rows
    use = {row[3] for row in rows if row[2] == "card-second"}
    metered = {row[0] for row in rows if row[2] in watts.WATT_HOURS}
    with connection.cursor() as cursor:
        read = []
        for meters in (power, use):
            cursor.execute(_READ_SECONDS, {**span, "meters": list(meters)})
            read.append(dict(cursor.fetchall()))
    known = {
        key
        for key, seconds in read[0].items()
        if key not in metered and seconds >= watts.READ_SHARE_MIN * read[1].get(key, 0)
    }
    return [row for row in rows if row[3] not in power or row[0] in known]


def _nothing(provider_id: UUID) -> dict[str, Any]:
    return {
        "provider_id": provider_id,
        "card_hours": None,
        "scheduler_hours": None,
        "watt_hours": None,
    }


def _add(sums: dict[str, Any], unit: str, quantity: Decimal, *, is_scheduler: bool) -> None:
    if unit in watts.WATT_HOURS:
        name, value = "watt_hours", quantity * watts.WATT_HOURS[unit]
    elif unit in watts.POWER_SECONDS:
        name, value = "watt_hours", quantity / watts.POWER_SECONDS[unit]
    else:
        name = "scheduler_hours" if is_scheduler else "card_hours"
        value = quantity / 3600
    sums[name] = (sums[name] or 0) + value


def _checked(day: WattDay, now: datetime) -> CrossCheck:
    outcome = watts.judge(day)
    evidence: Mapping[str, Any] = plain(outcome.evidence)
    return CrossCheck(
        id=uuid7(),
        resource_id=day.resource_id,
        provider_id=day.provider_id,
        day=day.day,
        rule=rules.WATTS,
        rule_hash=rules.rule_hash(rules.WATTS),
        verdict=outcome.verdict,
        findings=list(outcome.findings),
        evidence=evidence,
        content_hash=content_hash(evidence),
        checked_at=now,
    )


def _events(rows: Iterable[CrossCheck]) -> Iterable[events.Event]:
    """Yield what was found, for the market alone: who is watched is not told."""
    for row in rows:
        yield events.Event(
            name=VerifyingEvent.WATTS_FOUND,
            object_kind="power_check",
            object_id=row.pk,
            object_label=str(row.day),
            facts={
                "resource_id": str(row.resource_id),
                "provider_id": str(row.provider_id),
                "day": str(row.day),
                "findings": row.findings,
                "rule": row.rule,
            },
        )
