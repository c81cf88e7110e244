"""Reads of reference orders, and of what they come to."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from common.errors import Refusal
from marketplace.catalog import all_in
from marketplace.catalog.contracts import AllIn, ComparedOrder
from marketplace.catalog.models import AllInPrice, ReferenceOrder
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors


def reference_orders() -> QuerySet[ReferenceOrder]:
    """Return every version of the reference order, the newest first."""
    return ReferenceOrder.objects.order_by("-number")


def reference_in_force(*, at: datetime) -> ComparedOrder | None:
    """Return the reference order by which prices are compared at a moment."""
    row = ReferenceOrder.objects.filter(starts_at__lte=at).order_by("-starts_at").first()
    return None if row is None else all_in.reference_of(row.number, row.content, row.starts_at)


def next_reference(*, after: datetime) -> datetime | None:
    """Return when another reference order takes the place of the one in force, if one does."""
    found = ReferenceOrder.objects.filter(starts_at__gt=after).order_by("starts_at")
    return found.values_list("starts_at", flat=True).first()


Groups = Iterable[tuple[UUID, str]]  # of a buyer, by provider


def of_groups(groups: Groups, *, row: str = "", provider: str = "listing__provider_id") -> Q:
    """
    Return the condition that keeps, of each listing's rows, the one whose price a buyer pays.

    `row` and `provider` say how a row's columns, and its listing's provider, are reached.
    """
    listed, own = Q((f"{row}price_group", "")), Q()
    for provider_id, group in groups:
        is_of = Q((provider, provider_id))
        own |= is_of & Q((f"{row}price_group", group))
        listed &= ~(is_of & Q((f"{row}other_groups__contains", [group])))
    return listed | own if own else listed


def all_in_of(ids: Collection[UUID], *, place: str = "", groups: Groups = ()) -> dict[UUID, AllIn]:
    """Return what the reference order comes to at each listing, for a buyer in a place."""
    rows: Any = AllInPrice.objects.filter(listing_id__in=ids, place=place)
    groups = tuple(groups)
    if not groups:
        return {row.listing_id: as_all_in(row) for row in rows.filter(price_group="")}
    listed: dict[UUID, AllIn] = {}
    own: dict[UUID, AllIn] = {}
    for row in rows.filter(Q(price_group="") | of_groups(groups)):
        (own if row.price_group else listed)[row.listing_id] = as_all_in(row)
    return listed | {
        pk: replace(found, list_per_standard_hour=listed[pk].per_standard_hour)
        for pk, found in own.items()
    }


def all_in_by_place(listing_id: UUID, *, group: str = "") -> dict[str, AllIn]:
    """Return what the reference order comes to at a listing, by the buyer's place; in a group."""
    rows = AllInPrice.objects.filter(listing_id=listing_id, price_group=group)
    rows = rows.order_by("place")
    return {row.place: as_all_in(row) for row in rows}


def reference_rated(listing: Any, *, at: datetime, group: str = "") -> list[dict[str, Any]]:
    """Return the lines that the reference order comes to at a listing, by a group's prices."""
    reference = reference_in_force(at=at)
    if reference is None or listing.standard_factor is None:
        return []
    terms = listing.terms()
    milli, seconds = all_in.fitted(
        reference, terms, listing.least, resource_class=listing.resource_class
    )
    try:
        _measure, lines = all_in.reference_lines(
            pricing_selectors.rate_card(listing.plan_version_id),
            terms,
            units_milli=milli,
            seconds=seconds,
            begins=all_in.next_begin(reference, at),
            asked=all_in.WhoAsks(group=group, green=reference.green),
        )
    except Refusal:
        return []
    return [pricing_rules.line_json(line) for line in lines]


def with_all_in(found: QuerySet[Any], *, place: str, groups: Groups = ()) -> QuerySet[Any]:
    """Return listings that bring their all-in prices for a place along, in one query more."""
    wanted = Q(price_group="") | of_groups(groups)
    rows = AllInPrice.objects.filter(wanted, place=place)
    return found.prefetch_related(Prefetch("all_in_prices", rows, to_attr="all_in_rows"))


def all_in_of_row(listing: Any, *, groups: Groups = ()) -> AllIn | None:
    """Return the all-in price that a listing brought along, or the one where it stands."""
    if not hasattr(listing, "all_in_rows"):
        return all_in_of([listing.pk], groups=groups).get(listing.pk)
    found = {row.price_group: as_all_in(row) for row in listing.all_in_rows}
    listed = found.pop("", None)
    for own in found.values():
        return replace(own, list_per_standard_hour=listed.per_standard_hour if listed else None)
    return listed


def as_all_in(row: AllInPrice) -> AllIn:
    """Return a row as other rooms see it."""
    return AllIn(
        place=row.place,
        reference=row.reference,
        units_milli=row.units_milli,
        seconds=row.seconds,
        gross_minor=row.gross_minor,
        standard_hours=row.standard_hours,
        plan_per_standard_hour=row.plan_per_standard_hour,
        path_per_standard_hour=row.path_per_standard_hour,
        per_standard_hour=row.per_standard_hour,
        price_group=row.price_group,
        path_is_charged=row.path_is_charged,
    )
