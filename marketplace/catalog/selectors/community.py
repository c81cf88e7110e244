"""The rule of community capacity, and what is given away by it."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import CapacityUnit
from marketplace.catalog.community import CommunityTerms, DonorNaming
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import CommunityRule, Listing


def community_rules() -> dict[int, CommunityTerms]:
    """Return every version of the rule by its number."""
    return {row.version: _terms(row) for row in CommunityRule.objects.order_by("version")}


def community_rule(*, at: datetime) -> CommunityTerms:
    """Return the version that listings opened at a moment bear."""
    return max(
        (each for each in community_rules().values() if each.starts_at <= at),
        key=lambda each: each.version,
    )


def community_listings() -> QuerySet[Listing]:
    """Return the open listings of the community, the newest first."""
    return (
        Listing.objects.filter(state=ListingState.OPEN, community_rule__isnull=False)
        .select_related("provider")
        .order_by("-seq")
    )


def given_by(provider_id: UUID) -> QuerySet[Listing]:
    """Return a provider's community listings in any state, the newest first."""
    found = Listing.objects.filter(provider_id=provider_id, community_rule__isnull=False)
    return found.order_by("-seq")


def _terms(row: CommunityRule) -> CommunityTerms:
    return CommunityTerms(
        version=row.version,
        starts_at=row.starts_at,
        zone=row.zone,
        industries=tuple(row.industries),
        hours={
            CapacityUnit.CARD: row.card_hours,
            CapacityUnit.VCPU: row.vcpu_hours,
            CapacityUnit.NODE: row.node_hours,
        },
        donor=DonorNaming(row.donor),
    )
