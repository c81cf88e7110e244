"""Saved searches: kept by an organisation, and told of what appears."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from marketplace.catalog import selectors as catalog_selectors
from marketplace.demands import selectors, telling
from marketplace.demands import terms as demand_terms
from marketplace.demands.contracts import (
    SEARCHES_MAX,
    Need,
    SearchNameTaken,
    SearchNotFound,
    TooManySearches,
)
from marketplace.demands.event_names import SearchEvent
from marketplace.demands.models import SavedSearch

NEW_MAX: Final = 1_000  # listings that one look takes in
SWEEP_MAX: Final = 500


@transaction.atomic
def save_search(
    *,
    organization_id: UUID,
    name: str,
    need: Need,
    now: datetime,
    price_max: Decimal | None = None,
    is_alerting: bool = True,
) -> SavedSearch:
    """
    Keep what an organisation looks for; it is told of listings that appear from now on.

    :raises InvalidDemand: if a value of the need breaks its limits
    :raises SearchNameTaken: if it keeps another search of that name
    :raises TooManySearches: if it keeps as many as it may
    """
    demand_terms.check_need(need)
    kept = SavedSearch.objects.filter(organization_id=organization_id)
    if kept.count() >= SEARCHES_MAX:
        raise TooManySearches(most=SEARCHES_MAX)
    row, is_new = SavedSearch.objects.get_or_create(
        organization_id=organization_id,
        name=name,
        defaults={
            "id": uuid7(),
            "need": demand_terms.document_of(need),
            "price_max": price_max,
            "is_alerting": is_alerting,
            "saved_at": now,
            "seen_seq": catalog_selectors.newest_seq(),
            "seen_at": now,
        },
    )
    if not is_new:
        raise SearchNameTaken(field="name")
    telling.of_search(SearchEvent.SAVED, row)
    return row


@transaction.atomic
def drop_search(*, search_id: UUID, organization_id: UUID) -> None:
    """
    Forget a search.

    :raises SearchNotFound: if it does not exist or is someone else's
    """
    row = SavedSearch.objects.filter(pk=search_id, organization_id=organization_id).first()
    if row is None:
        raise SearchNotFound
    telling.of_search(SearchEvent.DROPPED, row)
    row.delete()


def alert(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """Tell the owners of saved searches what was listed since; return how many were told."""
    with tenancy.acting_as_platform():
        newest = catalog_selectors.newest_seq()
        behind = selectors.searches_behind(seq=newest, limit=limit)
        return sum(_look(search_id, newest=newest, now=now) for search_id in behind)


@transaction.atomic
def _look(search_id: UUID, *, newest: int, now: datetime) -> bool:
    """Look for one search, once: whoever comes second finds it looked at."""
    row = (
        SavedSearch.objects.filter(pk=search_id, seen_seq__lt=newest)
        .select_for_update(no_key=True, skip_locked=True)
        .first()
    )
    if row is None:
        return False
    need: Need = demand_terms.thawed(row.need, Need)
    found = catalog_selectors.opened_since(selectors.sieve(need), seq=row.seen_seq, limit=NEW_MAX)
    matches = [each for each in found if each.seq <= newest and _fits(each, need, row.price_max)]
    row.seen_seq, row.seen_at = newest, now
    row.found += len(matches)
    row.save(update_fields=["seen_seq", "seen_at", "found"])
    if matches:
        telling.of_search(
            SearchEvent.FOUND,
            row,
            listings=[each.number for each in matches[:10]],
            count=len(matches),
        )
    return bool(matches)


def _fits(listing: Any, need: Need, price_max: Decimal | None) -> bool:
    """Tell what the database does not: the price, and what the specification says."""
    cards = listing.resource.specification.get("cards_per_node")
    least = need.cards_per_node
    if least is not None and not (isinstance(cards, int) and cards >= least):
        return False
    price = listing.price_per_unit_hour
    return price_max is None or (price is not None and price <= price_max)
