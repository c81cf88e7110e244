"""Reads of what stands beside listings."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from marketplace.catalog.beside_models import BESIDE, BesideListing
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing
from marketplace.catalog.price_facts import SOLD
from marketplace.catalog.rows import ListingRow
from pricing.plan_models import SoldAs

CHOICES_MAX: Final = 200


def beside(listing_id: UUID) -> dict[SoldAs, Listing]:
    """Return what stands beside a listing, by what it is sold as; storage first."""
    return beside_of([listing_id]).get(listing_id, {})


def beside_of(listing_ids: Collection[UUID]) -> dict[UUID, dict[SoldAs, Listing]]:
    """Return what stands beside some listings, open or not, by listing and what it is sold as."""
    rows = BesideListing.objects.filter(listing_id__in=listing_ids).select_related(
        "beside__book", "beside__plan_version", "beside__resource", "beside__provider"
    )
    found: dict[UUID, dict[SoldAs, Listing]] = {}
    for kind in BESIDE:
        for row in rows:
            if row.sold_as == kind:
                found.setdefault(row.listing_id, {})[kind] = row.beside
    return found


def networks_beside(listing_ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Return the open networks that are ordered with some listings, by the listings."""
    return {
        pk: found[SoldAs.NETWORK]
        for pk, found in beside_of(listing_ids).items()
        if SoldAs.NETWORK in found and found[SoldAs.NETWORK].state == ListingState.OPEN
    }


def may_stand_beside(listing: ListingRow) -> dict[SoldAs, list[Listing]]:
    """Return the listings that a provider may name beside one of its own, the oldest first."""
    units = {kind: unit for unit, kind in SOLD.items()}
    fitting = Listing.objects.filter(
        provider_id=listing.provider_id,
        region=listing.region,
        plan_version__plan_id=listing.plan_version.plan_id,
    ).exclude(state=ListingState.CLOSED)
    return {
        kind: list(fitting.filter(capacity_unit=units[kind]).order_by("seq")[:CHOICES_MAX])
        for kind in BESIDE
    }
