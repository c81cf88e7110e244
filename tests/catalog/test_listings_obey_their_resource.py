"""What a resource no longer allows is off the market in the same transaction."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common import tenancy
from identity import services as identity
from identity.contracts import ResourceStatus
from marketplace.catalog import services
from marketplace.catalog.contracts import ListingClosed, ResourceNotSellable
from marketplace.catalog.models import Listing
from metering.verifying import selectors
from metering.verifying import services as verifying
from tests import factories
from tests.cast import NOW
from tests.catalog.supply import hours, listed
from tests.orders.cast import buyer, clear, place, seen, wish
from tests.verifying.cast import Site

pytestmark = pytest.mark.django_db


def turn(listing: Listing, status: ResourceStatus) -> None:
    with tenancy.acting_as(listing.provider_id):
        identity.change_resource_status(
            resource_id=listing.resource_id, provider_id=listing.provider_id, status=status
        )


def state(listing: Listing) -> tuple[str, str]:
    found = Listing.objects.get(pk=listing.pk)
    return found.state, found.stopped_code


def test_what_is_suspended_sells_nothing_and_sells_again_when_it_is_active():
    listing, owner = listed(), buyer("100")
    placed = place(owner, wish(listing))

    turn(listing, ResourceStatus.SUSPENDED)

    assert state(listing) == ("PAUSED", "resource_suspended")
    with pytest.raises(ListingClosed), tenancy.acting_as(owner.pk):
        services.quote_listing(
            buyer_id=owner.pk, listing_id=listing.pk, milli=1000, period=hours(1, 2), now=NOW
        )
    clear(listing)
    assert seen(placed).refusal_code == "listing_closed"
    turn(listing, ResourceStatus.ACTIVE)
    assert state(listing) == ("OPEN", "")


def test_what_is_withdrawn_is_closed_for_good():
    listing = listed()

    turn(listing, ResourceStatus.WITHDRAWN)

    assert state(listing) == ("CLOSED", "resource_withdrawn")


def test_what_is_verified_below_its_promise_is_off_the_market_until_it_is_not():
    site = Site()
    judged = site.send()
    with tenancy.acting_as(site.provider.pk):
        listing = factories.ListingFactory(provider=site.provider, resource=site.resource)

    verifying.follow_due(now=selectors.certificate(judged.certificate_id).valid_to)
    below = state(listing)
    later = NOW + timedelta(days=91)
    site.send(at=later, now=later)

    assert (below, state(listing)) == (("PAUSED", "below_promise"), ("OPEN", ""))


def test_its_provider_cannot_resume_what_cannot_be_sold():
    listing = listed()
    turn(listing, ResourceStatus.SUSPENDED)

    with pytest.raises(ResourceNotSellable), tenancy.acting_as(listing.provider_id):
        services.resume_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)


def test_the_database_opens_nothing_that_cannot_be_sold():
    listing = listed()
    turn(listing, ResourceStatus.SUSPENDED)

    with tenancy.acting_as_platform():
        Listing.objects.filter(pk=listing.pk).update(state="OPEN")
        copy = Listing.objects.get(pk=listing.pk)
        copy.pk, copy.seq, copy.state, copy.stopped_code = None, 10**6, "OPEN", ""
        with pytest.raises(IntegrityError), transaction.atomic():
            copy.save(force_insert=True)

    assert state(listing) == ("PAUSED", "resource_suspended")


def test_what_its_provider_paused_stays_paused():
    listing = listed()
    with tenancy.acting_as(listing.provider_id):
        services.pause_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)

    turn(listing, ResourceStatus.SUSPENDED)
    turn(listing, ResourceStatus.ACTIVE)

    assert state(listing) == ("PAUSED", "")
