"""The market as people search it: a page, counts beside each filter, prices, and the whole."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from common import paging
from identity.identifiers import profiles, regions
from marketplace.catalog import rules
from marketplace.catalog.contracts import (
    PAGE_SIZE_MAX,
    PRICE_BUCKETS,
    ClassCapacity,
    Facets,
    FacetValue,
    HubCapacity,
    ListingState,
    MarketFigures,
    MarketFilter,
    MarketPage,
    MarketRow,
    MarketSort,
    PriceBucket,
)
from marketplace.catalog.models import UNPRICED, CapacitySlot, Listing
from marketplace.catalog.selectors.capacity import sold_now

ORDERS: Final[dict[MarketSort, tuple[str, str]]] = {
    MarketSort.PRICE: ("sort_price", "id"),
    MarketSort.PRICE_DOWN: ("-sort_price", "-id"),
    MarketSort.NEWEST: ("-opened_at", "-id"),
}
# Filters that have counts beside them; each is a column of Listing.
FACETS: Final = ("resource_class", "form", "hub", "chip", "accepts_vouchers", "bucket")


def market(wanted: MarketFilter, *, at: datetime) -> QuerySet[Listing]:
    """Return the open listings that pass every filter."""
    found = _open(wanted, at=at)
    for condition in _facet_conditions(wanted).values():
        found = found.filter(condition)
    return found


def market_page(
    wanted: MarketFilter,
    *,
    at: datetime,
    sort: MarketSort = MarketSort.PRICE,
    cursor: str = "",
    scope: paging.Scope = (),
    size: int = 20,
) -> MarketPage:
    """
    Return one page of the market, by a cursor of the page beside it.

    :raises InvalidCursor: if the cursor was not made here for this scope
    """
    page = paging.page_of(
        market(wanted, at=at).select_related("resource", "provider"),
        size=min(max(size, 1), PAGE_SIZE_MAX),
        cursor=cursor,
        scope=scope,
        order=ORDERS[sort],
    )
    sold = sold_now([row.pk for row in page.rows], at=at)
    return MarketPage(
        rows=tuple(_row(row, row.total_milli - sold.get(row.pk, 0)) for row in page.rows),
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


def _row(listing: Listing, free_milli: int) -> MarketRow:
    resource, provider = listing.resource, listing.provider
    return MarketRow(
        id=listing.pk,
        number=listing.number,
        title=listing.title,
        title_en=listing.title_en,
        provider_id=listing.provider_id,
        provider_name=provider.name,
        provider_name_en=provider.name_en,
        identifier=resource.identifier,
        resource_class=listing.resource_class,
        form=listing.form,
        region=listing.region,
        hub=listing.hub,
        chip=listing.chip,
        specification=dict(resource.specification),
        pue=listing.pue,
        verification_level=listing.verification_level,
        accepts_vouchers=listing.accepts_vouchers,
        capacity_unit=listing.capacity_unit,
        total_milli=listing.total_milli,
        free_milli=free_milli,
        headline_unit=listing.headline_unit,
        headline_price=listing.headline_price,
        price_per_standard_hour=listing.price_per_standard_hour,
        price_per_unit_hour=listing.price_per_unit_hour,
    )


# --- Conditions --------------------------------------------------------------------------------
def _open(wanted: MarketFilter, *, at: datetime) -> QuerySet[Listing]:
    """Return the open listings under the filters that have no counts."""
    found = Listing.objects.filter(state=ListingState.OPEN, available_from__lte=at).filter(
        Q(available_until__isnull=True) | Q(available_until__gt=at)
    )
    if wanted.pue_max is not None:
        found = found.filter(pue__lte=wanted.pue_max)
    if wanted.verification_min is not None:
        found = found.filter(verification_level__gte=wanted.verification_min)
    if wanted.free_milli_min is not None:
        fuller = CapacitySlot.objects.filter(
            listing=OuterRef("pk"),
            starts_at__lte=at,
            ends_at__gt=at,
            free_milli__lt=wanted.free_milli_min,
        )
        found = found.filter(~Exists(fuller), total_milli__gte=wanted.free_milli_min)
    if wanted.provider_id is not None:
        found = found.filter(provider_id=wanted.provider_id)
    if wanted.text.strip():
        found = _with_text(found, wanted.text)
    return found


def _with_text(found: QuerySet[Listing], text: str) -> QuerySet[Listing]:
    """
    Keep the listings that every word finds: in their words, by their place, or as their number.

    Pairs of characters, which an index answers, narrow the words before each is looked for itself.
    """
    for word in rules.normal(text).split():
        wanted = Q(search_grams__contains=rules.search_grams(word), search_text__contains=word)
        if places := regions.codes_named(word):
            wanted |= Q(region__in=places)
        if (seq := rules.seq_of(word)) is not None:
            wanted |= Q(seq=seq)
        found = found.filter(wanted)
    return found


def _facet_conditions(wanted: MarketFilter) -> dict[str, Q]:
    conditions: dict[str, Q] = {}
    for name, values in (
        ("resource_class", wanted.resource_classes),
        ("form", wanted.forms),
        ("hub", wanted.hubs),
        ("chip", profiles.every_name(wanted.chips)),
    ):
        if values:
            conditions[name] = Q(**{f"{name}__in": values})
    if wanted.accepts_vouchers is not None:
        conditions["accepts_vouchers"] = Q(accepts_vouchers=wanted.accepts_vouchers)
    price = Q()
    if wanted.price_min is not None:
        price &= Q(sort_price__gte=wanted.price_min, price_per_standard_hour__isnull=False)
    if wanted.price_max is not None:
        price &= Q(sort_price__lte=wanted.price_max, price_per_standard_hour__isnull=False)
    if price:
        conditions["bucket"] = price
    return conditions


# --- Counts ------------------------------------------------------------------------------------
def price_range() -> tuple[Decimal, Decimal] | None:
    """Return the lowest and highest price of a standard hour on the open market."""
    priced = Listing.objects.filter(state=ListingState.OPEN, sort_price__lt=UNPRICED)
    found = priced.aggregate(low=Min("sort_price"), high=Max("sort_price"))
    return None if found["low"] is None else (found["low"], found["high"])


def facets(wanted: MarketFilter, *, at: datetime) -> Facets:
    """
    Return the counts beside each filter, in two queries.

    The number beside a value says how many listings pass all *other* filters and have it: what
    ticking it would give. A listing that fails two filters counts nowhere; one that fails a
    single filter counts beside that one only. So one pass over the market serves every filter.
    """
    prices = price_range()
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


def figures(*, at: datetime) -> MarketFigures:
    """Return the market at a glance, in one query."""
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
