"""How the money of a programme runs: what is left, how fast it goes, and when it is gone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from common.moments import market_date, month_period
from common.period import Period
from ledger import selectors as ledger_selectors
from marketplace.accounts import TransferReason
from marketplace.vouchers.selectors import ProgrammeSummary

MONTHS: Final = 12
RECENT_DAYS: Final = 90
FORECAST_DAYS_MAX: Final = 3_660


@dataclass(frozen=True, slots=True)
class BurnMonth:
    """What was issued and used in a month of the market."""

    month: str
    issued_minor: int
    used_minor: int


@dataclass(frozen=True, slots=True)
class BudgetBurn:
    """The last months of a programme, and when its pool is empty if it goes on like that."""

    months: list[BurnMonth]
    recent_minor: int  # issued in the last days
    empty_on: date | None  # None: nothing was issued, or it lasts for years


def burn(summary: ProgrammeSummary, *, asset: str, now: datetime) -> BudgetBurn:
    """Return how a programme's money runs; whoever calls reads every ledger."""
    first = _months_before(market_date(now), MONTHS - 1)
    period = Period(month_period(first).starts_at, now + timedelta(seconds=1))
    sums: dict[str, list[int]] = {}
    month = first
    while month <= market_date(now):
        sums[f"{month:%Y-%m}"] = [0, 0]
        month = _months_before(month, -1)
    for each in ledger_selectors.moved_totals(asset=asset, period=period):
        if each.month in sums and each.reason == TransferReason.ISSUE:
            sums[each.month][0] += each.amount
        elif each.month in sums and each.reason == TransferReason.ORDER_VOUCHER:
            sums[each.month][1] += each.amount
    recent = _recent(asset, now)
    months = [BurnMonth(name, *amounts) for name, amounts in sums.items()]
    return BudgetBurn(months, recent, _empty_on(summary.pool_minor, recent, now))


def _recent(asset: str, now: datetime) -> int:
    period = Period(now - timedelta(days=RECENT_DAYS), now + timedelta(seconds=1))
    return sum(
        each.amount
        for each in ledger_selectors.moved_totals(asset=asset, period=period)
        if each.reason == TransferReason.ISSUE
    )


def _empty_on(left: int, recent: int, now: datetime) -> date | None:
    if recent <= 0:
        return None
    days = left * RECENT_DAYS // recent
    return market_date(now) + timedelta(days=days) if days <= FORECAST_DAYS_MAX else None


def _months_before(day: date, count: int) -> date:
    number = day.year * 12 + day.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
