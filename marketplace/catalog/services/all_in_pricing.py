"""All-in prices are computed ahead, set by set: when a listing changes and when they fall due."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from common import tenancy
from marketplace.catalog import all_in, selectors
from marketplace.catalog.contracts import LISTING_BATCH_MAX, ComparedOrder, ListingState
from marketplace.catalog.models import AllInDue, Listing
from pricing import selectors as pricing_selectors
from pricing.contracts import RateCard

# One row a listing and place; a path's price is added where it is known, and 0 where none is used.
STORE: Final = """
    WITH base AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(hubs)s::text[], %(milli)s::bigint[],
            %(seconds)s::bigint[], %(gross)s::bigint[], %(hours)s::numeric[],
            %(prices)s::numeric[])
            AS b(id, hub, milli, seconds, gross, hours, price)
    ), path AS (
        SELECT * FROM unnest(%(from)s::text[], %(to)s::text[], %(per_gb)s::numeric[])
            AS p(start, hub, per_gb)
    )
    INSERT INTO catalog_allinprice AS had (listing_id, place, reference, units_milli, seconds,
        gross_minor, standard_hours, plan_per_standard_hour, path_per_standard_hour, computed_at)
    SELECT b.id, place, %(reference)s, b.milli, b.seconds, b.gross, b.hours, b.price,
        CASE WHEN place IN ('', b.hub) THEN 0 ELSE round(p.per_gb * %(gb)s, 6) END, %(now)s
    FROM base b CROSS JOIN unnest(%(places)s::text[]) AS place
    LEFT JOIN path p ON p.start = place AND p.hub = b.hub
    ON CONFLICT (listing_id, place) DO UPDATE SET
        reference = excluded.reference, units_milli = excluded.units_milli,
        seconds = excluded.seconds, gross_minor = excluded.gross_minor,
        standard_hours = excluded.standard_hours,
        plan_per_standard_hour = excluded.plan_per_standard_hour,
        path_per_standard_hour = excluded.path_per_standard_hour,
        computed_at = excluded.computed_at
"""
DUE_NEXT: Final = """
    INSERT INTO catalog_allindue AS had (listing_id, due_at)
    SELECT * FROM unnest(%(ids)s::uuid[], %(at)s::timestamptz[])
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at)
"""


@transaction.atomic
def compute_due_all_in(*, now: datetime, limit: int = LISTING_BATCH_MAX) -> int:
    """Compute the all-in prices that are due; return of how many listings."""
    with tenancy.acting_as_platform():
        due = AllInDue.objects.filter(due_at__lte=now).order_by("due_at")
        due = due.select_for_update(no_key=True, skip_locked=True)
        ids = list(due.values_list("listing_id", flat=True)[:limit])
        compute_all_in(ids, now=now)
    return len(ids)


@transaction.atomic
def compute_all_in(listing_ids: Collection[UUID], *, now: datetime) -> None:
    """
    Compute the all-in prices of listings and keep them: a few statements, however many they are.

    What plans that go by the clock ask moves with the week, so they fall due again when it does.
    """
    if not listing_ids:
        return
    with tenancy.acting_as_platform():
        reference = selectors.reference_in_force(at=now)
        AllInDue.objects.filter(listing_id__in=listing_ids).delete()
        if reference is None:
            return
        found = (
            Listing.objects.filter(pk__in=listing_ids)
            .exclude(state=ListingState.CLOSED)
            .select_related("book")
            .defer("search_text", "search_grams")
        )
        listings = list(found)
        cards = pricing_selectors.kept_cards({each.plan_version_id for each in listings})
        _store(_priced(listings, cards, reference, now=now), reference, now=now)
        _fall_due(listings, cards, reference, now=now)


def _priced(
    listings: Collection[Listing],
    cards: Mapping[UUID, RateCard],
    reference: ComparedOrder,
    *,
    now: datetime,
) -> list[tuple[Listing, all_in.ReferenceOrderPrice]]:
    """Return each listing with its price; what is alike in all that decides is rated once."""
    begins = all_in.next_begin(reference, now)
    known: dict[Any, all_in.ReferenceOrderPrice] = {}
    priced = []
    for listing in listings:
        terms = listing.terms()
        milli, seconds = all_in.fitted(
            reference, terms, listing.least, resource_class=listing.resource_class
        )
        key = (
            *(terms.plan_version_id, terms.standard_factor, terms.facts, terms.capacity_unit),
            *(milli, seconds),
        )
        if key not in known:
            known[key] = all_in.reference_price(
                cards[terms.plan_version_id],
                terms,
                units_milli=milli,
                seconds=seconds,
                begins=begins,
            )
        priced.append((listing, known[key]))
    return priced


def _store(
    priced: Collection[tuple[Listing, all_in.ReferenceOrderPrice]],
    reference: ComparedOrder,
    *,
    now: datetime,
) -> None:
    paths = pricing_selectors.paths(at=now)
    ways = [
        (start, end, path.price_per_gb)
        for path in paths
        for start, end in ((path.hub_a, path.hub_b), (path.hub_b, path.hub_a))
    ]
    values: dict[str, Any] = {
        "ids": [listing.pk for listing, _price in priced],
        "hubs": [listing.hub for listing, _price in priced],
        "milli": [price.units_milli for _listing, price in priced],
        "seconds": [price.seconds for _listing, price in priced],
        "gross": [price.gross_minor for _listing, price in priced],
        "hours": [price.standard_hours for _listing, price in priced],
        "prices": [price.per_standard_hour for _listing, price in priced],
        "from": [start for start, _end, _price in ways],
        "to": [end for _start, end, _price in ways],
        "per_gb": [price for _start, _end, price in ways],
        "reference": reference.number,
        "gb": reference.gb_per_standard_hour,
        "places": ["", *reference.places],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)


def _fall_due(
    listings: Collection[Listing],
    cards: Mapping[UUID, RateCard],
    reference: ComparedOrder,
    *,
    now: datetime,
) -> None:
    """Note when the prices of listings will be others by themselves."""
    announced = [
        moment
        for moment in (
            selectors.next_reference(after=now),
            pricing_selectors.next_paths(after=now),
        )
        if moment is not None
    ]
    week = all_in.next_begin(reference, now)
    ids, moments = [], []
    for listing in listings:
        terms = cards[listing.plan_version_id].terms
        own = [*announced, week] if terms is not None and terms.asks_for_time else announced
        if own:
            ids.append(listing.pk)
            moments.append(min(own))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(DUE_NEXT, {"ids": ids, "at": moments})
