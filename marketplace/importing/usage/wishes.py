"""From a line of a trace to an order and to readings; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from common.canonical import content_hash
from common.money import EXACT
from common.period import Period
from identity.contracts import ResourceClass
from marketplace.importing.contracts import UsageRow
from marketplace.orders.contracts import OrderWish, Requirement
from metering import rules as metering_rules

CLASSES: Final = {
    "card-second": ResourceClass.AI,
    "vcpu-second": ResourceClass.GENERAL,
    "node-second": ResourceClass.HPC,
}


@dataclass(frozen=True, slots=True)
class WindowPart:
    """The part of a use that lies in one measuring window."""

    starts_at: datetime
    ends_at: datetime
    quantity: Decimal


def key_of(row: UsageRow, *, source: str) -> str:
    """Return the name under which the order of a line is remembered."""
    return f"{source}:{row.identity}"


def hash_of_line(row: UsageRow) -> str:
    """Return what a row said, as far as it decides about its order and its use."""
    period = period_of(row)
    return content_hash(
        {
            "starts_at": period and period.starts_at,
            "ends_at": period and period.ends_at,
            "ran": row.starts_at is not None,
            "quantity": row.quantity,
            "unit": row.unit,
            "units_milli": row.units_milli,
            "chips": sorted(row.chips),
        }
    )


def wish_of(row: UsageRow, *, source: str, hub: str) -> OrderWish | None:
    """Return the order that a line stands for; None if it never was to run at any time."""
    period = period_of(row)
    if period is None or row.unit not in CLASSES:
        return None
    return OrderWish(
        key=key_of(row, source=source),
        units_milli=row.units_milli,
        period=period,
        requirement=Requirement(resource_class=CLASSES[row.unit], hub=hub, chips=row.chips),
        use_vouchers=False,
    )


def period_of(row: UsageRow) -> Period | None:
    """
    Return when a line ran.

    An openb pod that was never scheduled asks for the time that it existed, at least a second.
    """
    if row.starts_at is not None and row.ends_at is not None:
        return Period(row.starts_at, row.ends_at)
    created, deleted = row.facts.get("creation_time"), row.facts.get("deletion_time")
    if row.requested_at is None or not created or not deleted:
        return None
    seconds = max(int(deleted) - int(created), 1)
    return Period(row.requested_at, row.requested_at + timedelta(seconds=seconds))


def placed_at(row: UsageRow, period: Period) -> datetime:
    """Return when the order of a line was placed: when it was asked for, or when it began."""
    return min(row.requested_at or period.starts_at, period.starts_at)


def pieces(row: UsageRow, *, window_seconds: int) -> Iterator[WindowPart]:
    """
    Yield a use cut at the edges of measuring windows.

    A use that was paused (Slurm's Elapsed is shorter than its period) is counted at its full rate
    from the start until its quantity is used up; where the pauses lay is not told.
    """
    if row.starts_at is None or row.ends_at is None:
        return
    start, left = row.starts_at, row.quantity
    while start < row.ends_at and left > 0:
        edge = metering_rules.window_start(start, seconds=window_seconds) + timedelta(
            seconds=window_seconds
        )
        end = min(edge, row.ends_at)
        microseconds = (end - start) // timedelta(microseconds=1)
        full = Decimal(row.units_milli * microseconds).scaleb(-9, context=EXACT)
        quantity = min(full, left)
        yield WindowPart(start, end, quantity)
        left = EXACT.subtract(left, quantity)
        start = end
