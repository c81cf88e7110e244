"""
Counts of the market: beside each filter, prices, and the whole at a glance.

They span every listing, and nobody waits for that twice: they are remembered for seconds, and made
anew as soon as a listing changes. What is sold meanwhile shows with the next count.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)

from common.remembering import Remembered
from identity.identifiers import profiles
from marketplace.catalog.contracts import (
    PRICE_BUCKETS,
    ClassCapacity,
    Facets,
    FacetValue,
    HubCapacity,
    ListingState,
    MarketFigures,
    MarketFilter,
    PriceBucket,
)
from marketplace.catalog.models import UNPRICED, Listing
from marketplace.catalog.selectors.market import FACETS, _facet_conditions, _open

SECONDS_KEPT: Final = 10
FILTERS_KEPT: Final = 256
# How often listings changed, and in which database: tests copy databases, whose counts are others.
VERSION: Final = """
    SELECT last_value, (SELECT oid FROM pg_database WHERE datname = current_database())
    FROM catalog_market_version
"""
_remembered: Final[Remembered[Any]] = Remembered(seconds=SECONDS_KEPT, most=FILTERS_KEPT)
# A group of listings alike in every counted column, and how many they are.
Group = tuple[dict[str, str], int]


@dataclass(frozen=True, slots=True)
class Counts:
    """All that is counted of the market for one page of it."""

    facets: Facets
    figures: MarketFigures
    prices: tuple[Decimal, Decimal] | None


@dataclass(frozen=True, slots=True)
class _Whole:
    """What is counted once for everybody."""

    prices: tuple[Decimal, Decimal] | None
    groups: list[Group]
    figures: MarketFigures


def counts(wanted: MarketFilter, *, at: datetime) -> Counts:
    """
    Return the counts beside each filter, and the market at a glance.

    The whole market is counted once for all; what only ticks values is added up from its groups.
    """
    version, wanted = _version(), wanted.counted
    whole: _Whole = _remembered.get((version, "whole"), lambda: _count_whole(at=at))
    if wanted.is_ticked_only:
        facets = _facets(_added(whole.groups, wanted), whole.prices)
    else:
        facets = _remembered.get((version, wanted), lambda: _counted(wanted, whole.prices, at=at))
    return Counts(facets, whole.figures, whole.prices)


def facets(wanted: MarketFilter, *, at: datetime) -> Facets:
    """Return the counts beside each filter."""
    return counts(wanted, at=at).facets


def figures(*, at: datetime) -> MarketFigures:
    """Return the market at a glance."""
    return counts(MarketFilter(), at=at).figures


def priced_below(price: Decimal, *, resource_class: str) -> tuple[int, int]:
    """Return how many open listings of a class ask less by the standard hour, and how many ask."""
    asked = Listing.objects.filter(
        state=ListingState.OPEN,
        resource_class=resource_class,
        price_per_standard_hour__isnull=False,
        community_rule__isnull=True,
    )
    found = asked.aggregate(
        below=Count("id", filter=Q(price_per_standard_hour__lt=price)), priced=Count("id")
    )
    return found["below"], found["priced"]


def price_range(*, at: datetime) -> tuple[Decimal, Decimal] | None:
    """Return the lowest and highest price of a standard hour on the open market."""
    return counts(MarketFilter(), at=at).prices


def _version() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        version: tuple[int, int] = cursor.fetchone()
    return version


def _count_whole(*, at: datetime) -> _Whole:
    prices = _price_range()
    return _Whole(prices, _groups(prices, at=at), _figures(at=at))


def _groups(prices: tuple[Decimal, Decimal] | None, *, at: datetime) -> list[Group]:
    rows = (
        _open(MarketFilter(), at=at)
        .annotate(bucket=_bucket(prices))
        .values_list(*FACETS)
        .annotate(listings=Count("*"))
        .order_by()
    )
    return [
        ({name: _text(value) for name, value in zip(FACETS, row, strict=False)}, row[-1])
        for row in rows
    ]


def _text(value: Any) -> str:
    """Return a value as PostgreSQL writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _added(groups: Iterable[Group], wanted: MarketFilter) -> list[tuple[str, str | None, int]]:
    """Add groups up beside each filter: what fails one filter only counts beside that one."""
    asked = {
        "resource_class": wanted.resource_classes,
        "form": wanted.forms,
        "hub": wanted.hubs,
        "chip": profiles.every_name(wanted.chips),
        "accepts_vouchers": ()
        if wanted.accepts_vouchers is None
        else (_text(wanted.accepts_vouchers),),
    }
    chosen = {name: frozenset(values) for name, values in asked.items() if values}
    counts: Counter[tuple[str, str | None]] = Counter()
    for group, listings in groups:
        failed = [name for name, values in chosen.items() if group[name] not in values]
        if not failed:
            counts["total", None] += listings
        for name in FACETS if not failed else failed[: len(failed) == 1]:
            counts[name, group[name]] += listings
    return [(name, value, count) for (name, value), count in counts.items()]


