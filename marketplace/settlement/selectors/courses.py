"""What an order was charged for over its time: by day, and as the course of its use."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, DateTimeField, F, Func, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate

from common import moments
from common.period import Period
from marketplace.settlement.contracts import ChargeKind
from marketplace.settlement.models import Charge
from marketplace.settlement.selectors.reading import charges_of_order

# Lengths that people read well, from which a course of at most so many bars is drawn.
BAR_SECONDS: Final = (10, 60, 300, 900, 3_600, 10_800, 21_600, 86_400, 604_800)
BARS_MAX: Final = 96


@dataclass(frozen=True, slots=True)
class ChargedDay:
    """What one local day added to the charges of an order."""

    day: date
    windows: int
    corrections: int
    standard_hours: Decimal | None
    voucher_minor: int
    cash_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class Course:
    """Measured use over the time of an order, in unit-seconds a bar of equal length."""

    seconds: int
    unit_seconds: tuple[Decimal, ...]


def charged_days(order_id: UUID) -> list[ChargedDay]:
    """Return the days on which an order was used, the newest first."""
    rows: QuerySet[Any, Any] = (
        charges_of_order(order_id)
        .annotate(day=_local_day())
        .values("day")
        .annotate(
            windows=Count("starts_at", distinct=True),
            corrected=Count("id", filter=Q(kind=ChargeKind.CORRECTION)),
            hours=Sum("standard_hours"),
            voucher=Sum("voucher_minor"),
            cash=Sum("cash_minor"),
            gross=Sum("gross_minor"),
        )
        .order_by("-day")
    )
    return [
        ChargedDay(
            day=row["day"],
            windows=row["windows"],
            corrections=row["corrected"],
            standard_hours=row["hours"],
            voucher_minor=row["voucher"],
            cash_minor=row["cash"],
            gross_minor=row["gross"],
        )
        for row in rows
    ]


def charges_on(order_id: UUID, days: Collection[date]) -> QuerySet[Charge]:
    """Return an order's charges for use on some local days, the latest window first."""
    found = charges_of_order(order_id).annotate(day=_local_day()).filter(day__in=days)
    return found.order_by("-starts_at", "-id")


def course(order_id: UUID, period: Period) -> Course:
    """Return how an order was used over its period; no bar is shorter than its longest window."""
    found = charges_of_order(order_id)
    longest = found.aggregate(longest=Max(F("ends_at") - F("starts_at")))["longest"] or timedelta()
    length = -(-period.microseconds // 1_000_000)
    seconds = next(
        (
            each
            for each in BAR_SECONDS
            if timedelta(seconds=each) >= longest and length <= each * BARS_MAX
        ),
        max(BAR_SECONDS[-1], -(-length // BARS_MAX)),
    )
    bars = max(1, -(-length // seconds))
    used = {row["bar"]: row["used"] for row in _bars(found, period, seconds)}
    return Course(
        seconds,
        tuple(
            used.get(period.starts_at + timedelta(seconds=place * seconds), Decimal(0))
            for place in range(bars)
        ),
    )


def _bars(found: QuerySet[Charge], period: Period, seconds: int) -> QuerySet[Any, Any]:
    bar = Func(
        Value(timedelta(seconds=seconds)),
        F("starts_at"),
        Value(period.starts_at),
        function="date_bin",
        output_field=DateTimeField(),
    )
    within = found.filter(starts_at__gte=period.starts_at, starts_at__lt=period.ends_at)
    return within.annotate(bar=bar).values("bar").annotate(used=Sum("quantity")).order_by("bar")


def _local_day() -> TruncDate:
    return TruncDate("starts_at", tzinfo=moments.market_zone())
