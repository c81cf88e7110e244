"""All-in prices are computed ahead, set by set: when a listing changes and when they fall due."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from common import tenancy
from common.money import EXACT
from common.period import Period
from marketplace.catalog import all_in, selectors
from marketplace.catalog.contracts import LISTING_BATCH_MAX, ComparedOrder, ListingState
from marketplace.catalog.models import AllInDue, AllInPrice, Listing
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing.contracts import RateCard
from pricing.group_contracts import PriceGroup
from pricing.path_facts import latency_class

# One row a listing and place; a path's price is added where it is known, and 0 where none is used.
# Where a network is ordered with the listing, it is priced by that, wherever the data comes from.
# A plan that has factors by path is priced by class of latency, as paths between hubs are.
STORE: Final = """
    WITH base AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(hubs)s::text[], %(milli)s::bigint[],
            %(seconds)s::bigint[], %(gross)s::bigint[], %(hours)s::numeric[],
            %(prices)s::numeric[], %(groups)s::text[], %(others)s::text[], %(ways)s::text[],
            %(lines)s::numeric[])
            AS b(id, hub, milli, seconds, gross, hours, price, of_group, others, way, line)
    ), path AS (
        SELECT * FROM unnest(%(from)s::text[], %(to)s::text[], %(per_gb)s::numeric[],
            %(classes)s::text[]) AS p(start, hub, per_gb, way)
    )
    INSERT INTO catalog_allinprice AS had (listing_id, place, price_group, other_groups, reference,
        units_milli, seconds,
        gross_minor, standard_hours, plan_per_standard_hour, path_per_standard_hour,
        path_is_charged, computed_at)
    SELECT b.id, place, b.of_group, string_to_array(b.others, ','), %(reference)s, b.milli,
        b.seconds, b.gross, b.hours, b.price,
        CASE WHEN place = '' THEN 0 WHEN b.line IS NOT NULL THEN round(b.line, 6)
            WHEN place = b.hub THEN 0 ELSE round(p.per_gb * %(gb)s, 6) END,
        place <> '' AND b.line IS NOT NULL, %(now)s
    FROM base b CROSS JOIN unnest(%(places)s::text[]) AS place
    LEFT JOIN path p ON p.start = place AND p.hub = b.hub
    WHERE b.way = %(any_way)s OR b.way = CASE
        WHEN place = b.hub THEN %(nearest)s ELSE coalesce(p.way, '') END
    ON CONFLICT (listing_id, place, price_group) DO UPDATE SET
        other_groups = excluded.other_groups, reference = excluded.reference,
        units_milli = excluded.units_milli,
        seconds = excluded.seconds, gross_minor = excluded.gross_minor,
        standard_hours = excluded.standard_hours,
        plan_per_standard_hour = excluded.plan_per_standard_hour,
        path_per_standard_hour = excluded.path_per_standard_hour,
        path_is_charged = excluded.path_is_charged,
        computed_at = excluded.computed_at
"""
DUE_NEXT: Final = """
    INSERT INTO catalog_allindue AS had (listing_id, due_at)
    SELECT * FROM unnest(%(ids)s::uuid[], %(at)s::timestamptz[])
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at)
"""


class PricedListing(NamedTuple):
    """A price of a listing: whose it is, and whose others stand beside the list price."""

    listing: Listing
    group: str
    others: tuple[str, ...]
    way: str
    price: all_in.ReferenceOrderPrice
    line: Decimal | None = None  # of the network ordered with it, for a standard hour


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
) -> list[PricedListing]:
    """Return listings with their prices, those of groups too; what is alike is rated once."""
    begins = all_in.next_begin(reference, now)
    known: dict[Any, all_in.ReferenceOrderPrice] = {}
    priced = []
    told = _groups_told(listings, cards)
    networks = selectors.networks_beside([each.pk for each in listings])
    for listing in listings:
        terms = listing.terms()
        milli, seconds = all_in.fitted(
            reference, terms, listing.least, resource_class=listing.resource_class
        )
        key = (
            *(terms.plan_version_id, terms.standard_factor, terms.facts, terms.capacity_unit),
            *(milli, seconds),
        )
        groups = told.get(listing.pk, ())
        card = cards[terms.plan_version_id]
        for group, way in product(("", *groups), all_in.ways_of(card)):
            if (key, group, way) not in known:
                asked = all_in.WhoAsks(group, reference.green, "" if way == all_in.ANY_WAY else way)
                known[key, group, way] = all_in.reference_price(
                    card, terms, units_milli=milli, seconds=seconds, begins=begins, asked=asked
                )
            others = () if group else groups
            found = known[key, group, way]
            line = None
            if listing.pk in networks and found.standard_hours:
                asked = all_in.WhoAsks(group, reference.green, "" if way == all_in.ANY_WAY else way)
                line = _line(networks[listing.pk], card, found, reference, begins, asked)
            priced.append(PricedListing(listing, group, others, way, found, line))
    return priced


def _line(
    network: Listing,
    card: RateCard,
    price: all_in.ReferenceOrderPrice,
    reference: ComparedOrder,
    begins: datetime,
    asked: all_in.WhoAsks,
) -> Decimal | None:
    """Return what the data of a standard hour costs over a network under the same plan."""
    hours = price.standard_hours
    if not hours:
        return None
    lines = all_in.path_lines(
        card,
        network.terms(),
        gigabytes=EXACT.multiply(reference.gb_per_standard_hour, hours),
        period=Period(begins, begins + timedelta(seconds=price.seconds)),
        asked=asked,
    )
    return None if lines is None else EXACT.divide(pricing_rules.raw_total(lines), hours)


def _groups_told(
    listings: Collection[Listing], cards: Mapping[UUID, RateCard]
) -> dict[UUID, tuple[str, ...]]:
    """
    Return, by listing, the groups whose prices stand in rows of their own.

    What a plan said to a group once keeps its row: it says the list price when no other is said.
    """
    said = {each.pk: set(all_in.groups_of(cards[each.plan_version_id])) for each in listings}
    known = set(PriceGroup.values)
    had = AllInPrice.objects.filter(listing_id__in=said, place="").exclude(price_group="")
    for listing_id, group in had.values_list("listing_id", "price_group"):
        said[listing_id].add(group)
    return {pk: tuple(sorted(groups & known)) for pk, groups in said.items() if groups & known}


def _store(
    priced: Collection[PricedListing],
    reference: ComparedOrder,
    *,
    now: datetime,
) -> None:
    paths = pricing_selectors.paths(at=now)
    ways = [
        (start, end, path.price_per_gb, latency_class(path.latency_ms))
        for path in paths
        for start, end in ((path.hub_a, path.hub_b), (path.hub_b, path.hub_a))
    ]
    values: dict[str, Any] = {
        "ids": [each.listing.pk for each in priced],
        "hubs": [each.listing.hub for each in priced],
        "milli": [each.price.units_milli for each in priced],
        "seconds": [each.price.seconds for each in priced],
        "gross": [each.price.gross_minor for each in priced],
        "hours": [each.price.standard_hours for each in priced],
        "prices": [each.price.per_standard_hour for each in priced],
        "groups": [each.group for each in priced],
        "others": [",".join(each.others) for each in priced],
        "ways": [each.way for each in priced],
        "lines": [each.line for each in priced],
        "from": [start for start, _end, _price, _class in ways],
        "to": [end for _start, end, _price, _class in ways],
        "per_gb": [price for _start, _end, price, _class in ways],
        "classes": [each for _start, _end, _price, each in ways],
        "any_way": all_in.ANY_WAY,
        "nearest": all_in.CLASSES[0],
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