def _price_range() -> tuple[Decimal, Decimal] | None:
    """Return the lowest and highest price of a standard hour on the open market."""
    priced = Listing.objects.filter(state=ListingState.OPEN, sort_price__lt=UNPRICED)
    found = priced.aggregate(low=Min("sort_price"), high=Max("sort_price"))
    return None if found["low"] is None else (found["low"], found["high"])


def _counted(
    wanted: MarketFilter, prices: tuple[Decimal, Decimal] | None, *, at: datetime
) -> Facets:
    """
    Count beside each filter, in one query.

    The number beside a value says how many listings pass all *other* filters and have it: what
    ticking it would give. A listing that fails two filters counts nowhere; one that fails a
    single filter counts beside that one only. So one pass over the market serves every filter.
    """
    conditions = _facet_conditions(wanted)
    failed = [
        Case(When(condition, then=Value(0)), default=Value(1 << FACETS.index(name)))
        for name, condition in conditions.items()
    ]
    groups = (
        _open(wanted, at=at)
        .annotate(
            bucket=_bucket(prices),
            failed=sum(failed, start=Value(0, output_field=IntegerField())),
        )
        .values(*FACETS, "failed")
        .annotate(listings=Count("*"))
        .order_by()
    )
    return _facets(_grouped(groups), prices)


def _bucket(prices: tuple[Decimal, Decimal] | None) -> Any:
    low, high = prices or (Decimal(0), Decimal(1))
    top = high if high > low else low + 1
    number = Func(
        F("price_per_standard_hour"),
        Value(low),
        Value(top),
        Value(PRICE_BUCKETS),
        function="width_bucket",
        output_field=IntegerField(),
    )
    # The highest price belongs to the last bar, not to one beyond it.
    return Case(When(price_per_standard_hour__gte=top, then=Value(PRICE_BUCKETS)), default=number)


