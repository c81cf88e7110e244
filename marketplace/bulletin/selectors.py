"""Reads of the bulletin: the index, and the market at a glance."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate

from common import moments, tenancy
from marketplace.bulletin.contracts import IndexedTrade, MarketDay
from marketplace.bulletin.models import DailyIndex
from marketplace.bulletin.rules import METHODOLOGY
from marketplace.orders import selectors as orders_selectors
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import TradeKind


def indexes() -> QuerySet[DailyIndex]:
    """Return the published index, the latest day first."""
    return DailyIndex.objects.order_by("-day", "resource_class", "id")


def series(*, resource_class: str, days: int) -> list[DailyIndex]:
    """Return the latest days of one class of resource, in the order of time."""
    found = indexes().filter(resource_class=resource_class, methodology=METHODOLOGY)
    return list(found[:days])[::-1]


def days_without_index(*, before: date, limit: int) -> list[date]:
    """
    Return the local days with trades and without an index, the earliest first.

    A day on which an import at work has settled something waits for the rest of it.
    """
    published = DailyIndex.objects.filter(methodology=METHODOLOGY).values("day")
    days = (
        settlement_selectors.trade_records()
        .annotate(day=_local_day())
        .filter(day__lt=before)
        .exclude(day__in=published)
        .order_by("day")
        .values_list("day", flat=True)
        .distinct()
    )
    if running := orders_selectors.running_imports():
        still = settlement_selectors.trade_records().filter(
            contract__order__import_run_id__in=running
        )
        unfinished = still.annotate(day=_local_day()).order_by().values("day")
        days = days.exclude(day__in=unfinished)
    return list(days[:limit])


def _local_day() -> TruncDate:
    return TruncDate("traded_at", tzinfo=moments.market_zone())


def trades_of(day: date) -> Iterator[IndexedTrade]:
    """Yield the trades that were settled on a local day."""
    period = moments.day_period(day)
    found = settlement_selectors.trade_records().filter(
        traded_at__gte=period.starts_at, traded_at__lt=period.ends_at
    )
    for record in found.order_by("sequence").iterator(chunk_size=2_000):
        yield IndexedTrade(
            resource_class=record.resource_class,
            provider=record.provider_uscc,
            is_correction=record.kind == TradeKind.CORRECTION,
            standard_hours=record.standard_hours,
            gross_minor=record.gross_minor,
            content_hash=record.content_hash,
            relation=record.relation,
        )


def market_day(*, now: datetime) -> MarketDay:
    """Return the figures of the last 24 hours; sums of the whole market, nobody's own."""
    since = now - timedelta(hours=24)
    with tenancy.acting_as_platform():
        sums = (
            settlement_selectors.trade_records()
            .filter(traded_at__gte=since, traded_at__lt=now, relation="")
            .order_by()
            .aggregate(
                trades=Count("id"),
                hours=Sum("standard_hours"),
                gross=Sum("gross_minor"),
                voucher=Sum("voucher_minor"),
            )
        )
        latest = indexes().values_list("day", flat=True).first()
    return MarketDay(
        trades=sums["trades"],
        standard_hours=sums["hours"] or Decimal(0),
        gross_minor=sums["gross"] or 0,
        voucher_minor=sums["voucher"] or 0,
        since=since,
        latest_day=latest,
    )
