"""The cheapest open listings of one kind by list price: what a calculation looks at first."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from identity.identifiers import profiles
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing


def comparable_listings(
    *,
    at: datetime,
    limit: int,
    capacity_unit: str = "",
    chips: Collection[str] = (),
    headline_units: Collection[str] = (),
    resource_ids: Collection[UUID] | None = None,
) -> list[Listing]:
    """
    Return open listings of a kind, the cheapest by list price first; what has none comes last.

    Chips are found under every name that they go by.
    """
    found = _on_offer(at)
    asked: dict[str, Any] = {}
    if capacity_unit:
        asked["capacity_unit"] = capacity_unit
    if chips:
        asked["chip__in"] = profiles.every_name(chips)
    if resource_ids is not None:
        asked["resource_id__in"] = list(resource_ids)
    order = "price_per_unit_hour"
    if headline_units:
        asked["headline_unit__in"] = list(headline_units)
        order = "headline_price"
    cheapest = found.filter(**asked).order_by(F(order).asc(nulls_last=True), "id")
    whole = cheapest.select_related("resource", "provider", "book", "plan_version", "rule_version")
    return list(whole.defer("search_text", "search_grams")[:limit])


def _on_offer(at: datetime) -> QuerySet[Listing]:
    return Listing.objects.filter(
        Q(available_until__isnull=True) | Q(available_until__gt=at),
        state=ListingState.OPEN,
        available_from__lte=at,
    )