def _grouped(groups: QuerySet[Any]) -> list[tuple[str, str | None, int]]:
    """Return (filter, value, count) for every filter, summed by the database."""
    inner, params = groups.query.sql_with_params()
    single = [0, *(1 << at for at in range(len(FACETS)))]
    parts = " UNION ALL ".join(
        f"SELECT '{name}', {name}::text, sum(listings)::bigint FROM market"
        f" WHERE failed IN (0, {1 << at}) GROUP BY 2"
        for at, name in enumerate(FACETS)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH market AS MATERIALIZED (SELECT * FROM ({inner}) AS grouped"
            f" WHERE failed = ANY(%s)) {parts}"
            " UNION ALL SELECT 'total', NULL, coalesce(sum(listings), 0)::bigint FROM market"
            " WHERE failed = 0",
            [*params, single],
        )
        rows: list[tuple[str, str | None, int]] = cursor.fetchall()
    return rows


def _facets(
    counts: Iterable[tuple[str, str | None, int]], prices: tuple[Decimal, Decimal] | None
) -> Facets:
    found: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    total = 0
    for name, value, count in counts:
        if name == "total":
            total = count
        elif value:
            found[name][value] = count
    buckets = found.pop("bucket")
    return Facets(
        total=total,
        by_filter={
            name: tuple(
                FacetValue(value, count)
                for value, count in sorted(values.items(), key=lambda item: (-item[1], item[0]))
            )
            for name, values in found.items()
        },
        prices=_histogram(buckets, prices),
    )


def _histogram(
    counts: dict[str, int], prices: tuple[Decimal, Decimal] | None
) -> tuple[PriceBucket, ...]:
    if prices is None:
        return ()
    low, high = prices
    width = (high - low if high > low else Decimal(1)) / PRICE_BUCKETS
    return tuple(
        PriceBucket(
            low=low + width * (number - 1),
            high=low + width * number,
            count=counts.get(str(number), 0),
        )
        for number in range(1, PRICE_BUCKETS + 1)
    )


def _figures(*, at: datetime) -> MarketFigures:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH sold AS (
                SELECT listing_id, total_milli - free_milli AS milli FROM catalog_capacityslot
                WHERE ends_at > %(at)s AND starts_at <= %(at)s
            ), market AS (
                SELECT l.resource_class, l.capacity_unit, l.provider_id, l.standard_factor,
                       count(*) AS listings, sum(l.total_milli) AS total,
                       sum(l.total_milli) - coalesce(sum(s.milli), 0) AS free
                FROM catalog_listing l LEFT JOIN sold s ON s.listing_id = l.id
                WHERE l.state = 'OPEN' AND l.available_from <= %(at)s
                  AND (l.available_until IS NULL OR l.available_until > %(at)s)
                GROUP BY 1, 2, 3, 4
            )
            SELECT grouping(resource_class), resource_class, capacity_unit,
                   coalesce(sum(listings), 0)::bigint, count(DISTINCT provider_id),
                   sum(total)::bigint, sum(free)::bigint, sum(free * standard_factor) / 1000,
                   coalesce(sum(listings) FILTER (WHERE standard_factor IS NOT NULL), 0)::bigint
            FROM market GROUP BY GROUPING SETS ((resource_class, capacity_unit), ())
            ORDER BY 1, 2, 3
            """,
            {"at": at},
        )
        rows = cursor.fetchall()
    whole = next(row for row in rows if row[0])
    return MarketFigures(
        listings=whole[3],
        providers=whole[4],
        capacity=tuple(
            ClassCapacity(
                resource_class=row[1],
                unit=row[2],
                listings=row[3],
                total_milli=row[5],
                available_milli=row[6],
                available_standard=row[7],
                converted_listings=row[8],
            )
            for row in rows
            if not row[0]
        ),
    )


def hub_capacity(*, at: datetime) -> list[HubCapacity]:
    """Return what is on the market at each hub by class and unit, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH sold AS (
                SELECT listing_id, total_milli - free_milli AS milli FROM catalog_capacityslot
                WHERE ends_at > %(at)s AND starts_at <= %(at)s
            )
            SELECT l.hub, l.resource_class, l.capacity_unit, count(*),
                   sum(l.total_milli)::bigint,
                   (sum(l.total_milli) - coalesce(sum(s.milli), 0))::bigint,
                   sum(l.total_milli * l.standard_factor) / 1000,
                   sum((l.total_milli - coalesce(s.milli, 0)) * l.standard_factor) / 1000,
                   min(l.price_per_standard_hour),
                   sum(l.pue * l.total_milli) FILTER (WHERE l.pue IS NOT NULL)
                   / nullif(sum(l.total_milli) FILTER (WHERE l.pue IS NOT NULL), 0)
            FROM catalog_listing l LEFT JOIN sold s ON s.listing_id = l.id
            WHERE l.state = 'OPEN' AND l.available_from <= %(at)s
              AND (l.available_until IS NULL OR l.available_until > %(at)s)
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,
            {"at": at},
        )
        return [HubCapacity(*row) for row in cursor.fetchall()]
