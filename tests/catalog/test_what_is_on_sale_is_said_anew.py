"""More or less of a resource is on sale, under the same number, never below what is sold."""

import pytest

from common import tenancy
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import CapacitySold, OfferRefused
from tests.cast import NOW
from tests.catalog.supply import allocate, hours, listed, slots, wants

pytestmark = pytest.mark.django_db


def change(listing, cards):
    with tenancy.acting_as(listing.provider_id):
        return services.change_total(
            listing_id=listing.pk,
            provider_id=listing.provider_id,
            total_milli=cards * 1000,
            now=NOW,
        )


def test_less_is_on_sale_down_to_what_is_sold_and_no_further():
    listing = listed(cards=8)
    allocate(wants(listing, 3, hours(1, 2)))

    with pytest.raises(CapacitySold):
        change(listing, 2)
    changed = change(listing, 3)

    assert (changed.number, changed.total_milli) == (listing.number, 3000)
    assert slots(listing) == [(1, 2, 0)]
    assert allocate(wants(listing, 1, hours(1, 2))).refused[0].code == "capacity_exhausted"
    assert allocate(wants(listing, 3, hours(2, 3))).allocated
    assert selectors.free_now([listing.pk], at=NOW)[listing.pk] == 3000


def test_more_than_the_resource_has_is_never_on_sale():
    with pytest.raises(OfferRefused):
        change(listed(cards=8), 9)
