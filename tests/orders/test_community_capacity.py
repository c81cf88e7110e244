"""Capacity that is given away: free by rule, by name alone, and within a quota of each month."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from common import tenancy
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import CommunityIsFree
from marketplace.catalog.models import Listing
from marketplace.orders import selectors, services
from marketplace.orders.community_contracts import CommunityQuotaUsed
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order
from marketplace.orders.services import donated
from tests.catalog.supply import listed
from tests.orders.cast import NOW, START, buyer, clear, needs, place, seen, wish

pytestmark = pytest.mark.django_db


def given(cards: int = 64, **facts) -> Listing:
    terms = {"price": "0", "unit": "unit_hour", "is_community": True}
    return listed(cards=cards, **(terms | facts))


def left(owner, unit="card"):
    with tenancy.acting_as(owner.pk):
        found = selectors.community_quotas(buyer_id=owner.pk, at=NOW)
    return next(each.left_hours for each in found if each.unit == unit)


def test_a_community_listing_bears_the_rule_and_no_price_to_compare():
    listing = given(is_donor_named=True)

    assert (listing.community_rule_id, listing.is_donor_named) == (1, True)
    assert (listing.headline_price, listing.standard_factor) == (0, None)
    assert listing.accepts_vouchers is False
    assert list(catalog_selectors.community_listings()) == [listing]


@pytest.mark.parametrize("terms", [{"price": "0.01"}, {"unit": "standard_hour"}])
def test_what_is_given_away_has_no_price(terms):
    with pytest.raises(CommunityIsFree):
        given(**terms)


def test_no_raw_sql_makes_a_price_free_or_a_gift_dear():
    listing, dear = given(), listed()
    free = "community_rule_id = 1, accepts_vouchers = false, standard_factor = NULL"
    for change, row in (
        (f"{free}, headline_price = 0", dear),
        ("community_rule_id = NULL, is_donor_named = false", listing),
        (f"plan_version_id = '{dear.plan_version_id}'", listing),
        ("headline_price = 1", listing),
        ("accepts_vouchers = true", listing),
    ):
        with (
            pytest.raises(IntegrityError),
            tenancy.acting_as_platform(),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE catalog_listing SET {change} WHERE id = %s", [row.pk])


def test_it_is_ordered_by_name_and_never_wins_an_order_that_names_nothing():
    listing, dear = given(), listed(price="3", unit="unit_hour")
    asker = buyer("1000")
    named = place(asker, wish(listing, cards="2"))
    unnamed = place(asker, needs("H100", hub=listing.hub))

    clear(listing)

    assert seen(named).listing_id == listing.pk
    assert seen(named).cash_minor == 0
    assert seen(unnamed).listing_id == dear.pk


def test_without_another_offer_an_order_that_names_nothing_is_not_filled():
    listing, asker = given(), buyer("1000")
    unnamed, named = place(asker, needs("H100", hub=listing.hub)), place(asker, wish(listing))

    clear(listing)

    assert seen(unnamed).refusal_code == "no_eligible_listing"
    assert seen(named).state == OrderState.CLEARED


def test_a_quota_is_taken_and_given_back():
    listing, asker = given(), buyer("0")
    place(asker, wish(listing, cards="60", hours=3))
    assert left(asker) == "20"

    with pytest.raises(CommunityQuotaUsed) as refused:
        place(asker, wish(listing, cards="21"))
    told = refused.value.facts
    assert (told["left"], told["most"], told["wanted"]) == ("20", "200", "21")

    order = place(asker, wish(listing, cards="20"))
    assert left(asker) == "0"
    with tenancy.acting_as(asker.pk):
        services.cancel_order(order_id=order.pk, buyer_id=asker.pk, now=NOW)
    assert left(asker) == "20"


def test_what_was_not_filled_is_given_back():
    listing, asker = given(), buyer("0")
    place(asker, wish(listing, cards="60", hours=3))
    with tenancy.acting_as(listing.provider_id):
        catalog.close_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)

    clear(listing)

    assert left(asker) == "200"


def test_another_month_and_another_member_have_quotas_of_their_own():
    listing, asker = given(), buyer("0")
    place(asker, wish(listing, cards="50", hours=4))
    place(asker, wish(listing, cards="50", hours=4, start=START + timedelta(days=40)))
    place(buyer("0", "Other"), wish(listing, cards="10", hours=4, start=START + timedelta(hours=9)))


def test_of_orders_placed_together_those_are_taken_that_fit():
    listing, asker = given(), buyer("0")
    wishes = [wish(listing, cards=cards, hours=4) for cards in ("40", "20", "10")]

    with tenancy.acting_as(asker.pk):
        answers = services.place_each(buyer_id=asker.pk, wishes=wishes, placed_at=NOW)

    assert [type(each) for each in answers] == [Order, CommunityQuotaUsed, Order]


def test_the_database_keeps_the_quota_of_orders_placed_together_without_the_service(monkeypatch):
    listing, asker = given(), buyer("0")
    monkeypatch.setattr(donated, "refused_community", lambda *_rows, **_facts: {})
    wishes = [wish(listing, cards="30", hours=4) for _n in range(2)]

    with (
        pytest.raises(IntegrityError, match="used its community capacity up"),
        tenancy.acting_as(asker.pk),
    ):
        services.place_orders(buyer_id=asker.pk, wishes=wishes, placed_at=NOW)
