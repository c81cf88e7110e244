"""Close windows: sums are taken by PostgreSQL, hours by `rules`, records written as a set."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    connection,
    transaction,
)
from psycopg import errors

from common.ids import uuid7
from common.money import EXACT
from identity.events import services as events
from metering import locks, rules, units
from metering.contracts import Closed, Factor, MetricKind, SetAsideReason
from metering.event_names import MeteringEvent
from metering.selectors import factors
from metering.selectors.terms import RuleTerms, rule_terms
from metering.services import crowding
from metering.services.closing_statements import (
    FINISH,
    LATEST,
    RECORD,
    TAKE_DUE,
    TAKE_WHOLE,
)
from metering.services.measuring import Sum, measure_windows
from metering.units import CapacityBound

logger = structlog.get_logger(__name__)

# What the database answers when readings are too many to sort and hash in one value or in the time
# that a statement has, or too large to store. Waiting for a lock in vain is not among them.
_OF_THE_DATA: Final = {
    errors.NumericValueOutOfRange.sqlstate,
    errors.ProgramLimitExceeded.sqlstate,
    errors.OutOfMemory.sqlstate,
    errors.QueryCanceled.sqlstate,
    errors.InternalError_.sqlstate,
}


@dataclass(frozen=True, slots=True)
class DueWindow:
    """A window that is taken for measuring."""

    id: int
    meter_id: UUID
    provider_id: UUID
    starts_at: datetime
    ends_at: datetime
    revision: int
    resource_id: UUID
    rule_version_id: UUID
    is_trial: bool
    kind: str
    admitted_quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class EarlierRecord:
    """The newest record of a window and subject, which a later one will supersede."""

    id: UUID
    revision: int
    inputs_hash: str
    factor: Factor | None
    factor_source: str


@transaction.atomic
def close_windows(*, now: datetime, limit: int | None = None) -> Closed:
    """
    Measure the windows that are due, oldest first, each into one record per subject.

    A window whose readings cannot all be true is set aside unmeasured: they add up to more than the
    resource can deliver, or one source counted the same time twice for the same subject. So is one
    that the database cannot measure, for example in time; it holds up no other.
    Runs that meet share the windows out; a window measured again with the same readings yields
    nothing, and with late ones a record that supersedes the earlier.
    """
    limit = settings.METERING_CLOSING_BATCH_MAX if limit is None else limit
    return _close_taken(_take(TAKE_DUE, now=now, limit=limit), now=now, limit=limit)


@transaction.atomic
def close_windows_of(
    *, meter_ids: Collection[UUID], now: datetime, limit: int | None = None
) -> Closed:
    """
    Measure the open windows of some meters without waiting for late readings; others wait on.

    For whoever reads for these meters and has read all there is, such as an import.
    """
    limit = settings.METERING_CLOSING_BATCH_MAX if limit is None else limit
    taken = _take(TAKE_WHOLE, meters=list(meter_ids), limit=limit)
    return _close_taken(taken, now=now, limit=limit)


def _close_taken(taken: Sequence[DueWindow], *, now: datetime, limit: int) -> Closed:
    windows = {window.id: window for window in taken}
    if not windows:
        return Closed(0, 0, 0, is_full=False)
    records, set_aside = _close(windows, now=now)
    return Closed(
        windows=len(windows),
        records=records,
        set_aside=set_aside,
        is_full=len(windows) == limit,
    )


def _close(windows: Mapping[int, DueWindow], *, now: datetime) -> tuple[int, int]:
    """
    Close windows together; where the database refuses, each half of them; at the end, each alone.

    Return how many records were written, and how many windows were set aside.
    """
    try:
        with transaction.atomic():
            return _close_together(windows, now=now)
    except Exception as error:
        if not _is_of_the_data(error):
            raise
        if len(windows) == 1:
            logger.exception("metering.window.set_aside", window=next(iter(windows)))
            doubts = dict.fromkeys(windows, SetAsideReason.NOT_MEASURABLE)
            _finish(list(windows), [], doubts=doubts, now=now)
            _tell(windows, [], doubts)
            return 0, 1
    each = list(windows.items())
    middle = len(each) // 2
    halves = [_close(dict(half), now=now) for half in (each[:middle], each[middle:])]
    return sum(half[0] for half in halves), sum(half[1] for half in halves)


def _is_of_the_data(error: Exception) -> bool:
    """Return whether the windows at hand are to blame, and not what surrounds them."""
    if getattr(error.__cause__, "sqlstate", None) in _OF_THE_DATA:
        return True
    return not isinstance(error, DatabaseError | InterfaceError) or isinstance(
        error, DataError | IntegrityError
    )


def _close_together(windows: Mapping[int, DueWindow], *, now: datetime) -> tuple[int, int]:
    versions = {key: window.rule_version_id for key, window in windows.items()}
    terms = rule_terms(versions.values())
    sums = measure_windows(versions, terms)
    doubts = _doubts(windows, sums, terms)
    doubts |= crowding.found(windows, sums, doubts)
    records = _records(windows, [row for row in sums if row.window_id not in doubts], terms)

    _write(records, now=now)
    _finish(list(windows), sums, doubts=doubts, now=now)
    _tell(windows, records, doubts)
    return len(records), len(doubts)


def _tell(
    windows: Mapping[int, DueWindow],
    records: Sequence[Mapping[str, Any]],
    doubts: Mapping[int, SetAsideReason],
) -> None:
    """Record what was measured as one event a provider: each usage record is its own record."""
    counts = Counter(record["provider_id"] for record in records)
    measured = [
        events.Event(
            name=MeteringEvent.USAGE_RECORDED,
            object_kind="usage_batch",
            object_id=uuid7(),
            concerns=[provider_id],
            facts={"records": count},
        )
        for provider_id, count in counts.items()
    ]
    set_aside = [
        events.Event(
            name=MeteringEvent.WINDOW_SET_ASIDE,
            object_kind="window",
            object_id=window_id,
            concerns=[windows[window_id].provider_id],
            facts={"reason": reason, "meter_id": windows[window_id].meter_id},
        )
        for window_id, reason in doubts.items()
    ]
    events.record(measured + set_aside)


def _take(statement: str, **values: Any) -> list[DueWindow]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [DueWindow(*row) for row in cursor.fetchall()]


def _doubts(
    windows: Mapping[int, DueWindow], sums: Sequence[Sum], terms: Mapping[UUID, RuleTerms]
) -> dict[int, SetAsideReason]:
    """Return the windows to set aside, and why; what was admitted is beyond doubt."""
    totals: dict[int, Decimal] = {}
    overlapping: set[int] = set()
    for row in sums:
        if _bound(windows[row.window_id], terms) is not None:
            before = totals.get(row.window_id, Decimal(0))
            totals[row.window_id] = EXACT.add(before, row.physical)
            if row.overlaps:
                overlapping.add(row.window_id)
    capacity = factors.total_milli({windows[window_id].resource_id for window_id in totals})
    doubts = {}
    for window_id, total in totals.items():
        window = windows[window_id]
        if window.admitted_quantity is not None and total <= window.admitted_quantity:
            continue
        bound = _bound(window, terms)
        if bound and _exceeds(window, total, bound, total_milli=capacity[window.resource_id]):
            doubts[window_id] = SetAsideReason.ABOVE_CAPACITY
        elif window_id in overlapping:
            doubts[window_id] = SetAsideReason.OVERLAPPING
    return doubts


def _bound(window: DueWindow, terms: Mapping[UUID, RuleTerms]) -> CapacityBound | None:
    return units.bound_of(terms[window.rule_version_id].unit)


def _exceeds(window: DueWindow, total: Decimal, bound: CapacityBound, *, total_milli: int) -> bool:
    duration = window.ends_at - window.starts_at
    return rules.exceeds_capacity(
        total, total_milli=total_milli, duration=duration, per_second=bound.per_second
    )


def _records(
    windows: Mapping[int, DueWindow], sums: Sequence[Sum], terms: Mapping[UUID, RuleTerms]
) -> list[dict[str, Any]]:
    earlier = _earlier([window.id for window in windows.values() if window.revision])
    book = factors.book((window.rule_version_id, window.resource_id) for window in windows.values())
    records = []
    for row in sums:
        window = windows[row.window_id]
        before = earlier.get((row.window_id, row.subject))
        if before is None:
            factor, reason = book.factor(
                window.rule_version_id, window.resource_id, at=window.starts_at
            )
        elif before.inputs_hash == row.inputs_hash:
            continue
        else:
            # A late reading changes the quantity, never what an hour is worth.
            factor, reason = before.factor, before.factor_source
        rule = book.measuring(window.rule_version_id)
        record = _record(rule, window, row, before, factor=factor, reason=reason)
        record["is_trial"] = window.is_trial or terms[window.rule_version_id].is_trial
        records.append(record)
    return records


def _record(
    rule: rules.MeasuringRule,
    window: DueWindow,
    row: Sum,
    before: EarlierRecord | None,
    *,
    factor: Factor | None,
    reason: str,
) -> dict[str, Any]:
    is_time = window.kind == MetricKind.TIME
    return {
        "id": uuid7(),
        "provider_id": window.provider_id,
        "meter_id": window.meter_id,
        "resource_id": window.resource_id,
        "subject": row.subject,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "revision": before.revision + 1 if before else 1,
        "supersedes_id": before.id if before else None,
        "quantity": row.quantity,
        "native_hours": rule.native_hours(row.quantity) if is_time else None,
        **_hours(rule, row.quantity, factor),
        "factor": factor.value if factor else None,
        "factor_source": factor.source if factor else reason,
        "certificate_id": factor.certificate_id if factor else None,
        "rule_version_id": window.rule_version_id,
        "is_trial": window.is_trial,
        "inputs_hash": row.inputs_hash,
        "reading_count": row.reading_count,
        "units_max": _units_max(row),
        "parts": row.parts,
    }


def _hours(
    rule: rules.MeasuringRule, quantity: Decimal, factor: Factor | None
) -> dict[str, Decimal | str | None]:
    """Return the hours under the unit that they are of: no two classes share a column."""
    hours = rule.standard_hours(quantity, factor.value) if factor else None
    is_priced = factor is None or factor.is_priced
    return {
        "standard_hours": hours if is_priced else None,
        "hour_class": factor.hour_class if factor else "",
        "class_hours": None if is_priced else hours,
        "factor_row": factor.row if factor else "",
    }


def _units_max(row: Sum) -> Decimal | None:
    """Return how many units were in use at most, rounded up to the digits that are stored."""
    if row.units_max is None:
        return None
    return row.units_max.quantize(rules.STORED, rounding=ROUND_CEILING, context=EXACT)


def _earlier(window_ids: list[int]) -> dict[tuple[int, UUID | None], EarlierRecord]:
    if not window_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"windows": window_ids})
        rows = cursor.fetchall()
    return {
        (window_id, subject): EarlierRecord(
            id=record_id,
            revision=revision,
            inputs_hash=inputs_hash,
            factor=None
            if value is None
            else Factor(value, source, certificate_id, hour_class, factor_row),
            factor_source=source,
        )
        for (
            window_id,
            subject,
            record_id,
            revision,
            inputs_hash,
            value,
            source,
            certificate_id,
            hour_class,
            factor_row,
        ) in rows
    }


def _write(records: Sequence[dict[str, Any]], *, now: datetime) -> None:
    if not records:
        return
    locks.usage_sequence()
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {"records": msgspec.json.encode(records).decode(), "now": now})


def _finish(
    window_ids: list[int],
    sums: Sequence[Sum],
    *,
    doubts: Mapping[int, SetAsideReason],
    now: datetime,
) -> None:
    counts: Counter[int] = Counter()
    for row in sums:
        counts[row.window_id] += row.reading_count
    values: dict[str, Any] = {
        "windows": window_ids,
        "counts": [counts[window_id] for window_id in window_ids],
        "doubtful": list(doubts),
        "reasons": [str(reason) for reason in doubts.values()],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(FINISH, values)
