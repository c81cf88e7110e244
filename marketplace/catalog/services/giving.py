"""Giving capacity away: a listing of the community bears the rule in force, and no price."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.catalog import locks, selectors
from marketplace.catalog.community import COMMUNITY_UNITS, DonorNaming
from marketplace.catalog.contracts import CommunityIsFree, DonorByRule, ListingNotFound, NewListing
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Listing
from marketplace.catalog.telling import record_events
from pricing.contracts import RateCard, RateUnit


def require_free(offer: NewListing, card: RateCard, capacity_unit: str) -> None:
    """
    Check that what is offered to the community may be given away, at a price of nothing.

    :raises CommunityIsFree: if it has a price, or a unit that is not given away
    """
    if not offer.is_community:
        return
    prices = [tier.unit_price for part in card.components for tier in part.tiers]
    by_hours = all(part.unit == RateUnit.UNIT_HOUR for part in card.components)
    if card.terms is not None or not by_hours or any(prices):
        raise CommunityIsFree(field="plan_version_id")
    if capacity_unit not in COMMUNITY_UNITS:
        raise CommunityIsFree(field="resource_id")


def bear_rule(listing: Listing, offer: NewListing, *, at: datetime) -> None:
    """Let a listing that is about to open bear the rule in force, if it is of the community."""
    if offer.is_community:
        rule = selectors.community_rule(at=at)
        listing.community_rule_id = rule.version
        listing.is_donor_named = rule.names_donor(wished=offer.is_donor_named)
        listing.accepts_vouchers = False


@transaction.atomic
def name_donor(*, listing_id: UUID, provider_id: UUID, is_named: bool) -> Listing:
    """
    Say whether the donor of a community listing is named.

    :raises ListingNotFound: if it is no community listing of the provider's
    :raises DonorByRule: if the listing's rule says so already
    """
    listing = locks.listings([listing_id]).get(listing_id)
    is_own = listing is not None and listing.provider_id == provider_id
    if listing is None or not is_own or listing.community_rule_id is None:
        raise ListingNotFound
    rule = selectors.community_rules()[listing.community_rule_id]
    if rule.donor != DonorNaming.CHOICE:
        raise DonorByRule(field="is_donor_named")
    if listing.is_donor_named != is_named:
        listing.is_donor_named = is_named
        listing.save(update_fields=["is_donor_named"])
        record_events(CatalogEvent.DONOR_NAMED, [listing], is_named=is_named)
    return listing
