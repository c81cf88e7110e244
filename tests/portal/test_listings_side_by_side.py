"""The comparison marks the best, shows differences only, and orders nothing that is closed."""

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.catalog import services
from tests import cast, factories
from tests.catalog.supply import NOW, listed

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    buyer = factories.OrganizationFactory(stem="Buyer")
    chosen = cast.signed_in(cast.member(buyer, Role.BUYER))
    chosen.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return chosen


def compared(browser, *listings, **query) -> str:
    session = browser.session
    session["compare"] = [str(each.pk) for each in listings]
    session.save()
    return " ".join(browser.get(reverse("portal:compare"), query).text.split())


def test_the_lowest_price_is_marked_once(browser):
    page = compared(browser, listed(price="3.18"), listed(price="2.50"))

    assert 'cm-compare__best">¥2.50' in page
    assert 'cm-compare__best">¥3.18' not in page


def test_nothing_is_best_where_all_are_alike(browser):
    page = compared(browser, listed(), listed())

    assert "cm-compare__best" not in page


def test_only_differences_leaves_out_what_is_alike(browser):
    listings = listed(price="3.18"), listed(price="2.50")

    whole = compared(browser, *listings)
    narrow = compared(browser, *listings, only="differences")

    assert ">PUE<" in whole
    assert ">PUE<" not in narrow
    assert "¥ / standard hour" in narrow


def test_a_closed_listing_takes_no_orders_and_is_never_best(browser):
    open_, closed = listed(price="3.18"), listed(price="0.50")
    with tenancy.acting_as_platform():
        services.close_listing(listing_id=closed.pk, provider_id=closed.provider_id, now=NOW)

    page = compared(browser, open_, closed)

    assert f"/market/{open_.pk}/order/" in page
    assert f"/market/{closed.pk}/order/" not in page
    assert "Takes no orders" in page
    assert "cm-compare__best" not in page


def test_one_listing_alone_and_none_are_shown_too(browser):
    assert "Nothing to compare" in compared(browser)
    assert "¥3.18" in compared(browser, listed(price="3.18"), only="differences")
