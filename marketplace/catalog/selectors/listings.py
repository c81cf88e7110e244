"""Listings one by one, by provider, and those that could serve an order."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, Q, QuerySet, When

from common.period import Period
from identity.identifiers import profiles
from identity.rows import ResourceRow
from marketplace.catalog import rules
from marketplace.catalog.contracts import ListingNotFound, ListingState, ListingTerms, Orderable
from marketplace.catalog.least import Least
from marketplace.catalog.models import ON_MARKET, Book, CapacityEntry, Listing
from pricing import selectors as pricing_selectors
from pricing.rows import PlanVersionRow

# Clearing reads whole books: no more columns than its rule looks at.
_LEAST: Final = tuple(each.name for each in fields(Least))
_TRADED: Final = (
    "id",
    "provider_id",
    "provider__uscc",
    "resource_class",
    "chip",
    "state",
    "accepts_vouchers",
    "available_from",
    "available_until",
    "total_milli",
    "plan_version__plan_id",
    "plan_version__starts_at",
    "plan_version__ends_at",
    "rule_version_id",
    "standard_factor",
    "community_rule_id",
    "preemption_rule",
    *_LEAST,
    *(f"book__{name}" for name in _LEAST),
)

_BOOK: Final = ("resource_class", "hub")
_ORDERABLE: Final = (
    "id",
    "seq",
    "provider_id",
    "resource_id",
    "state",
    "total_milli",
    "available_from",
    "available_until",
    "plan_version__plan_id",
    "plan_version__ends_at",
    "rule_version_id",
    "standard_factor",
    "accepts_vouchers",
    "capacity_unit",
    "community_rule_id",
    # What plans with factors ask.
    "resource_class",
    "region",
    "pue",
    "verification_level",
)


def listing(listing_id: UUID) -> Listing:
    """
    Return a listing with its resource, provider, plan and rule. Whatever was listed is public.

    :raises ListingNotFound: if there is none
    """
    found = _whole().filter(pk=listing_id).first()
    if found is None:
        raise ListingNotFound
    return found


def listings_by_rule(version_id: UUID) -> QuerySet[Listing]:
    """Return what is on the market under a version of a measurement rule, the newest first."""
    return Listing.objects.filter(rule_version_id=version_id, state__in=ON_MARKET).order_by("-seq")


def numbers_of_plan(plan_id: UUID, *, listing_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the numbers of those of some listings that are on the market under a plan."""
    found = Listing.objects.filter(plan_version__plan_id=plan_id, state__in=ON_MARKET).extra(
        where=["catalog_listing.id = ANY(%s)"],  # One array, however many listings follow.
        params=[list(listing_ids)],
    )
    return {each.pk: each.number for each in found.only("id", "seq")}


