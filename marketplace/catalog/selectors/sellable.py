"""Listings by what they must be: the first sieve of a requirement, in the database."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from identity.contracts import ResourceStatus
from identity.identifiers import profiles
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing


@dataclass(frozen=True, slots=True)
class Sieve:
    """What listings are looked for by; what is left empty lets everything through."""

    resource_class: str
    form: str = ""
    chips: Collection[str] = ()
    hubs: Collection[str] = ()
    card_memory_min: int | None = None
    network_min: int | None = None
    pue_max: Decimal | None = None
    verification_min: int | None = None
    only: Collection[UUID] = ()
    never: Collection[UUID] = ()

    def conditions(self) -> dict[str, Any]:
        """Return what the database asks of a listing."""
        asked = {
            "form": self.form,
            "chip__in": profiles.every_name(self.chips),
            "hub__in": tuple(self.hubs),
            "card_memory_gb__gte": self.card_memory_min,
            "network_gbps__gte": self.network_min,
            "pue__lte": self.pue_max,
            "verification_level__gte": self.verification_min,
            "provider_id__in": tuple(self.only),
        }
        return {name: value for name, value in asked.items() if value or value == 0}


def sellable(sieve: Sieve, *, limit: int) -> list[Listing]:
    """Return the open listings that pass a sieve, the cheapest by the unit-hour first."""
    return list(
        _passing(sieve)
        .select_related("resource", "provider", "plan_version", "book")
        .defer("search_text", "search_grams")
        .order_by(F("price_per_unit_hour").asc(nulls_last=True), "id")[:limit]
    )


def opened_since(sieve: Sieve, *, seq: int, limit: int) -> list[Listing]:
    """Return the listings that pass a sieve and are newer than a number, the oldest first."""
    return list(
        _passing(sieve)
        .select_related("resource", "provider")
        .filter(seq__gt=seq)
        .order_by("seq")[:limit]
    )


def newest_seq() -> int:
    """Return the number of the newest listing; nothing was listed: 0."""
    return Listing.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def _passing(sieve: Sieve) -> QuerySet[Listing]:
    return Listing.objects.filter(
        state=ListingState.OPEN,
        resource__status=ResourceStatus.ACTIVE,
        resource_class=sieve.resource_class,
        # What is given away, or may be taken back, is ordered by name.
        community_rule=None,
        preemption_rule="",
        **sieve.conditions(),
    ).exclude(provider_id__in=tuple(sieve.never))