def count_by_rule(version_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many listings on the market follow versions of measurement rules."""
    found = Listing.objects.filter(rule_version_id__in=version_ids, state__in=ON_MARKET)
    return dict(found.values_list("rule_version_id").annotate(Count("id")).order_by())


def listing_by_number(number: str) -> Listing | None:
    """Return the listing that a number such as `L-000042` names, in any state."""
    seq = rules.seq_of(number)
    return None if seq is None else Listing.objects.filter(seq=seq).first()


def listing_of_identifier(identifier: str) -> Listing | None:
    """Return the newest listing of the resource with a compute identifier, an open one first."""
    found = Listing.objects.filter(resource__identifier=identifier)
    return found.order_by(Case(When(state=ListingState.OPEN, then=0), default=1), "-id").first()


def listings(ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Return listings by id; unknown ids are left out."""
    return _whole().in_bulk(ids)


def listing_of_provider(*, listing_id: UUID, provider_id: UUID) -> Listing:
    """
    Return a provider's listing.

    :raises ListingNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = _whole().filter(pk=listing_id, provider_id=provider_id).first()
    if found is None:
        raise ListingNotFound
    return found


def listings_of(provider_id: UUID) -> QuerySet[Listing]:
    """Return a provider's listings in any state, newest first."""
    return _whole().filter(provider_id=provider_id).order_by("-id")


def book(*, resource_class: str, hub: str) -> Book | None:
    """Return the book of a class of resource in a place, if anything was ever listed there."""
    return Book.objects.filter(resource_class=resource_class, hub=hub).first()


def books() -> QuerySet[Book]:
    """Return the books in which anything was ever listed, by class and place."""
    return Book.objects.order_by("resource_class", "hub")


def traded(*, ids: Collection[UUID] = (), book_id: int | None = None) -> dict[UUID, Listing]:
    """Return some listings, and those that are open in a book, with what decides about orders."""
    wanted = Q(pk__in=ids)
    if book_id is not None:
        wanted |= Q(book_id=book_id, state=ListingState.OPEN)
    found = (
        Listing.objects.filter(wanted)
        .select_related("provider", "plan_version", "book")
        .only(*_TRADED)
    )
    return {row.pk: row for row in found.order_by("id")}


# Row versions rather than columns: whatever changes in a row, whoever changes it, changes the mark.
# `ctid` tells apart what one transaction wrote one after the other.
_MARK: Final = """
    SELECT concat_ws(' ', %(book)s::text,
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        md5(string_agg(concat_ws(' ', l.id, l.xmin, l.ctid, o.xmin, o.ctid, v.xmin, v.ctid,
            p.xmin, p.ctid, b.xmin, b.ctid), ',' ORDER BY l.id)))
    FROM catalog_listing l
    JOIN identity_organization o ON o.id = l.provider_id
    JOIN pricing_rateplanversion v ON v.id = l.plan_version_id
    JOIN pricing_rateplan p ON p.id = v.plan_id
    JOIN catalog_book b ON b.id = l.book_id
    WHERE l.book_id = %(book)s AND l.state = 'OPEN'
"""


def mark_of_book(book_id: int) -> str:
    """Return a mark that is another once any row changed of which `traded` makes a book."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"book": book_id})
        return str(cursor.fetchone()[0])


def orderable(ids: Collection[UUID], *, at: datetime) -> dict[UUID, Orderable]:
    """
    Return what decides about new orders of listings, by id; unknown ids are left out.

    The version in force is the plan's, also before the sweep has moved the listing to it.
    """
    rows = (
        Listing.objects.filter(pk__in=ids)
        .select_related("plan_version", "book")
        .only(*_ORDERABLE, *_LEAST, *(f"book__{name}" for name in (*_LEAST, *_BOOK)))
    )
    ended = {row.pk: row.plan_version.plan_id for row in rows if _has_ended(row.plan_version, at)}
    cards = pricing_selectors.cards_in_effect(plan_ids=set(ended.values()), at=at) if ended else {}
    versions = {pk: cards[plan].version_id for pk, plan in ended.items() if plan in cards}
    return {
        row.pk: Orderable(
            row.terms(), row.least, versions.get(row.pk, row.plan_version_id), row.book
        )
        for row in rows
    }


def quotable(listing_id: UUID) -> Listing:
    """
    Return a listing with no more of it, its plan and its book than a quote asks.

    :raises ListingNotFound: if there is none
    """
    found = (
        Listing.objects.filter(pk=listing_id)
        .select_related("plan_version", "book")
        .only(
            *_ORDERABLE,
            *_LEAST,
            "plan_version__provider_id",
            *(f"book__{name}" for name in (*_LEAST, *_BOOK)),
        )
        .first()
    )
    if found is None:
        raise ListingNotFound
    return found


def _has_ended(version: PlanVersionRow, at: datetime) -> bool:
    return version.ends_at is not None and version.ends_at <= at


def _whole() -> QuerySet[Listing]:
    return Listing.objects.select_related(
        "resource", "provider", "book", "plan_version__plan", "rule_version__rule"
    )


def terms(ids: Collection[UUID]) -> dict[UUID, ListingTerms]:
    """Return what decides about orders, for several listings."""
    return {row.pk: row.terms() for row in Listing.objects.filter(pk__in=ids)}


def cheapest_eligible(
    *,
    book_ids: Collection[int],
    period: Period,
    chips: Collection[str] | None = None,
    capacity_unit: str | None = None,
) -> QuerySet[Listing]:
    """Return the open listings of books that are offered for a whole period, cheapest first."""
    found = Listing.objects.filter(
        Q(available_until__isnull=True) | Q(available_until__gte=period.ends_at),
        state=ListingState.OPEN,
        community_rule=None,
        preemption_rule="",  # What may be taken back is ordered by name.
        book_id__in=book_ids,
        available_from__lte=period.starts_at,
    )
    if chips is not None:
        found = found.filter(chip__in=profiles.every_name(chips))
    if capacity_unit is not None:
        found = found.filter(capacity_unit=capacity_unit)
    return found.order_by("price_per_unit_hour", "id")


def entered_resources(
    *, provider_id: UUID, source: str, rows: Collection[str]
) -> dict[str, ResourceRow]:
    """Return what rows of a source became, by what a row is known by."""
    entries = CapacityEntry.objects.select_related("resource").filter(
        provider_id=provider_id, source=source, row__in=rows
    )
    return {entry.row: entry.resource for entry in entries}


def on_market(resource_ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Return the listings under which resources are on the market, by resource."""
    found = Listing.objects.filter(resource_id__in=resource_ids, state__in=ON_MARKET)
    return {listing.resource_id: listing for listing in found}


def moves_that_are_worse(plans: Mapping[UUID, UUID], *, at: datetime) -> set[UUID]:
    """Return the listings of which somebody may pay more within a week by the version named."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id FROM unnest(%s::uuid[], %s::uuid[]) AS move (listing_id, version_id)"
            " JOIN catalog_listing l ON l.id = move.listing_id"
            " WHERE pricing_move_is_worse(l.plan_version_id, move.version_id, %s)",
            [list(plans), list(plans.values()), at],
        )
        return {pk for (pk,) in cursor.fetchall()}


def offered() -> QuerySet[Listing]:
    """Return the listings that are on the market or paused, by their numbers."""
    states = (ListingState.OPEN, ListingState.PAUSED)
    return Listing.objects.filter(state__in=states).order_by("seq")
